# SPDX-License-Identifier: Apache-2.0
"""How much the engine has to do for other programs: what it reports, less what this program has on its way."""

from __future__ import annotations

from ..messages import EngineReport


class Elsewhere:
    """Own jobs come and go while a report is on its way, so the most there were lately is what counts as own."""

    def __init__(self) -> None:
        self.running = self.waiting = 0
        """Jobs of other programs when the engine told of itself."""
        self._now: tuple[int, int] = (0, 0)
        self._before: tuple[int, int] = (0, 0)

    @property
    def jobs(self) -> int:
        """All of them."""
        return self.running + self.waiting

    def note(self, jobs: int, running: int) -> None:
        """So many jobs this program has, so many of them are computed; to be called a few times a second."""
        self._now = (max(self._now[0], jobs), max(self._now[1], running))

    def asked(self) -> None:
        """The engine is asked for a report; jobs that ended before the last one do not matter any more."""
        self._before, self._now = self._now, (0, 0)

    def take(self, report: EngineReport) -> None:
        """Take the engine's report."""
        jobs, running = (max(self._now[i], self._before[i]) for i in (0, 1))
        others = max(0, report.running + report.queued - jobs)
        self.running = min(others, max(0, report.running - running))
        self.waiting = others - self.running
