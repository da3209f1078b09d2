# SPDX-License-Identifier: Apache-2.0
"""What runs an edit's steps past whoever watches, and remembers that the artist changed the edit meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field

from protocol.edits import Edit
from server.engine.api import OnStep, Step


@dataclass
class Watch:
    """Passes every step on, remembers a newer edit until a step boundary, knows the present phase."""

    on_step: OnStep
    step: Step = field(default_factory=lambda: Step(phase="load", step=0, steps=1))
    newer: Edit | None = None

    def tell(self, step: Step) -> None:
        self.step = step
        self.newer = self.on_step(step) or self.newer

    def check(self) -> None:
        """Before every network evaluation: raises Cancelled when the artist stopped."""
        self.newer = self.on_step(self.step) or self.newer

    def take(self) -> Edit | None:
        """The newest edit that was not taken yet."""
        newer, self.newer = self.newer, None
        return newer
