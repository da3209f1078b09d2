# SPDX-License-Identifier: Apache-2.0
"""How an edit stands, as every panel shows it: what it will do, how far it is, what went wrong, what can be pressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..edits import EditModel
from ..messages import Model
from .buttons import Button, ButtonKey, buttons, offers
from .document.document_controller import DocumentController
from .history import Entry
from .saying import plan_line, progress_line
from .session.outcome import foreseen
from .strings import Strings


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What to draw. `fraction` is the bar's, 0 … 1 over the whole job; None: it has not begun, nobody knows yet.

    `buttons` are always the same ones in the same order. `stale` is a sentence while the picture is another than a
    result was made from; `offers` are the buttons that go with it.
    """

    plan: str
    warning: str
    error: str
    words: str
    busy: bool
    fraction: float | None
    buttons: tuple[Button, ...]
    stale: str
    offers: tuple[Button, ...]

    def button(self, key: ButtonKey) -> Button:
        """One of the buttons, or of the offers."""
        return next(one for one in (*self.buttons, *self.offers) if one.key == key)


def standing(desk: DocumentController, models: Mapping[str, Model], strings: Strings) -> Standing:
    """Read off a desk how its edit stands."""
    session = desk.session
    plan = desk.status.plan
    warnings = [*foreseen(plan, strings), session.warning]
    told = (desk.error, "")  # once is enough
    warning = "\n".join(dict.fromkeys(one for one in warnings if one not in told))
    words = _words(desk, strings)
    return Standing(
        plan=plan_line(plan, {**desk.engine.known, **models}, strings) if plan is not None else "",
        warning=warning,
        error=desk.error,
        words="" if words in (warning, *told) else words,
        busy=desk.status.busy,
        fraction=session.progress.fraction if session.progress.phase else None,
        buttons=buttons(desk, strings),
        stale=desk.status.stale,
        offers=offers(desk, strings),
    )


def _words(desk: DocumentController, strings: Strings) -> str:
    session = desk.session
    idle = session.stage in ("ready", "empty") or not desk.status.is_applied
    if idle and session.stage in ("ready", "empty", "applied") and desk.status.grey:
        return desk.status.grey
    if session.stage == "failed":
        return ""
    if session.stage == "done" and desk.status.grey:
        return strings.text("stage.done_but", why=desk.status.grey)
    words = progress_line(session.progress, session.status.sentence, strings)
    return f"{words} · {strings.text('stage.then_applied')}" if session.status.will_apply else words


def counted(desk: DocumentController, strings: Strings) -> str:
    """How many arrows and pins there are, nothing for edits without."""
    if desk.panel.edit.drags_field is None:
        return ""
    strokes = desk.drags.now.strokes
    pins = sum(stroke.is_pin for stroke in strokes)
    return strings.text("panel.counted", drags=len(strokes) - pins, pins=pins)


def hint(desk: DocumentController, strings: Strings, *, drawing: bool) -> str:
    """What to do on the canvas next; `drawing` says that the artist is about to draw there."""
    if desk.panel.edit.drags_field is None:
        lacks = desk.panel.edit.moves_object and not desk.source.selection and not desk.source.mask
        return strings.text("hint.select_object") if lacks else ""
    if desk.source.place_problem == "beside":
        return strings.text("grey.beside", layer=desk.source.works_on)
    if desk.source.flat & {stroke.number for stroke in desk.drags.now.strokes}:
        return strings.text("hint.flat")
    if drawing and not desk.drags.now.strokes:
        return strings.text("hint.first_drag")
    return ""


def about_result(entry: Entry, edits: Mapping[str, EditModel], strings: Strings, when: str) -> str:
    """A past result in words, with `when` it was made as the toolkit writes dates."""
    recipe = entry.bundle.recipe
    name = strings.text(f"edit.{recipe.edit}", recipe.edit)
    model = edits.get(recipe.edit)
    words = str(recipe.params.get(model.words_field or "") or "") if model is not None else ""
    seed = strings.text("field.seed")
    lines = [f"{name} · {seed} {recipe.seed}", when if entry.made_ms else "", words]
    return "\n".join(line for line in lines if line)
