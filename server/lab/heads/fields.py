# SPDX-License-Identifier: Apache-2.0
"""What a head is described by: for every number its range and how often its values come.

A field maps u in 0 … 1 to its value, piecewise linear and rising, so that a head and its u's are the same thing said
twice: evenly spread u's give well-spread heads, and a head's u's can be read back.
"""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, kw_only=True)
class Field:
    """One number of a head; `knots` are pairs (u, value), both rising, u from 0 to 1."""

    name: str
    knots: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        us, values = [u for u, _ in self.knots], [value for _, value in self.knots]
        rising = all(a < b for row in (us, values) for a, b in pairwise(row))
        if len(us) < 2 or us[0] != 0 or us[-1] != 1 or not rising:
            raise ValueError(f"knots of {self.name} must rise with u from 0 to 1, got {self.knots}")

    @property
    def low(self) -> float:
        return self.knots[0][1]

    @property
    def high(self) -> float:
        return self.knots[-1][1]

    def value(self, u: float) -> float:
        """The value that a part u of all heads stays below; u outside 0 … 1 counts as the nearest end."""
        u = min(max(u, 0.0), 1.0)
        at = min(bisect_right([knot for knot, _ in self.knots], u), len(self.knots) - 1)
        (u0, low), (u1, high) = self.knots[at - 1], self.knots[at]
        return low + (high - low) * (u - u0) / (u1 - u0)

    def place(self, value: float) -> float:
        """The u of a value: the inverse of `value`."""
        value = min(max(value, self.low), self.high)
        at = min(bisect_right([known for _, known in self.knots], value), len(self.knots) - 1)
        (u0, low), (u1, high) = self.knots[at - 1], self.knots[at]
        return u0 + (u1 - u0) * (value - low) / (high - low)


def _even(name: str, low: float, high: float) -> Field:
    return Field(name=name, knots=((0.0, low), (1.0, high)))


def _lid(name: str) -> Field:
    """An eye: wide open as a rule, half closed at times, closed in about one head of ten."""
    return Field(name=name, knots=((0.0, 0.0), (0.1, 0.06), (0.2, 0.7), (1.0, 1.0)))


FIELDS: tuple[Field, ...] = (
    _even("yaw", -42.0, 42.0),
    _even("pitch", -20.0, 20.0),
    _even("tilt", -18.0, 18.0),
    _even("x", -10.0, 10.0),
    _even("y", -8.0, 8.0),
    _even("size", 0.9, 1.08),
    Field(name="mouth_open", knots=((0.0, 0.0), (0.4, 0.07), (1.0, 1.0))),
    Field(name="smile", knots=((0.0, -1.0), (0.25, 0.1), (1.0, 1.0))),
    _even("mouth_width", 0.75, 1.2),
    _lid("left_eye"),
    _lid("right_eye"),
    _even("gaze_x", -1.0, 1.0),
    _even("gaze_y", -1.0, 1.0),
    _even("brow_raise", -1.0, 1.0),
    _even("brow_slant", -1.0, 1.0),
    _even("face_width", 0.88, 1.06),
    _even("jaw_width", 0.8, 1.12),
    _even("chin", -1.0, 1.0),
    _even("eye_size", 0.82, 1.15),
    _even("eye_gap", 0.9, 1.12),
    _even("nose_size", 0.75, 1.35),
    _even("ear_size", 0.8, 1.25),
    _even("hair_length", 0.0, 1.0),
    _even("hair_volume", 0.0, 1.0),
    _even("fringe", 0.0, 1.0),
    _even("parting", -1.0, 1.0),
    Field(name="curl", knots=((0.0, 0.0), (0.6, 0.25), (1.0, 1.0))),
    Field(name="bun", knots=((0.0, 0.0), (0.65, 0.3), (1.0, 1.0))),
    _even("skin", 0.0, 1.0),
    _even("hair", 0.0, 1.0),
    _even("eyes", 0.0, 1.0),
    _even("shirt", 0.0, 1.0),
    _even("background", 0.0, 1.0),
    _even("blush", 0.0, 1.0),
    Field(name="freckles", knots=((0.0, 0.0), (0.7, 0.15), (1.0, 1.0))),
)
NAMES: tuple[str, ...] = tuple(field.name for field in FIELDS)
BY_NAME: dict[str, Field] = {field.name: field for field in FIELDS}
