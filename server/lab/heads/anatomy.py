# SPDX-License-Identifier: Apache-2.0
"""The parts of a head and where they sit on it, in head units: what is drawn and what landmarks are read from."""

from dataclasses import dataclass

from server.lab.heads.ball import Ball
from server.lab.heads.hair import Hair, hair_of
from server.lab.heads.head import Head
from server.lab.heads.space import Vec


@dataclass(frozen=True, kw_only=True)
class Eye:
    """An eye on the skull: |t| = |x − its x| / wide ≤ 1 lies between lid_low · s(t) and lid_high · s(t) above its y."""

    x: float
    y: float
    wide: float
    high: float
    """The upper lid of the wide-open eye."""
    lid_high: float
    lid_low: float
    iris: float
    iris_x: float
    iris_y: float


@dataclass(frozen=True, kw_only=True)
class Brow:
    """A brow on the skull: a band about y + slant · t + arch · (1 − t²), t = −1 … 1 from left to right."""

    x: float
    y: float
    wide: float
    slant: float
    arch: float
    thick: float


@dataclass(frozen=True, kw_only=True)
class Mouth:
    """A mouth on the jaw: |x| ≤ wide between line + above · (1 − t²) and line − below · (1 − t²), t = x / wide.

    line = y + bend · (t² − 0.45); `lip` is the thickness of the lips in the middle.
    """

    y: float
    wide: float
    bend: float
    above: float
    below: float
    lip: float

    def line(self, t: float) -> float:
        return self.y + self.bend * (t * t - 0.45)


@dataclass(frozen=True, kw_only=True)
class Anatomy:
    """All parts of a head; pairs are (left, right) of the picture."""

    skull: Ball
    jaw: Ball
    nose: Ball
    ears: tuple[Ball, Ball]
    eyes: tuple[Eye, Eye]
    brows: tuple[Brow, Brow]
    mouth: Mouth
    hair: Hair

    @property
    def chin(self) -> Vec:
        return self.jaw.front(0.0, self.jaw.center[1] - 0.93 * self.jaw.radii[1])


def anatomy(head: Head) -> Anatomy:
    """The parts of a head."""
    wide = head.face_width
    skull = Ball(center=(0.0, 0.1, 0.0), radii=(wide, 1.0, 0.98))
    drop = 0.13 * head.mouth_open
    jaw = Ball(
        center=(0.0, -0.36 - drop, 0.09),
        radii=(0.80 * wide * head.jaw_width, 0.70 + 0.07 * head.chin, 0.86),
    )
    return Anatomy(
        skull=skull,
        jaw=jaw,
        nose=_nose(head, skull),
        ears=(_ear(head, -1.0), _ear(head, 1.0)),
        eyes=(_eye(head, -1.0), _eye(head, 1.0)),
        brows=(_brow(head, -1.0), _brow(head, 1.0)),
        mouth=_mouth(head, drop),
        hair=hair_of(head),
    )


def _nose(head: Head, skull: Ball) -> Ball:
    size = head.nose_size
    root = skull.front(0.0, -0.22)
    return Ball(
        center=(0.0, root[1], root[2] - 0.03),
        radii=(0.125 * size, 0.105 * size, 0.07 + 0.12 * size),
    )


def _ear(head: Head, side: float) -> Ball:
    size = head.ear_size
    return Ball(
        center=(side * (head.face_width + 0.06 * size), -0.1, -0.02),
        radii=(0.14 * size, 0.24 * size, 0.15 * size),
    )


def _eye(head: Head, side: float) -> Eye:
    opened = head.left_eye if side < 0 else head.right_eye
    wide, high = 0.225 * head.eye_size, 0.285 * head.eye_size
    iris = 0.72 * wide
    return Eye(
        x=side * 0.40 * head.eye_gap * head.face_width,
        y=0.06,
        wide=wide,
        high=high,
        lid_high=high * (1.3 * opened - 0.3),
        lid_low=-high * (0.3 + 0.5 * opened),
        iris=iris,
        iris_x=head.gaze_x * 0.36 * wide,
        iris_y=head.gaze_y * 0.22 * high + 0.02 * high,
    )


def _brow(head: Head, side: float) -> Brow:
    eye = _eye(head, side)
    return Brow(
        x=eye.x * 1.04,
        y=eye.y + eye.high + 0.15 + 0.07 * head.brow_raise,
        wide=0.235 * head.eye_size,
        slant=0.07 * head.brow_slant * side,
        arch=0.055 + 0.02 * head.brow_raise,
        thick=0.05,
    )


def _mouth(head: Head, drop: float) -> Mouth:
    opened = head.mouth_open
    return Mouth(
        y=-0.555 - 0.35 * drop,
        wide=(0.36 - 0.07 * opened) * head.mouth_width,
        bend=0.135 * head.smile,
        above=0.07 * opened,
        below=0.29 * opened,
        lip=0.035,
    )
