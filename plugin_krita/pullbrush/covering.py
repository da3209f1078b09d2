# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers that a result hides: shown again once it is undone, hidden once it is redone.

Krita makes no undo step of a layer's eye, so somebody has to look after it.
"""

from __future__ import annotations

from collections.abc import Callable


class Covering:
    """Which result hides which layer, and whether it is there; by their keys."""

    def __init__(self) -> None:
        self._hid: dict[tuple[str, str], bool] = {}

    def add(self, result: str, source: str) -> None:
        """A result was added that hides a layer."""
        self._hid[result, source] = True

    def changes(self, is_there: Callable[[str], bool]) -> list[tuple[str, bool]]:
        """Return (key, visible) of the layers whose eye must follow what undo and redo did."""
        found: list[tuple[str, bool]] = []
        for (result, source), was_there in list(self._hid.items()):
            there = is_there(result)
            if there != was_there and is_there(source):
                self._hid[result, source] = there
                found.append((source, not there))
        return found
