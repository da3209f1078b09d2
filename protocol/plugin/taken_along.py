# SPDX-License-Identifier: Apache-2.0
"""Whether drags lie where they do because the picture was scaled, turned or mirrored: programs' paths go along."""

from __future__ import annotations

import itertools
import math

from ..edits import Point
from .drags import DragList

APART = 0.1
"""Pixels by which a program may round."""


def were_taken_along(
    before: DragList, now: DragList, size: tuple[int, int], size_now: tuple[int, int]
) -> bool:
    """Whether these drags are those of `before` in a picture that was of another size, or lay another way round."""
    old, new = ([stroke.points for stroke in one.strokes] for one in (before, now))
    if not old or 0 in size or [len(one) for one in old] != [len(one) for one in new]:
        return False
    pairs = [
        pair for a, b in zip(old, new, strict=True) for pair in zip(a, b, strict=True)
    ]  # fmt: skip
    return any(
        all(math.dist(_place(a, size, size_now, *way), b) <= APART for a, b in pairs)
        for way in itertools.product((False, True), repeat=3)
        if any(way) or size != size_now
    )


def _place(
    point: Point, size: tuple[int, int], size_now: tuple[int, int], turns: bool, x: bool, y: bool
) -> Point:
    """Where a point is after its picture's axes were exchanged or not, then each of them reversed or not."""
    u, v = point[0] / size[0], point[1] / size[1]
    u, v = (v, u) if turns else (u, v)
    return ((1 - u if x else u) * size_now[0], (1 - v if y else v) * size_now[1])
