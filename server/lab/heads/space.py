# SPDX-License-Identifier: Apache-2.0
"""Where a point of a turned head is seen: p_view = R(tilt) R(pitch) R(yaw) (p − pivot) + pivot, then straight ahead.

The head's own coordinates: x to the picture's right, y up, z out of the face to the eye; about 1 is the radius of a
skull. Sines and cosines are rounded, so that every machine draws the same bytes.
"""

import math
from dataclasses import dataclass

from server.lab.heads.head import Head

Vec = tuple[float, float, float]
Spot = tuple[float, float]
"""A point of the picture in world pixels, x to the right, y down, whatever size is rendered."""
UNIT = 58.0
"""World pixels of one head unit at size 1."""
MIDDLE = (128.0, 122.0)
PIVOT: Vec = (0.0, -0.8, -0.1)
"""The head turns about a point in the neck."""


@dataclass(frozen=True, kw_only=True)
class Pose:
    """How a head is held: `rows` turn the head's coordinates into the view's, in which z points to the eye."""

    rows: tuple[Vec, Vec, Vec]
    shift: Vec
    unit: float
    middle: Spot

    def view(self, point: Vec) -> Vec:
        """Head coordinates to view coordinates."""
        x, y, z = (sum(a * b for a, b in zip(row, point, strict=True)) for row in self.rows)
        return x + self.shift[0], y + self.shift[1], z + self.shift[2]

    def seen(self, point: Vec) -> Spot:
        """Where a point of the head is seen."""
        x, y, _ = self.view(point)
        return self.middle[0] + self.unit * x, self.middle[1] - self.unit * y


def pose_of(head: Head) -> Pose:
    """The pose of a head."""
    turn = _product(_tilted(head.tilt), _product(_pitched(head.pitch), _yawed(head.yaw)))
    moved = [sum(a * b for a, b in zip(row, PIVOT, strict=True)) for row in turn]
    shift = (PIVOT[0] - moved[0], PIVOT[1] - moved[1], PIVOT[2] - moved[2])
    middle = (MIDDLE[0] + head.x, MIDDLE[1] + head.y)
    return Pose(rows=turn, shift=shift, unit=UNIT * head.size, middle=middle)


def _sine_cosine(degrees: float) -> tuple[float, float]:
    angle = math.radians(degrees)
    return round(math.sin(angle) * 2**20) / 2**20, round(math.cos(angle) * 2**20) / 2**20


Turn = tuple[Vec, Vec, Vec]


def _yawed(degrees: float) -> Turn:
    s, c = _sine_cosine(degrees)
    return (c, 0.0, s), (0.0, 1.0, 0.0), (-s, 0.0, c)


def _pitched(degrees: float) -> Turn:
    s, c = _sine_cosine(degrees)
    return (1.0, 0.0, 0.0), (0.0, c, s), (0.0, -s, c)


def _tilted(degrees: float) -> Turn:
    s, c = _sine_cosine(degrees)
    return (c, s, 0.0), (-s, c, 0.0), (0.0, 0.0, 1.0)


def _product(first: Turn, second: Turn) -> Turn:
    def row(i: int) -> Vec:
        x, y, z = (sum(first[i][k] * second[k][j] for k in range(3)) for j in range(3))
        return x, y, z

    return row(0), row(1), row(2)
