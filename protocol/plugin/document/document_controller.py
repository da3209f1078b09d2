# SPDX-License-Identifier: Apache-2.0
"""One open document on the panel: chosen edit, values, drags with undo, history, and the session behind them.

A panel and a canvas draw what this says and call what the artist does; `version` grows whenever there is something
new to draw. Values that are not possible yet stay on the form; as soon as they are, the session follows.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace

from ...edits import ParamError
from ...recipe import Bundle, RecipeError
from ...sentences import told
from ...store import Store
from ..binding import find
from ..drags import DragList
from ..engine import Engine
from ..film import returns_frames
from ..host import Host, HostError, HostLayer, is_there
from ..notes import Notes, listed, read_history
from ..panel import PanelModel
from ..session.edit_session import TICK_S, EditSession
from ..session.progress import SessionError
from ..strings import Strings
from ..undo import Undo
from .document_results import DocumentResults
from .document_status import DocumentStatus
from .edit_forms import EditForms
from .kept_values import KeptValues
from .recipe_restore import Again, again_on
from .source_layer import SourceLayer

SEED_BITS = 31
"""Seeds that are drawn stay short enough to be read out to somebody."""


class DocumentController:
    """One document, and what the artist does with it."""

    def __init__(
        self,
        host: Host,
        engine: Engine,
        *,
        store: Store | None = None,
        strings: Strings | None = None,
        notes: Notes | None = None,
        kind: str = "",
        kept: KeptValues | None = None,
    ) -> None:
        self.host, self.engine, self.store, self.notes = host, engine, store, notes
        self.strings = texts = strings or Strings()
        history, self.notice = read_history(notes)
        self.results = DocumentResults(host, notes, store, history)
        self.seed_locked = False
        self.auto_run = True
        self.in_file: Mapping[str, Bundle] = {}
        self.version = 0
        self.source = source = SourceLayer(host, notes, texts)
        kept = kept or KeptValues()
        self.forms = forms = EditForms(engine.edits, texts, kept, source.size, kind)
        self.session = EditSession(source.placing, engine, store=store, strings=texts)
        self.status = DocumentStatus(engine, self.session, forms, source, texts)
        self._remembered = 0
        self._seen: tuple[object, ...] = ()
        self._followed = 0
        self._waits = False  # whether what is set does, until it is known where the picture lies

    # ---- what is set

    @property
    def kind(self) -> str:
        """The chosen edit."""
        return self.forms.kind

    @property
    def drags(self) -> Undo[DragList]:
        """What is pulled, with undo."""
        return self.forms.drags

    @property
    def panel(self) -> PanelModel:
        """The chosen edit's values as they stand."""
        return self.status.form

    @property
    def error(self) -> str:
        """What went wrong and what to do, or nothing."""
        return self.status.error(self.notice)

    # ---- what the artist does

    def choose_edit(self, kind: str) -> None:
        """Take another edit; values typed before are kept for when it is taken again."""
        if kind != self.kind and kind in self.engine.edits:
            self.session.discard()
            self.notice, self.source.mask = "", None
            self.source.begin_with()  # what is active now: after a result, that result
            self.forms.choose(kind)
            self._push()

    def set(self, name: str, value: object) -> None:
        """Set one parameter."""
        self._put(self.panel.set(name, value), chosen=name)

    def set_many(self, values: Mapping[str, object]) -> None:
        """Set several parameters at once, as a gesture on the canvas does."""
        self.forms.along = None
        self._put(self.panel.set_all(values))

    def type_in(self, name: str, text: str) -> None:
        """Set one parameter as it was typed."""
        self._put(self.panel.type_in(name, text), chosen=name)

    def reset(self, name: str) -> None:
        """Set one parameter back to its default."""
        self._put(self.panel.reset(name))

    def show_more(self, more: bool) -> None:
        """Show the advanced parameters, or only the basic ones."""
        self.forms.put(self.panel.show("advanced" if more else "basic"))

    def set_drags(self, drags: DragList, *, step: bool = True) -> None:
        """Take over a changed list of drags; `step` makes it one that can be undone."""
        changed = drags.plain() != self.drags.now.plain()
        if changed:
            self.forms.notice_resize(drags)
            if self.session.look():
                self.forms.notice_shift()
        self.forms.set_drags(drags, step=step)
        if changed:
            self._push()

    def undo_drag(self) -> None:
        """Take the last change of the drags back."""
        self.forms.undo_drag()
        self._push()

    def redo_drag(self) -> None:
        """Do the change of the drags again that was taken back."""
        self.forms.redo_drag()
        self._push()

    def new_seed(self) -> None:
        """Draw another seed."""
        if name := self.panel.edit.seed_field:
            self.set(name, secrets.randbits(SEED_BITS))

    def run(self) -> None:
        """Compute; the same once more is a variation, unless the seed is locked."""
        self.notice = self.status.grey
        if self.notice:
            return
        again = self.status.is_submitted and not self.status.busy
        if self.session.stale is not None:
            self.compute_again()
            return
        if again and not self.seed_locked and not returns_frames(self.panel.edit):
            self.new_seed()
        self._push()
        if self.source.is_taken_up:
            self.session.run(self.panel.params())

    def let_go(self) -> None:
        """The pen was lifted: compute by itself, if wished for and possible; not what the picture took along."""
        new = self.source.is_taken_up and not self.forms.were_taken_along
        if not self.auto_run or self.status.grey or not new or self.status.is_submitted:
            return
        if self.session.stage in ("running", "waiting"):
            self.session.artifacts.note_computed(self.panel.params())  # it is steered there
        else:
            self.run()

    def apply(self) -> None:
        """Add the result as a layer, computing it first if need be."""
        self.notice = "" if self.session.outcome is not None else self.status.grey
        if self.notice:
            return
        if not self.source.is_taken_up:
            self._push()
        if self.source.is_taken_up:
            self.session.apply()

    def cancel(self) -> None:
        """Stop what is being computed; of frames that are being made, the one that is seen is kept."""
        if self.status.keeps:
            self.set(self.panel.edit.frame_field or "", self.session.status.shown_frame)
        else:
            self.session.cancel()

    def discard(self) -> None:
        """Forget the preview and the result that was not applied."""
        self.notice, self.session.artifacts.computed = "", None
        self.results.discard()
        self.session.discard()

    def compute_again(self) -> None:
        """Compute from how the picture is now; where its layer is gone, on the layer that is active.

        Where that cannot be done, it is said, and the result stays: undo may bring its picture back.
        """
        resized, source = self.status.is_resized, self.source
        kept = source.key, source.is_taken_up, source.placing.replaces
        if source.key and not is_there(self.host, source.key):
            source.begin_with()
            source.look_at_places(self.panel.edit, self.drags.now)
        self.notice = self.status.grey
        if not self.notice:
            self._push()
        if self.notice or not source.is_taken_up:
            source.key, source.is_taken_up, source.placing.replaces = kept
            return
        self.session.compute_again(self.panel.params())
        if resized and self.panel.edit.drags_field and not self.forms.were_taken_along:
            self.notice = self.strings.text("note.old_places")

    def apply_anyway(self) -> None:
        """Add the result although the picture is another now."""
        self.session.apply_anyway()

    def start_over(self) -> None:
        """Put drags, mask and the layer worked on aside, and begin with the active layer."""
        self._begin_on("")
        self.forms.clear_marks()

    def go_on(self) -> None:
        """Work on the result that hides the active layer, with arrows and places that made no result yet."""
        cover = self.source.cover
        if cover and is_there(self.host, cover):
            made_it = self.status.marks_are_applied
            self._begin_on(cover)
            if made_it:
                self.forms.clear_marks()
            self._push()

    def edit_again(self, layer: str = "") -> bool:
        """Take the recipe of a result layer up once more: drags, mask, words, seed; says so when there is none."""
        try:
            found = self.source.find(layer)
            bundle = find(found, in_file=self.in_file, store=self.store)
            if bundle is not None:
                below = self.source.below(found.key, bundle)
                self._take_up(bundle, below[-1] if below else found.key, result=found)
                return True
            left = self.results.newest_of(found.key)
            if left is None:
                raise RecipeError(self.strings.text("note.no_recipe"))
            self._take_up(left.bundle, found.key)
        except (HostError, RecipeError, ParamError, SessionError) as problem:
            self.notice = told(problem)
            return False
        return True

    def redo(self, recipe_id: str) -> bool:
        """Take a result of the history up once more and compute it."""
        entry = self.results.history.get(recipe_id)
        if entry is None:
            return False
        try:
            made = self.results.made_of(recipe_id)
            self._take_up(entry.bundle, self.source.of_recipe(entry.bundle, made))
        except (HostError, RecipeError, ParamError, SessionError) as problem:
            self.notice = told(problem)
            return False
        self.session.run(self.panel.params())
        return True

    # ---- the clockwork

    def tick(self, budget: float = TICK_S) -> None:
        """Do the next things that can be done at once."""
        self.session.tick(budget)
        self._catch_up()
        self._keep_unapplied(budget)
        if self.engine.edits is not self.forms.edits:
            self.strings.learn(self.engine.texts)
            if not self.forms.learn(self.engine.edits):
                self.source.is_taken_up = False
        if instead := self.status.model_instead:
            self.set(*instead)
        for outcome in self.session.applied[self._remembered :]:
            self.results.add(outcome)
        self._remembered = len(self.session.applied)
        more = (id(self.results.history), self.notice, self.seed_locked, self.auto_run)
        seen = (*self.status.seen(), *more)
        if seen != self._seen:
            self._seen = seen
            self.version += 1

    def look(self) -> None:
        """See what the artist did in the program meanwhile; to be called a few times a second."""
        if self.session.stage == "closed" or self.host.document_key() is None:
            return
        if self.session.look():
            return  # until it is known where the picture lies, nothing fits
        self._catch_up()
        source = self.source
        if not source.look():
            return
        if source.look_at_selection() and source.is_taken_up:
            source.mask = None
            self.session.picture_changed()
        self._go_along()
        source.look_at_places(self.panel.edit, self.drags.now)

    def close(self) -> None:
        """The document is closed; a result that was not applied is offered when it is opened again."""
        self._keep_unapplied(0.0)
        self.results.close()
        self.session.close()

    # ---- within

    def _go_along(self) -> None:
        """Work on another layer once the artist goes there; results of ours are no such layers."""
        source, active = self.source, self.source.active
        if active is None or not source.is_taken_up or active.key == source.key:
            return
        rests = self.session.stage in ("ready", "applied", "taken_back")
        if rests and active.recipe is None and not active.refusal:
            source.begin_with(active.key)
            self._push()

    def _catch_up(self) -> None:
        """Shift all that is set as the picture was shifted, then pass on what waited for that."""
        moves = self.session.artifacts.moves
        for dx, dy in moves[self._followed :]:
            self.forms.follow_shift(dx, dy)
            self.source.follow_shift(dx, dy)
        self._followed = len(moves)
        if self._waits and not self.session.is_locating:
            self._waits = False
            self._push()
        if not self.session.is_locating:
            self.forms.is_located()

    def _keep_unapplied(self, budget: float) -> None:
        """Keep a new result until it is applied, and go on looking for older ones of this picture."""
        outcome = self.session.outcome
        if outcome is not None and outcome is not self.session.artifacts.newest.outcome:
            self.results.keep(outcome)
        if self.results.search(budget):
            self.host.message("info", self.strings.text("note.unapplied"))

    def _begin_on(self, key: str) -> None:
        """Begin afresh with this layer ("": the active one): no result, no mask, nothing that counts as applied."""
        self.discard()
        self.session.artifacts.newest.put_aside()
        self.source.mask = None
        self.source.begin_with(key)

    def _put(self, form: PanelModel, chosen: str = "") -> None:
        self.forms.put(form, chosen)
        self._push()

    def _push(self) -> None:
        """Give the session what is possible now; what is not yet possible waits on the form."""
        if self.session.is_locating:
            self._waits = True
            return
        form, source = self.panel, self.source
        problem = form.first_problem
        if problem or form.edit.beyond or self.session.stage == "closed":
            if problem and problem[0] == form.edit.drags_field and source.is_taken_up:
                self.session.discard()  # nothing is pulled any more
                source.is_taken_up = False
                if not source.placing.replaces:
                    source.key = ""
            return
        try:
            if source.is_taken_up:
                self.session.change(form.params())
            else:
                self._choose(Again(kind=self.kind, params=form.params(), mask=source.mask))
        except (ParamError, SessionError, HostError) as refusal:
            self.notice = told(refusal)

    def _choose(self, taken: Again) -> None:
        source = self.source
        source.key = source.key or source.find_active().key
        taken.take_up(self.session, source.key, source.under(source.key))
        source.mask, source.is_taken_up = taken.mask, True

    def _take_up(self, bundle: Bundle, key: str, *, result: HostLayer | None = None) -> None:
        source = self.source
        edits, seen = self.engine.edits, source.seen_of(key)
        there = listed(self.notes)
        taken = again_on(bundle, edits, self.host, seen, result, layers=there)
        form = self.forms.of(taken.kind).set_all(taken.params)
        form.params()  # what cannot be taken up must not cost the result that is seen
        self.discard()
        self.forms.restore(taken.kind, form)
        source.key = key
        self._choose(replace(taken, params=self.panel.params()))
        source.placing.replaces, self.seed_locked = result.key if result is not None else "", True
        if taken.dropped:
            self.notice = self.strings.text("note.dropped", names=", ".join(taken.dropped))
