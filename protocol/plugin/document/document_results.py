# SPDX-License-Identifier: Apache-2.0
"""Results of one document: its history, and those that were finished and not applied.

The latter are kept on this machine and offered when the picture is back: they come into the history, and *Edit again*
on the layer they were made of takes the newest of them up.
"""

from __future__ import annotations

from ...store import Store
from ..bites import go_on
from ..history import Entry, History
from ..host import Host, HostError, HostLayer
from ..notes import Notes, write_history
from ..remember import Pictures, entry_of
from ..session.outcome import Outcome
from .unapplied_store import Fitting, UnappliedStore


class DocumentResults:
    """`history` is saved with the document, as far as the host keeps `notes`."""

    def __init__(
        self, host: Host, notes: Notes | None, store: Store | None, history: History
    ) -> None:
        self.history = history
        self._notes = notes
        self._pictures = Pictures()
        self._store = UnappliedStore(store)
        self._waits: Outcome | None = None
        """The result that waits to be applied, and is kept now."""
        self._older: tuple[tuple[Entry, str], ...] = ()
        """Results of before this picture was opened, with the layers they were made of; the newest is the last."""
        self._search: Fitting | None = None
        if notes is not None:
            self._search = self._store.fitting(host, notes)

    # ---- the history

    def add(self, outcome: Outcome) -> None:
        """A result went into the document: remember it there."""
        self._forget_unapplied(outcome.recipe.id)
        self._remember(self.history.add(entry_of(outcome, self._pictures.of(outcome))))

    def favor(self, recipe_id: str, favorite: bool) -> None:
        """Keep a result of the history whatever happens, or no longer."""
        self._remember(self.history.favor(recipe_id, favorite))

    def forget(self, recipe_id: str) -> None:
        """Take a result out of the history."""
        self._forget_unapplied(recipe_id)
        self._remember(self.history.remove(recipe_id))

    def _remember(self, history: History) -> None:
        self.history = history
        if self._notes is not None:
            write_history(self._notes, history)

    # ---- what was not applied

    def can_edit(self, layer: HostLayer | None) -> bool:
        """Whether there is a recipe of a layer, or of a result that was made of it and is in no document."""
        if layer is None:
            return False
        return layer.recipe is not None or self.newest_of(layer.key) is not None

    def newest_of(self, layer: str) -> Entry | None:
        """The newest that was made of a layer before this picture was opened."""
        return next((one for one, key in reversed(self._older) if key == layer), None)

    def made_of(self, recipe_id: str) -> str:
        """The layer that one of before was made of, "" for other results."""
        return next((key for one, key in self._older if one.id == recipe_id), "")

    def keep(self, outcome: Outcome) -> None:
        """Keep a result that waits to be applied."""
        thumbnail = self._pictures.of(outcome)  # there is time for it before the artist applies
        if outcome is self._waits:
            return
        self.discard()
        for entry, _ in self._older:
            recipe = entry.bundle.recipe
            if (recipe.edit, recipe.params) == (outcome.kind, outcome.recipe.params):
                self._forget_unapplied(entry.id)  # it was taken up
        self._waits = outcome
        self._store.put(outcome, thumbnail)

    def search(self, budget: float) -> bool:
        """Go on looking for those of before; returns whether some were found just now."""
        if self._search is None:
            return False
        try:
            found = go_on(self._search, budget)
        except HostError:
            found = []
        if found is None:
            return False
        self._search, self._older = None, tuple(found)
        for entry, _ in found:
            if self.history.get(entry.id) is None:
                self.history = self.history.add(entry)
        return bool(found)

    def discard(self) -> None:
        """The artist does not want the one that waits."""
        if self._waits is not None:
            self._forget_unapplied(self._waits.recipe.id)

    def close(self) -> None:
        """Wait a little for what is still written."""
        self._store.close()

    def _forget_unapplied(self, recipe_id: str) -> None:
        """One is in the document now, or not wanted any more."""
        self._store.drop(recipe_id)
        if self._waits is not None and self._waits.recipe.id == recipe_id:
            self._waits = None
        self._older = tuple(one for one in self._older if one[0].id != recipe_id)
