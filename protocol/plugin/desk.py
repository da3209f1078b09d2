# SPDX-License-Identifier: Apache-2.0
"""One open document on the panel: chosen edit, values, drags with undo, history, and the session behind them.

A panel and a canvas draw what this says and call what the artist does; `version` grows whenever there is something
new to draw. Values that are not possible yet stay on the panel; as soon as they are, the session follows.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace

from ..edits import ParamError
from ..recipe import Bundle, RecipeError
from ..recipe_parts import short_id_of
from ..sentences import told
from .again import Again, again, shift_since
from .binding import find
from .desk_unapplied import DeskUnapplied
from .drag_layer import NAME as DRAG_LAYER
from .drags import DragList
from .film import returns_frames
from .history import History
from .host import HostError, HostLayer, is_there, layers_of
from .lineage import covered_by, made_of, picture_on
from .notes import listed, origin, write_history
from .outcome import Outcome
from .panel import PanelModel
from .remember import entry_of
from .session import TICK_S
from .undo import Undo
from .work import SessionError

SEED_BITS = 31
"""Seeds that are drawn stay short enough to be read out to somebody."""


class Desk(DeskUnapplied):
    """One document, and what the artist does with it."""

    # ---- what the artist does

    def choose_edit(self, kind: str) -> None:
        """Take another edit; values typed before are kept for when it is taken again."""
        if kind != self.kind and kind in self.engine.edits:
            self.session.discard()
            self.kind, self.notice = kind, ""
            self._taken_up, self._mask, self._placing.replaces = False, None, ""
            self._source = ""  # what is active now: after a result, that result
            self._drags_to_panel()
            self._push()

    def set(self, name: str, value: object) -> None:
        """Set one parameter."""
        self._replace(self.panel.set(name, value), chosen=name)

    def set_many(self, values: Mapping[str, object]) -> None:
        """Set several parameters at once, as a gesture on the canvas does."""
        self._along = None
        self._replace(self.panel.set_all(values))

    def type_in(self, name: str, text: str) -> None:
        """Set one parameter as it was typed."""
        self._replace(self.panel.type_in(name, text), chosen=name)

    def reset(self, name: str) -> None:
        """Set one parameter back to its default."""
        self._replace(self.panel.reset(name))

    def show_more(self, more: bool) -> None:
        """Show the advanced parameters, or only the basic ones."""
        self._panels[self.kind] = self.panel.show("advanced" if more else "basic")

    def set_drags(self, drags: DragList, *, step: bool = True) -> None:
        """Take over a changed list of drags; `step` makes it one that can be undone."""
        changed = self._change_to(drags)
        self.drags = self.drags.do(drags) if step else self.drags.adjust(drags)
        if changed:
            self._drags_to_panel()
            self._push()

    def undo_drag(self) -> None:
        """Take the last change of the drags back."""
        self._drags_are(self.drags.undo())

    def redo_drag(self) -> None:
        """Do the change of the drags again that was taken back."""
        self._drags_are(self.drags.redo())

    def new_seed(self) -> None:
        """Draw another seed."""
        if self.seed_field:
            self.set(self.seed_field, secrets.randbits(SEED_BITS))

    def run(self) -> None:
        """Compute; the same once more is a variation, unless the seed is locked."""
        self.notice = self.grey
        if self.notice:
            return
        again = self._ran == self.panel.params() and not self.busy
        if self.session.stale is not None:
            self.compute_again()
            return
        if again and not self.seed_locked and not returns_frames(self.panel.edit):
            self.new_seed()
        self._push()
        if self._taken_up:
            self._ran = self.panel.params()
            self.session.run()

    def let_go(self) -> None:
        """The pen was lifted: compute by itself, if wished for and possible; not what the picture took along."""
        if not self.auto_run or self.grey or not self._is_pulled:
            return
        if self.session.stage in ("running", "waiting"):
            self._ran = self.panel.params()  # what runs is steered there already
        else:
            self.run()

    def apply(self) -> None:
        """Add the result as a layer, computing it first if need be."""
        self.notice = "" if self.session.outcome is not None else self.grey
        if self.notice:
            return
        if not self._taken_up:
            self._push()
        if self._taken_up:
            self.session.apply()

    def cancel(self) -> None:
        """Stop what is being computed; of frames that are being made, the one that is seen is kept."""
        if self.keeps:
            self.set(self.panel.edit.frame_field or "", self.session.status.shown_frame)
        else:
            self.session.cancel()

    def discard(self) -> None:
        """Forget the preview and the result that was not applied."""
        self.notice, self._ran = "", None
        self._not_unapplied()
        self.session.discard()

    def start_over(self) -> None:
        """Put drags, mask and the layer worked on aside, and begin with the active layer."""
        self._begin_on("")
        self._no_marks()

    def edit_again(self, layer: str = "") -> bool:
        """Take the recipe of a result layer up once more: drags, mask, words, seed; says so when there is none."""
        try:
            found = self._layer(layer)
            bundle = find(found, in_file=self.in_file, store=self.store)
            if bundle is None:
                return self._edit_unapplied(found)
            below = made_of(self.notes, self.host, found.key, bundle.recipe.source.layer)
            self._take_up(bundle, below[-1] if below else found.key, result=found)
        except (HostError, RecipeError, ParamError, SessionError) as problem:
            self.notice = told(problem)
            return False
        return True

    def redo(self, recipe_id: str) -> bool:
        """Take a result of the history up once more and compute it."""
        entry = self.history.get(recipe_id)
        if entry is None:
            return False
        try:
            self._take_up(entry.bundle, self._source_of(entry.bundle))
        except (HostError, RecipeError, ParamError, SessionError) as problem:
            self.notice = told(problem)
            return False
        self._ran = self.panel.params()
        self.session.run()
        return True

    def go_on(self) -> None:
        """Work on the result that hides the active layer, with arrows and places that made no result yet."""
        if self.cover and is_there(self.host, self.cover):
            made_it = self.marks_are_applied
            self._begin_on(self.cover)
            if made_it:
                self._no_marks()
            self._push()

    def favor(self, recipe_id: str, favorite: bool) -> None:
        """Keep a result of the history whatever happens, or no longer."""
        self._remember(self.history.favor(recipe_id, favorite))

    def forget(self, recipe_id: str) -> None:
        """Take a result out of the history."""
        self._not_unapplied(recipe_id)
        self._remember(self.history.remove(recipe_id))

    # ---- the clockwork

    def tick(self, budget: float = TICK_S) -> None:
        """Do the next things that can be done at once."""
        self.session.tick(budget)
        self._catch_up()
        self._mind_unapplied(budget)
        if self.engine.edits is not self._edits:
            self._learn()
        self._choose_model()
        for outcome in self.session.applied[self._kept :]:
            self._keep(outcome)
        self._kept = len(self.session.applied)
        seen = self._looks()
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
        try:
            self.layer = self._active()
        except HostError:
            self.layer = None
            return
        self._look_around(self.layer)
        selection = self.host.read_selection(None)
        bounds = selection.bounds if selection else None
        if bounds != self.selection:
            self.selection = bounds
            if self._taken_up:
                self._mask = None
                self.session.picture_changed()
        self._follow(self.layer)
        self._look_at_place()

    def close(self) -> None:
        """The document is closed; a result that was not applied is offered when it is opened again."""
        self._leave_unapplied()
        self.session.close()

    # ---- within

    def _look_around(self, active: HostLayer) -> None:
        """Which layer is worked on, and whether the active one lies hidden below a result of its own."""
        try:
            self.works_on = (self._layer(self._source) if self._source else active).name
            cover = "" if active.visible else covered_by(self.notes, active.key)
            self.cover = cover if cover and self._layer(cover).visible else ""
        except HostError:
            self.works_on, self.cover = active.name, ""

    def _follow(self, active: HostLayer) -> None:
        """Work on another layer once the artist goes there; results of ours are no such layers."""
        if not self._taken_up or active.key == self._source or active.recipe is not None:
            return
        if self.session.stage in ("ready", "applied", "taken_back") and not active.refusal:
            self._source, self._taken_up, self._placing.replaces = active.key, False, ""
            self._push()

    def _learn(self) -> None:
        """The engine has told which edits there are."""
        self._edits = self.engine.edits
        self.strings.learn(self.engine.texts)
        old, self._panels = self._panels, {}
        for kind, panel in old.items():
            if kind in self._edits:
                fresh = PanelModel(edit=self._edits[kind], strings=self.strings, level=panel.level)
                self._panels[kind] = fresh.set_all(panel.values)
        if self.kind not in self._edits:
            self.kind, self._taken_up = next(iter(self._edits), ""), False

    def _choose_model(self) -> None:
        """Where the usual model of an edit is not installed, take the first one that it works with."""
        edit, usable = self.panel.edit, [model.name for model in self.usable_models]
        if edit.model_field is None or not usable:
            return
        spec, chosen = edit.fields[edit.model_field], self.panel.value(edit.model_field)
        if not spec.required and chosen == spec.default and chosen not in usable:
            self.set(edit.model_field, usable[0])

    def _begin_on(self, source: str) -> None:
        """Begin afresh with this layer ("": the active one): no result, no mask, nothing that counts as applied."""
        self.discard()
        self.session.artifacts.newest.put_aside()
        self._source, self._mask, self._taken_up, self._placing.replaces = source, None, False, ""
        self._applied_as = self._applied_drags = None

    def _no_marks(self) -> None:
        """Nothing is drawn for the edit any more."""
        for name in (self.drags_field or "", *self.panel.edit.place_fields):
            if name in self.panel.edit.fields:
                self._panels[self.kind] = self.panel.reset(name)
        self.drags = self.drags.do(DragList())

    def _replace(self, panel: PanelModel, chosen: str = "") -> None:
        self._panels[self.kind] = panel
        if chosen and not panel.problem(chosen):
            self._kept_values.keep(panel.edit, chosen, panel.value(chosen))
        self._push()

    def _drags_are(self, drags: Undo[DragList]) -> None:
        self.drags = drags
        self._drags_to_panel()
        self._push()

    def _drags_to_panel(self) -> None:
        if name := self.drags_field:
            plain = self.drags.now.plain()
            panel = self.panel.set(name, plain) if plain else self.panel.reset(name)
            if returns_frames(panel.edit):
                panel = panel.reset(panel.edit.frame_field or "")  # another pull has other frames
            self._panels[self.kind] = panel

    def _push(self) -> None:
        """Give the session what is possible now; what is not yet possible waits on the panel."""
        if self.session.is_locating:
            self._waits = True
            return
        problem = self.panel.first_problem
        if problem or self.panel.edit.beyond or self.session.stage == "closed":
            if problem and problem[0] == self.drags_field and self._taken_up:
                self.session.discard()  # nothing is pulled any more
                self._taken_up = False
                if not self._placing.replaces:
                    self._source = ""
            return
        params = self.panel.params()
        try:
            if self._taken_up:
                self.session.change(params)
            else:
                self._choose(Again(kind=self.kind, params=params, mask=self._mask))
        except (ParamError, SessionError, HostError) as refusal:
            self.notice = told(refusal)

    def _choose(self, taken: Again) -> None:
        if not self._source:
            self._source = self._active().key
        under = picture_on(self.notes, self.host, self._source)[:-1]
        taken.take_up(self.session, self._source, under)
        self._mask, self._taken_up = taken.mask, True

    def _take_up(self, bundle: Bundle, source: str, *, result: HostLayer | None = None) -> None:
        extent, layer, shift = self.host.extent_and_profile(), self._layer(source), None
        if result is not None and result.key != layer.key:
            under = picture_on(self.notes, self.host, source)[:-1]
            shift = shift_since(self.host, bundle.recipe, layer, under, result)
        there = listed(self.notes)
        taken = again(bundle, self.engine.edits, layer, extent, shift, layers=there)
        panel = self._panel_of(taken.kind).set_all(taken.params)
        panel.params()  # what cannot be taken up must not cost the result that is seen
        self.discard()
        self.kind, self._source = taken.kind, source
        self._panels[self.kind] = panel
        if name := self.drags_field:
            self.drags = self.drags.do(DragList.of(self.panel.value(name) or ()))
            self._canvas = self._size()
        self._choose(replace(taken, params=self.panel.params()))
        self._placing.replaces, self.seed_locked = result.key if result is not None else "", True
        if taken.dropped:
            self.notice = self.strings.text("note.dropped", names=", ".join(taken.dropped))

    def _source_of(self, bundle: Bundle) -> str:
        """The layer a result of the history was made of; where the result is gone, the one the artist painted."""
        made = self._made_of(bundle.recipe.id)
        active = made or self._active().key
        if self.notes is None or made:
            return active
        for key, name in self.notes.layers():
            if short_id_of(name) == bundle.recipe.short_id:
                below = made_of(self.notes, self.host, key, bundle.recipe.source.layer)
                return (below or (active,))[-1]
        return origin(self.notes, self.host, active)

    def _active(self) -> HostLayer:
        """The layer the artist works on; while that is the one with the arrows, the one before."""
        active = self._layer("")
        if active.name != DRAG_LAYER:
            return active
        if self.layer is not None and self.layer.name != DRAG_LAYER:
            return self._layer(self.layer.key)
        return self._layer(next((k for k, name in listed(self.notes) if name != DRAG_LAYER), ""))

    def _layer(self, key: str) -> HostLayer:
        layers = layers_of(self.host, [key])
        if not layers:
            raise HostError(self.strings.text("note.no_layer"))
        return layers[0]

    def _keep(self, outcome: Outcome) -> None:
        """A result went into the document: remember it there."""
        self._not_unapplied(outcome.recipe.id)
        self._applied_drags = self.drags.now.plain()
        self._applied_as = (self.kind, self.panel.values)
        self._remember(self.history.add(entry_of(outcome, self._pictures.of(outcome))))

    def _remember(self, history: History) -> None:
        self.history = history
        if self.notes is not None:
            write_history(self.notes, history)
