# SPDX-License-Identifier: Apache-2.0
"""Drags of faces with a known answer: the same head held and looking otherwise, and where its landmarks go.

The protocol of DragGAN's face benchmark (Pan et al. 2023, arXiv 2305.10973, table 1) on heads whose true re-render is
known: landmarks of one picture are dragged to where another one has them, 1, 5 or all that are seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from server.lab.heads import BY_NAME, Head, draw, head_of_z, portrait
from server.lab.heads.head import EXPRESSION, POSE

Bytes = NDArray[np.uint8]
Points = Literal["1", "5", "all"]
ONE = ("nose tip",)
FIVE = ("left eye outer", "right eye outer", "nose tip", "mouth left", "mouth right")
WAY = 0.6
"""How far a head goes towards another one's pose and expression."""
LEAST, MOST = 4.0, 40.0
"""Mean distance of the five landmarks in pixels of a 256-pixel picture: nearer is no edit, farther no drag."""
HELD_OUT = 2_000_000_000
"""Seeds of z from here on: neither training nor its reports use them."""


@dataclass(frozen=True, kw_only=True)
class LandmarkCase:
    """One face to drag. z means the head before; starts and ends are (x, y) in pixels of `size` by landmark."""

    name: str
    z: tuple[float, ...]
    before: Head
    after: Head
    size: int
    starts: dict[str, tuple[float, float]]
    ends: dict[str, tuple[float, float]]

    def source(self) -> Bytes:
        """The picture before, uint8 (size, size, 3)."""
        return draw(self.before, self.size)

    def truth(self) -> Bytes:
        """The true answer."""
        return draw(self.after, self.size)

    def chosen(self, points: Points) -> tuple[str, ...]:
        """The landmarks that are dragged."""
        return {"1": ONE, "5": FIVE, "all": tuple(self.starts)}[points]


def cases(number: int, *, z_dim: int = 64, size: int = 256) -> list[LandmarkCase]:
    """The first cases in which the five landmarks are seen before and after, and move neither little nor very far."""
    found: list[LandmarkCase] = []
    for case in _tries(z_dim, size):
        if len(found) == number:
            break
        if case is not None:
            found.append(case)
    return found


def _tries(z_dim: int, size: int) -> Iterator[LandmarkCase | None]:
    for seed in count(HELD_OUT):
        rng = np.random.default_rng(seed)
        z, other = (tuple(float(v) for v in rng.standard_normal(z_dim)) for _ in range(2))
        yield _case(f"head{seed - HELD_OUT}", z, head_of_z(other), size)


def _case(name: str, z: tuple[float, ...], other: Head, size: int) -> LandmarkCase | None:
    before = head_of_z(z)
    mixed = {
        field: getattr(before, field) + WAY * (getattr(other, field) - getattr(before, field))
        for field in (*POSE, *EXPRESSION)
    }
    after = before.with_(**mixed)
    one, two = portrait(before, size), portrait(after, size)
    both = [spot for spot in one.landmarks if spot in one.seen & two.seen]
    if not set(FIVE) <= set(both):
        return None
    starts, ends = ({n: known.landmarks[n] for n in both} for known in (one, two))
    far = np.mean([np.hypot(*np.subtract(ends[n], starts[n])) for n in FIVE]) * 256 / size
    if not LEAST <= far <= MOST:
        return None
    return LandmarkCase(
        name=name, z=z, before=before, after=after, size=size, starts=starts, ends=ends
    )


assert set(POSE) | set(EXPRESSION) <= set(BY_NAME)
