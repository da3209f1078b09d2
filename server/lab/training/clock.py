# SPDX-License-Identifier: Apache-2.0
"""How far a training run is: by planned steps or by minutes of work, both kept over a resume."""

import math
import time
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Either a number of steps (bit-exact repeats) or minutes of work (ends in time on any machine)."""

    steps: int | None = None
    minutes: float | None = None

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.minutes is None):
            raise ValueError(
                f"give either steps or minutes, got steps={self.steps}, minutes={self.minutes}"
            )
        amount = self.steps if self.minutes is None else self.minutes
        if amount is None or not amount > 0:
            raise ValueError(f"a budget must be positive, got {amount}")


def budget_of(minutes: float, steps: int | None) -> Budget:
    """The steps where they are given, else the minutes: on a busy machine minutes hold few steps."""
    return Budget(minutes=minutes) if steps is None else Budget(steps=steps)


@dataclass(kw_only=True)
class Clock:
    """Steps done and seconds worked so far, and the part of the budget they are."""

    budget: Budget
    step: int = 0
    worked: float = 0.0
    _since: float = field(default_factory=time.monotonic)

    def tick(self) -> None:
        """Count one finished step."""
        now = time.monotonic()
        self.worked += now - self._since
        self._since = now
        self.step += 1

    def pause(self) -> None:
        """Leave the time since the last step out (a checkpoint or a sample sheet is no training)."""
        self._since = time.monotonic()

    @property
    def progress(self) -> float:
        """0 at the start, 1 when the budget is spent."""
        if self.budget.steps is not None:
            return min(1.0, self.step / self.budget.steps)
        assert self.budget.minutes is not None
        return min(1.0, self.worked / (60 * self.budget.minutes))

    @property
    def done(self) -> bool:
        return self.progress >= 1.0


def warm_cosine(progress: float, *, warm: float = 0.02, floor: float = 0.01) -> float:
    """Learning-rate factor: linear warm-up over the first `warm` part, then a cosine to `floor`."""
    if progress < warm:
        return max(progress / warm, 0.01)
    turn = (progress - warm) / (1 - warm)
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * turn))
