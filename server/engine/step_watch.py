# SPDX-License-Identifier: Apache-2.0
"""What runs an edit's steps past whoever watches, and remembers that the artist changed the edit meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace

from protocol.edits import Edit
from server.engine.api import OnStep, Step
from server.engine.timing.running import Lap, Running
from server.engine.timing.work import Works, unmeasured


class Renewed(Exception):
    """The artist changed the edit while it was running: it begins anew."""

    def __init__(self, edit: Edit) -> None:
        super().__init__()
        self.edit = edit


@dataclass
class Watch:
    """Passes every step on, remembers a newer edit until a step boundary, knows the present phase.

    running: the account of the job's time, which every step is told with; None for work that nobody waits for.
    """

    on_step: OnStep
    step: Step = field(default_factory=lambda: Step(phase="encode", step=0, steps=1))
    newer: Edit | None = None
    running: Running | None = None

    def tell(self, step: Step) -> None:
        """A step is done. Raises Cancelled when the artist stopped."""
        self.step = step
        self._pass_on(step, "preview" if step.preview is not None else "")

    def check(self) -> None:
        """Before every network evaluation, and within long work: raises Cancelled when the artist stopped.

        What is passed on is no new step and has no preview: making one asks here, too.
        """
        self._pass_on(replace(self.step, preview=None), "")

    def take_newer(self) -> Edit | None:
        """The newest edit that was not taken yet."""
        newer, self.newer = self.newer, None
        return newer

    def plan(self, works: Works) -> None:
        """What the job consists of; a second time, what was done so far was for nothing."""
        if self.running is not None:
            self.running.plan(works)

    def skip(self, works: Works) -> None:
        """What of it need not be done after all."""
        if self.running is not None:
            self.running.skip(works)

    def measure(self, kind: str, size: int) -> AbstractContextManager[None]:
        """Times the body as one of a kind."""
        return (self.running.measure if self.running is not None else unmeasured)(kind, size)

    @contextmanager
    def laps(self, first: str, size: int) -> Iterator[Lap]:
        """Times what comes one after the other; see `Running.laps`."""
        if self.running is None:
            yield lambda _ended, _begun: None
            return
        with self.running.laps(first, size) as lap:
            yield lap

    def _pass_on(self, step: Step, kind: str) -> None:
        running = self.running
        if running is None:
            self.newer = self.on_step(step) or self.newer
            return
        with running.aside(kind):
            now = replace(step, fraction=running.fraction, eta_ms=running.eta_ms)
            self.newer = self.on_step(now) or self.newer
