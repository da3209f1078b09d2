# SPDX-License-Identifier: Apache-2.0
"""How an edit stands, as every panel shows it: what it will do, how far it is, what went wrong, what can be pressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..messages import Model
from .desk import Desk
from .history import Entry
from .saying import plan_line, progress_line
from .strings import Strings


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What to draw. `fraction` is the bar's, 0 … 1 over the whole job; None: it has not begun, nobody knows yet.

    Either Run or Stop is shown, by `busy`; the tips say why a button is grey. What Stop says is what it does now.
    """

    plan: str
    warning: str
    error: str
    words: str
    busy: bool
    fraction: float | None
    can_run: bool
    run_tip: str
    stop: str
    stop_tip: str
    can_apply: bool
    apply_tip: str
    can_discard: bool


def standing(desk: Desk, models: Mapping[str, Model], strings: Strings) -> Standing:
    """Read off a desk how its edit stands."""
    session, busy, grey = desk.session, desk.busy, desk.grey
    plan = session.plan
    warnings = [*(plan.warnings if plan is not None else ()), session.warning]
    warning = "\n".join(dict.fromkeys(one for one in warnings if one))
    words = _words(desk, strings)
    can_apply = desk.can_apply
    return Standing(
        plan=plan_line(plan, models, strings) if plan is not None else "",
        warning=warning,
        error=desk.error,
        words="" if words == warning else words,  # once is enough
        busy=busy,
        fraction=session.progress.fraction if session.progress.phase else None,
        can_run=not grey,
        run_tip=grey or strings.text("tip.run"),
        stop=strings.text("action.keep_frame" if desk.keeps else "action.cancel"),
        stop_tip=strings.text("tip.keep_frame" if desk.keeps else "tip.cancel"),
        can_apply=can_apply,
        apply_tip=grey if grey and not can_apply else strings.text("tip.apply"),
        can_discard=session.outcome is not None and not busy,
    )


def _words(desk: Desk, strings: Strings) -> str:
    session = desk.session
    if session.stage in ("ready", "empty") and desk.grey:
        return desk.grey
    if session.stage == "applied" and not desk.is_applied:
        return strings.text("stage.ready")  # it was something else that was applied
    if session.stage == "failed":
        return ""
    return progress_line(session.progress, session.sentence, strings)


def counted(desk: Desk, strings: Strings) -> str:
    """How many arrows and pins there are, nothing for edits without."""
    if desk.drags_field is None:
        return ""
    strokes = desk.drags.now.strokes
    pins = sum(stroke.is_pin for stroke in strokes)
    return strings.text("panel.counted", drags=len(strokes) - pins, pins=pins)


def hint(desk: Desk, strings: Strings, *, drawing: bool) -> str:
    """What to do on the canvas next; `drawing` says that the artist is about to draw there."""
    if desk.drags_field is None:
        lacks = desk.moves and not desk.selection and not desk.mask
        return strings.text("hint.select_object") if lacks else ""
    if desk.flat & {stroke.number for stroke in desk.drags.now.strokes}:
        return strings.text("hint.flat")
    if drawing and not desk.drags.now.strokes:
        return strings.text("hint.first_drag")
    return ""


def about_result(entry: Entry, strings: Strings, when: str) -> str:
    """A past result in words, with `when` it was made as the toolkit writes dates."""
    recipe = entry.bundle.recipe
    name = strings.text(f"edit.{recipe.edit}", recipe.edit)
    prompt = str(recipe.params.get("prompt") or "")
    seed = strings.text("field.seed")
    lines = [f"{name} · {seed} {recipe.seed}", when if entry.made_ms else "", prompt]
    return "\n".join(line for line in lines if line)
