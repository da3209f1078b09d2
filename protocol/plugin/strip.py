# SPDX-License-Identifier: Apache-2.0
"""The strip of past results as every panel shows it: which are in it, newest first, and which one is chosen."""

from __future__ import annotations

from .history import Entry, History

MANY = 4
"""From so many results on, there is a line to find one."""


class Strip:
    """`entries` are shown from the newest on; `chosen` is the id of one of them, "" without any."""

    def __init__(self) -> None:
        self.entries: tuple[Entry, ...] = ()
        self.chosen = ""
        self.has_finder = self.is_empty = False
        self._shown: tuple[tuple[str, bool], ...] | None = None

    def show(self, history: History, words: str) -> bool:
        """Show the results that hold these words, all without any; returns whether pictures are others now."""
        self.has_finder = len(history.entries) >= MANY
        self.is_empty = not history.entries
        entries = tuple(history.search(words if self.has_finder else ""))
        seen = tuple((entry.id, entry.favorite) for entry in entries)
        if seen == self._shown:
            return False
        newest = self._shown is None or [one for one, _ in seen[:1]] != [
            one for one, _ in self._shown[:1]
        ]
        self._shown, self.entries = seen, entries
        if newest or self.chosen not in [entry.id for entry in entries]:
            self.chosen = entries[0].id if entries else ""
        return True

    @property
    def entry(self) -> Entry | None:
        """The one that is chosen."""
        return next((one for one in self.entries if one.id == self.chosen), None)
