# SPDX-License-Identifier: Apache-2.0
"""Drags as text, as the command line writes them: `X0,Y0:X1,Y1`, more points between are way-points, one is a pin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..edits import ParamError, Point
from ..sentences import say

FORM = "X0,Y0:X1,Y1 (from:to, in document pixels)"


def read_ways(text: str, path: str) -> list[list[Point]]:
    """Read ways that are separated by spaces or semicolons; raises ParamError at `path` for anything else."""
    return [_way(part, path) for part in text.replace(";", " ").split()]


def write_ways(ways: Iterable[Iterable[Sequence[float]]]) -> str:
    """Write what `read_ways` reads, without losing a digit."""
    return " ".join(":".join(f"{x!r},{y!r}" for x, y in way) for way in ways)


def _way(part: str, path: str) -> list[Point]:
    return [_point(point, part, path) for point in part.split(":")]


def _point(text: str, part: str, path: str) -> Point:
    numbers = text.split(",")
    try:
        x, y = (float(number) for number in numbers)
    except ValueError:
        raise ParamError(path, say("drags.form", form=FORM, value=part)) from None
    return (x, y)
