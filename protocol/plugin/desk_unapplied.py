# SPDX-License-Identifier: Apache-2.0
"""What a desk does for results that were finished and not applied: keep them, and offer them when the picture is back.

They come into the history, and *Edit again* on the layer they were made of takes the newest of them up.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..recipe import Bundle, RecipeError
from .bites import go_on
from .desk_ties import DeskTies
from .history import Entry
from .host import HostError, HostLayer
from .outcome import Outcome
from .unapplied import Fitting, Unapplied


class DeskUnapplied(DeskTies, ABC):
    """The part of `desk.Desk` that looks after results which are in no document."""

    _kept_as: Outcome | None = None
    """The result of this desk that is kept now."""
    _shelf: Unapplied | None = None
    _looking: Fitting | None = None
    _offered: tuple[tuple[Entry, str], ...] = ()
    """Results of before this picture was opened, with the layers they were made of; the newest is the last."""

    @property
    def can_edit_again(self) -> bool:
        """Whether there is a recipe of the active layer, or of a result that was made of it and is in no document."""
        layer = self.layer
        if layer is None:
            return False
        return layer.recipe is not None or any(key == layer.key for _, key in self._offered)

    def _mind_unapplied(self, budget: float) -> None:
        """Keep a new result, and go on looking for older ones of this picture."""
        session = self.session
        outcome = session.outcome
        shelf = self._shelves()
        if outcome is not None:
            thumbnail = self._pictures.of(outcome)  # there is time for it before the artist applies
            if outcome is not self._kept_as and outcome is not session.artifacts.newest.outcome:
                if self._kept_as is not None:
                    self._not_unapplied()
                for entry, _ in self._offered:
                    recipe = entry.bundle.recipe
                    if (recipe.edit, recipe.params) == (outcome.kind, outcome.recipe.params):
                        self._not_unapplied(entry.id)  # it was taken up
                self._kept_as = outcome
                shelf.put(outcome, thumbnail)
        if self._looking is not None:
            self._look_for_older(self._looking, budget)

    def _leave_unapplied(self) -> None:
        """The document is closed: keep what came just now, too."""
        self._mind_unapplied(0.0)
        self._shelves().close()

    def _look_for_older(self, looking: Fitting, budget: float) -> None:
        try:
            found = go_on(looking, budget)
        except HostError:
            self._looking = None
            return
        if found is not None:
            self._looking = None
            self._offer(found)

    def _offer(self, found: list[tuple[Entry, str]]) -> None:
        known = {entry.id for entry in self.history.entries}
        self._offered = tuple(found)
        for entry, _ in found:
            if entry.id not in known:
                self.history = self.history.add(entry)
        if found:
            self.host.message("info", self.strings.text("note.unapplied"))

    def _edit_unapplied(self, layer: HostLayer) -> bool:
        """Take up the newest result that was made of a layer and is in no document; raises as `_take_up` does."""
        left = next((one for one, key in reversed(self._offered) if key == layer.key), None)
        if left is None:
            raise RecipeError(self.strings.text("note.no_recipe"))
        self._take_up(left.bundle, layer.key)
        return True

    def _made_of(self, recipe_id: str) -> str:
        """The layer that a result was made of which is in no document, "" for other results."""
        return next((key for one, key in self._offered if one.id == recipe_id), "")

    def _not_unapplied(self, recipe_id: str = "") -> None:
        """A result is in the document now, or not wanted any more; "": the one that waits."""
        shelf, waits = self._shelves(), self._kept_as
        recipe_id = recipe_id or (waits.recipe.id if waits is not None else "")
        if recipe_id:
            shelf.drop(recipe_id)
        if waits is not None and waits.recipe.id == recipe_id:
            self._kept_as = None
        self._offered = tuple(one for one in self._offered if one[0].id != recipe_id)

    def _shelves(self) -> Unapplied:
        if self._shelf is None:
            self._shelf = Unapplied(self.store)
            self._looking = None
            if self.notes is not None:
                self._looking = self._shelf.fitting(self.host, self.notes)
        return self._shelf

    # ---- what the rest of the desk does

    @abstractmethod
    def _take_up(self, bundle: Bundle, source: str, *, result: HostLayer | None = None) -> None: ...
