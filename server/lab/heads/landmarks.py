# SPDX-License-Identifier: Apache-2.0
"""Exact landmarks: points of the anatomy, seen through the same pose as the picture is drawn with."""

from collections.abc import Iterator
from dataclasses import dataclass

from server.lab.heads.anatomy import Anatomy, anatomy
from server.lab.heads.ball import Ball
from server.lab.heads.head import Head
from server.lab.heads.space import Pose, Spot, Vec, pose_of

NAMES = ("left", "right")
Place = tuple[str, Ball, Vec]
"""A landmark's name, the ball it lies on, and where, in head units."""


@dataclass(frozen=True, kw_only=True)
class Landmark:
    """A named point; (x, y) in world pixels, depth in the view; `facing` when it lies on the side that is seen."""

    name: str
    spot: Spot
    depth: float
    facing: bool


def landmarks(head: Head) -> tuple[Landmark, ...]:
    """All landmarks of a head, always the same names in the same order; left and right are the picture's."""
    pose = pose_of(head)
    return tuple(
        Landmark(
            name=name,
            spot=pose.seen(point),
            depth=pose.view(point)[2],
            facing=ball.faces_the_eye(point, pose),
        )
        for name, ball, point in _places(anatomy(head), pose)
    )


def _places(parts: Anatomy, pose: Pose) -> Iterator[Place]:
    yield from _eye_places(parts)
    yield from _mouth_places(parts)
    yield "nose tip", parts.nose, _nearest(parts.nose)
    yield "chin", parts.jaw, parts.chin
    for name, side in zip(NAMES, (-1.0, 1.0), strict=True):
        low = parts.jaw.center[1] - 0.55 * parts.jaw.radii[1]
        yield f"{name} jaw", parts.jaw, parts.jaw.front(side * 0.72 * parts.jaw.radii[0], low)
    for name, ear in zip(NAMES, parts.ears, strict=True):
        yield f"{name} ear", ear, _nearest(ear)
    for name, lock in zip(NAMES, parts.hair.locks, strict=True):
        x, y, z = lock.center
        yield f"{name} lock", lock, (x, y - 0.94 * lock.radii[1], z + 0.34 * lock.radii[2])
    x, y, z = parts.hair.cap.center
    yield (
        "crown",
        parts.hair.cap,
        (x, y + 0.94 * parts.hair.cap.radii[1], z + 0.34 * parts.hair.cap.radii[2]),
    )


def _nearest(ball: Ball) -> Vec:
    """The point straight before the middle of a ball."""
    x, y, z = ball.center
    return x, y, z + ball.radii[2]


def _eye_places(parts: Anatomy) -> Iterator[Place]:
    for i, name in enumerate(NAMES):
        eye, brow, skull = parts.eyes[i], parts.brows[i], parts.skull
        outer = -1.0 if i == 0 else 1.0
        spots = {
            f"{name} eye outer": (eye.x + outer * eye.wide, eye.y),
            f"{name} eye inner": (eye.x - outer * eye.wide, eye.y),
            f"{name} lid upper": (eye.x, eye.y + eye.lid_high),
            f"{name} lid lower": (eye.x, eye.y + eye.lid_low),
            f"{name} pupil": (eye.x + eye.iris_x, eye.y + eye.iris_y),
        }
        for end, side in (("outer", outer), ("inner", -outer)):
            t = 0.85 * side
            y = brow.y + brow.slant * t + brow.arch * (1 - t * t)
            spots[f"{name} brow {end}"] = (brow.x + t * brow.wide, y)
        for spot, (x, y) in spots.items():
            yield spot, skull, skull.front(x, y)


def _mouth_places(parts: Anatomy) -> Iterator[Place]:
    mouth, jaw = parts.mouth, parts.jaw
    middle = mouth.line(0.0)
    spots = {
        "mouth left": (-mouth.wide, mouth.line(1.0)),
        "mouth right": (mouth.wide, mouth.line(1.0)),
        "lip upper": (0.0, middle + mouth.above),
        "lip lower": (0.0, middle - mouth.below),
    }
    for name, (x, y) in spots.items():
        yield name, jaw, jaw.front(x, y)
