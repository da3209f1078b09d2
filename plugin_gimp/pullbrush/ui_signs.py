# SPDX-License-Identifier: GPL-3.0-or-later
"""Signs on buttons, drawn as pixels in any color: GIMP does not come with pycairo, and icon themes differ.

A sign is polylines on a square of 16; coverage is the distance to the nearest of them.
"""

from __future__ import annotations

import itertools
import math

UNITS = 16
WIDE = 1.6
"""Width of a line, in units."""

Line = tuple[tuple[float, float], ...]


def _ring(x: float, y: float, r: float, begin: float = 0.0, end: float = 360.0) -> Line:
    steps = max(4, round(abs(end - begin) / 30))
    angles = (math.radians(begin + (end - begin) * i / steps) for i in range(steps + 1))
    return tuple((x + r * math.cos(a), y - r * math.sin(a)) for a in angles)


def _dot(x: float, y: float) -> Line:
    return ((x, y), (x, y))


def _box(left: float, top: float, right: float, bottom: float) -> Line:
    return ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))


_BODY = _box(3, 7, 13, 14)
_STAR = tuple(
    (
        8 + (7 if i % 2 == 0 else 3) * math.sin(math.pi * i / 5),
        8.6 - (7 if i % 2 == 0 else 3) * math.cos(math.pi * i / 5),
    )
    for i in range(11)
)
_SPOTS = tuple(_dot(x, y) for x, y in ((5, 5), (11, 5), (8, 8), (5, 11), (11, 11)))

SIGNS: dict[str, tuple[Line, ...]] = {
    "dice": (_box(2, 2, 14, 14), *_SPOTS),
    "lock": (_BODY, ((5, 7), (5, 5), *_ring(8, 5, 3, 180, 0), (11, 7))),
    "unlocked": (_BODY, ((5, 7), (5, 5), *_ring(8, 5, 3, 180, 30))),
    "star": (_STAR,),
    "starred": (
        _STAR,
        ((8, 4), (8, 12)),
        ((4, 7), (12, 7)),
        ((6, 6), (10, 11)),
        ((10, 6), (6, 11)),
    ),
    "remove": (((3, 3), (13, 13)), ((13, 3), (3, 13))),
    "plus": (((8, 3), (8, 13)), ((3, 8), (13, 8))),
    "up": (((3, 10.5), (8, 5.5), (13, 10.5)),),
    "down": (((3, 5.5), (8, 10.5), (13, 5.5)),),
    "minus": (((3, 8), (13, 8)),),
    "fit": (
        ((2, 6), (2, 2), (6, 2)),
        ((10, 2), (14, 2), (14, 6)),
        ((14, 10), (14, 14), (10, 14)),
        ((6, 14), (2, 14), (2, 10)),
    ),
    "more": (_dot(3, 8), _dot(8, 8), _dot(13, 8)),
    "info": (_ring(8, 8, 6.5), _dot(8, 4.5), ((8, 7.5), (8, 11.5))),
    "warning": (((8, 2), (15, 14), (1, 14), (8, 2)), ((8, 6), (8, 9.5)), _dot(8, 11.8)),
    "clear": (
        ((2, 4), (14, 4)),
        ((6, 4), (6, 2), (10, 2), (10, 4)),
        ((4, 4), (5, 14), (11, 14), (12, 4)),
    ),
}


def sign(name: str, side: int, color: tuple[int, int, int]) -> bytes:
    """Return a sign as RGBA, `side` × `side` pixels, row by row."""
    lines = SIGNS[name]
    legs = [leg for line in lines for leg in itertools.pairwise(line)]
    out = bytearray()
    scale = UNITS / side
    for row in range(side):
        for column in range(side):
            place = ((column + 0.5) * scale, (row + 0.5) * scale)
            apart = min(_distance(place, *leg) for leg in legs)
            cover = min(1.0, max(0.0, (WIDE / 2 - apart) / scale + 0.5))
            out += bytes((*color, round(255 * cover)))
    return bytes(out)


def _distance(place: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    along = (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2
    t = 0.0
    if along > 0:
        t = ((place[0] - a[0]) * (b[0] - a[0]) + (place[1] - a[1]) * (b[1] - a[1])) / along
    t = min(1.0, max(0.0, t))
    return math.dist(place, (a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))
