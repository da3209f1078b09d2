# SPDX-License-Identifier: Apache-2.0
"""What a run says while it works: a progress bar on a terminal, a line now and then in a file."""

import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from server.lab.training.clock import Clock
from server.lab.training.losses import Losses

STRONG, WEAK = 600, 200
"""Timesteps from and below which noise counts as strong and as weak."""


class Log:
    """Means over `every` steps, appended to a file and written to standard output."""

    def __init__(self, path: Path, *, every: int = 50) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._every = path, every
        self._found: list[Losses] = []
        self._since = time.monotonic()
        self._console = Console()
        words = TextColumn("{task.description}")
        columns = (words, BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=self._console, disable=not self._console.is_terminal)
        self._task = self._bar.add_task("denoiser", total=1.0)

    def __enter__(self) -> "Log":
        self._bar.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._bar.stop()

    def say(self, line: str) -> None:
        """One line, everywhere."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def add(self, found: Losses, clock: Clock) -> None:
        """Count a step; every so often say how the last ones went."""
        self._found.append(found)
        if len(self._found) == self._every:
            self.say(summary(self._found, clock, time.monotonic() - self._since))
            self._found, self._since = [], time.monotonic()
            self._bar.update(self._task, completed=clock.progress)


def summary(found: list[Losses], clock: Clock, seconds: float) -> str:
    """Errors where noise is strong, between and weak, of pooled noise, the map's cross entropy, and the speed."""
    pairs = [
        (int(t), float(error))
        for one in found
        for t, error in zip(one.t.tolist(), one.errors.tolist(), strict=True)
    ]
    strong = _mean([error for t, error in pairs if t >= STRONG])
    weak = _mean([error for t, error in pairs if t < WEAK])
    between = _mean([error for t, error in pairs if WEAK <= t < STRONG])
    by_map = _mean([float(one.map) for one in found])
    by_pooled = _mean([float(one.pooled) for one in found])
    return (
        f"step {clock.step} {clock.progress:.1%} worked {clock.worked:.0f} s, "
        f"errors {strong:.4f} {between:.4f} {weak:.4f}, pooled {by_pooled:.4f}, map {by_map:.3f}, "
        f"{len(pairs) / max(seconds, 1e-6):.1f} pictures/s"
    )


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else float("nan")
