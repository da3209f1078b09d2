# SPDX-License-Identifier: Apache-2.0
"""The points a path goes through (SVG 1.1, section 8.3): curves by where they begin and end, and their middle.

A closed path is no way from somewhere to somewhere else: it counts as one dot in its middle.
"""

from __future__ import annotations

import re

from ..edits import Point

_TOKEN = re.compile(r"([MmLlHhVvCcSsQqTtAaZz])|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7}
POINTS_MAX = 20_000


def path_points(d: str) -> list[Point]:
    """Return the points of a path's first part; empty when there is none."""
    tokens = [(letter, number) for letter, number in _TOKEN.findall(d)][: 4 * POINTS_MAX]
    points: list[Point] = []
    command, at = "", 0
    while at < len(tokens):
        letter, _ = tokens[at]
        if letter:
            command, at = letter, at + 1
            if command in "Zz":
                return [_middle(points)] if points else []
            if command in "Mm" and points:
                break  # another part begins
        count = _TAKES.get(command.upper(), 0)
        values = [float(number) for letter, number in tokens[at : at + count] if not letter]
        if not count or len(values) < count:
            break
        points += _reached(command, values, points[-1] if points else (0.0, 0.0))
        at += count
        command = {"M": "L", "m": "l"}.get(command, command)
    if len(points) > 1 and len(points) > 2 and points[0] == points[-1]:
        return [_middle(points[:-1])]
    return points


def _reached(command: str, values: list[float], now: Point) -> list[Point]:
    """Where one command leads to, with the middle of a cubic curve before."""
    x0, y0 = now if command.islower() else (0.0, 0.0)
    sort = command.upper()
    if sort == "H":
        return [(x0 + values[0], now[1])]
    if sort == "V":
        return [(now[0], y0 + values[0])]
    end = (x0 + values[-2], y0 + values[-1])
    if sort != "C":
        return [end]
    ax, ay, bx, by = x0 + values[0], y0 + values[1], x0 + values[2], y0 + values[3]
    middle = (
        (now[0] + 3 * ax + 3 * bx + end[0]) / 8,
        (now[1] + 3 * ay + 3 * by + end[1]) / 8,
    )
    return [middle, end]


def _middle(points: list[Point]) -> Point:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
