# SPDX-License-Identifier: Apache-2.0
"""The start of a model worker's engine: its libraries take seconds to import, and an import has no check points.

So it happens in a thread of its own, while the computing one says how far it is, hears of a cancel and of newer
parameters. Whoever was cancelled leaves it going on for the next one. It is told as loading: the phases are a closed
list of the protocol's first version, and a plug-in of that refuses any other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from server.engine.api import Step
from server.worker.engine_interface import ModelEngine

BEAT_S = 0.1
"""Seconds between two signs of life."""
LONG, PATIENCE_S = 20.0, 120.0
"""After so many times what it takes usually, and so many seconds at least, it hangs and gives no sign of life."""
NEARLY = 0.98
"""The most of its share that is said to be done before it is."""


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """Seconds that a start takes, and those of the job that comes after it."""

    start: float = 0.0
    rest: float = 0.0

    def step(self, passed: float) -> Step:
        """How far the whole job is after so many seconds of the start."""
        whole, done = self.start + self.rest, min(passed, NEARLY * self.start)
        if whole <= 0:
            return Step(phase="load", step=0, steps=1, fraction=0.0)
        return Step(
            phase="load",
            step=0,
            steps=1,
            fraction=done / whole,
            eta_ms=round(1000 * (whole - done)),
        )


class Starting:
    """An engine that is being made."""

    def __init__(self, make: Callable[[], ModelEngine]) -> None:
        self._make, self._began = make, time.perf_counter()
        self._engine: ModelEngine | None = None
        self._problem: Exception | None = None
        self._done = threading.Event()
        threading.Thread(target=self._work, name="starting", daemon=True).start()

    def steps(self, foreseen: Foreseen) -> Iterator[Step | None]:
        """How far it is, until it is there; None where that need not be told, only whether to go on be asked."""
        while not self._done.wait(BEAT_S):
            passed = time.perf_counter() - self._began
            hangs = passed > max(LONG * foreseen.start, PATIENCE_S)
            yield None if hangs else foreseen.step(passed)

    def engine(self) -> ModelEngine:
        """The engine once it is there; raises what making it raised."""
        if self._problem is not None:
            raise self._problem
        assert self._engine is not None
        return self._engine

    def _work(self) -> None:
        try:
            self._engine = self._make()
        except Exception as problem:
            self._problem = problem
        finally:
            self._done.set()
