# SPDX-License-Identifier: Apache-2.0
"""When a worker that died may start again: quickly at first, then slower, then not by itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(kw_only=True)
class Backoff:
    """Counts deaths in a row; a worker that lived `stable_s` starts from nothing again."""

    limit: int
    first_s: float
    stable_s: float
    deaths: int = 0
    ready_at: float = 0.0

    def died(self, now: float, lived_s: float) -> None:
        """Note a death at `now` after `lived_s` seconds of work."""
        self.deaths = 1 if lived_s >= self.stable_s else self.deaths + 1
        self.ready_at = now + self.first_s * 2 ** (self.deaths - 1)

    @property
    def exhausted(self) -> bool:
        """Whether it died too often to be started again by itself."""
        return self.deaths > self.limit

    def may_start(self, now: float) -> bool:
        return not self.exhausted and now >= self.ready_at

    def forgive(self) -> None:
        """Somebody asked for it explicitly, or enough time has passed: start from nothing."""
        self.deaths, self.ready_at = 0, 0.0
