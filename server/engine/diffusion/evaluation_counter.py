# SPDX-License-Identifier: Apache-2.0
"""Counts what an edit cost: network evaluations, rows, truncated forwards and backwards, by purpose.

Speed is shown by these counts, never by a clock that depends on how busy the machine is.
"""

from __future__ import annotations

from collections import Counter as Tally
from dataclasses import dataclass, field
from typing import Literal

Purpose = Literal["invert", "denoise", "renoise", "guide", "reference"]


@dataclass
class Counter:
    """Evaluations by purpose. "guide" and "reference" stop early at a role, the others run the whole network."""

    calls: Tally[str] = field(default_factory=Tally[str])
    rows: Tally[str] = field(default_factory=Tally[str])
    truncated: Tally[str] = field(default_factory=Tally[str])
    backward: int = 0

    def forward(self, purpose: Purpose, rows: int, *, truncated: bool) -> None:
        """Notes one network evaluation of ``rows`` rows."""
        self.calls[purpose] += 1
        self.rows[purpose] += rows
        if truncated:
            self.truncated[purpose] += 1

    def gradient(self) -> None:
        """Notes one backward pass through the truncated network."""
        self.backward += 1

    @property
    def evaluations(self) -> int:
        """All calls of the network, whole or truncated."""
        return sum(self.calls.values())

    def forward_equivalents(self, *, truncated: float = 0.75, backward: float = 0.82) -> float:
        """The cost in whole one-row forwards; the defaults are SD1.5's measured shares at 512 pixels."""
        short = sum(self.rows[p] for p in self.rows if self.truncated[p] == self.calls[p])
        whole = sum(self.rows.values()) - short
        return whole + truncated * short + backward * self.backward

    def as_dict(self) -> dict[str, int]:
        """Plain numbers for a result's metrics."""
        numbers = {f"{p}_calls": n for p, n in sorted(self.calls.items())}
        numbers |= {f"{p}_rows": n for p, n in sorted(self.rows.items())}
        return numbers | {
            "truncated_forwards": sum(self.truncated.values()),
            "backwards": self.backward,
        }
