# SPDX-License-Identifier: GPL-3.0-or-later
"""Clocks that go on whatever goes wrong in what they call."""

from __future__ import annotations

from collections.abc import Callable

from .gtk import GLib
from .protocol.plugin.guard import guarded


class Clock:
    """Calls `do` again and again, until `stop`: it returns milliseconds until the next time.

    What goes wrong in it is kept for the diagnostics, and it is called again after `usual` milliseconds.
    """

    def __init__(self, do: Callable[[], int], usual: int) -> None:
        self._do, self._usual = guarded(do), usual
        self._on = False

    def start(self) -> None:
        """Call it from now on, the first time soon."""
        self._on = True
        GLib.timeout_add(1, self._turn)

    def stop(self) -> None:
        """Call it no more."""
        self._on = False

    def _turn(self) -> bool:
        wait: int | None = self._do() if self._on else 0
        if self._on:  # it may have been stopped meanwhile
            GLib.timeout_add(self._usual if wait is None else wait, self._turn)
        return False
