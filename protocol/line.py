# SPDX-License-Identifier: Apache-2.0
"""The line to the engine: one for a whole plug-in, looked after by a thread of its own."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from .apart import AFTER_FAULT_S, Apart
from .client import Client
from .plugin.engine import Engine
from .plugin.guard import problems
from .plugin.launch import EngineState, Launcher


class Line:
    """`ring` is called in the line's thread when there is something to `pump`, and not again before that was done."""

    def __init__(
        self, make: Callable[[], Client], folders: Sequence[Path], ring: Callable[[], None]
    ) -> None:
        self.apart = Apart(make, self._ring)
        self.engine = Engine(self.apart)
        self._launcher = Launcher(folders)
        self._ringing = ring
        self._told = False
        self._thread = threading.Thread(target=self._serve, name="pullbrush-line", daemon=True)

    @property
    def state(self) -> EngineState:
        """How the engine stands."""
        return self._launcher.state

    def start(self) -> None:
        """Begin to look for the engine, and start one if there is none."""
        self._thread.start()

    def try_again(self) -> None:
        """The artist wants the engine started once more."""
        self._launcher.again()

    def pump(self) -> None:
        """Hand on what has come; in the main thread."""
        self._told = False
        self.engine.pump()

    def end(self, wait: float = 2.0) -> None:
        """Say goodbye; at the program's end."""
        self.apart.stop()
        if self._thread.is_alive():
            self._thread.join(wait)

    def _serve(self) -> None:
        """What the thread does. Nothing may get out: nobody would see it, and the line would be dead."""
        while not self.apart.stopped:
            try:
                self.apart.serve(self._launcher.hear)
            except Exception:
                problems.append(traceback.format_exc())
                time.sleep(AFTER_FAULT_S)

    def _ring(self) -> None:
        if not self._told:  # one ring is enough until somebody came
            self._told = True
            self._ringing()
