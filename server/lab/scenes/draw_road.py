# SPDX-License-Identifier: Apache-2.0
"""Cars, people, fences and the path they stand by."""

import numpy as np

from server.lab.scenes.palette import (
    PAINT,
    PATHS,
    SHADE,
    WHITE,
    Floats,
    color,
    gradient,
    lit,
    mix,
)
from server.lab.scenes.scene import Ground, Path, Sky
from server.lab.scenes.shapes import Cover, Patch, Point, block, circle, convex, round_facing
from server.lab.scenes.things import SIDE
from server.lab.scenes.things_road import Car, Fence, Person

TIRE = color(0.17, 0.17, 0.21)
HUB = color(0.78, 0.79, 0.82)
GLASS = color(0.70, 0.86, 0.94)
HEADLIGHT = color(1.00, 0.90, 0.55)
SKIN = color(0.94, 0.75, 0.61)
HAIR = color(0.30, 0.19, 0.14)
TROUSERS = color(0.22, 0.25, 0.40)


def draw_car(car: Car, sky: Sky, size: int) -> Patch:
    """A cabin with two windows on a long body, two wheels, a headlight in front."""
    patch = Patch(car.box, size)
    w, way = car.size, -1.0 if car.flipped else 1.0

    def at(u: float, up: float) -> Point:
        return (car.x + way * u * w, car.y - up * w)

    paint = lit(PAINT[car.color], sky, own_light=0.45)
    cabin = (at(-0.40, 0.27), at(-0.29, 0.50), at(0.10, 0.50), at(0.26, 0.27))
    patch.paint(patch.cover(convex(patch, cabin)), paint)
    glass = lit(GLASS, sky, own_light=0.4)
    for pane in (
        (at(-0.33, 0.29), at(-0.25, 0.455), at(-0.10, 0.455), at(-0.10, 0.29)),
        (at(-0.04, 0.29), at(-0.04, 0.455), at(0.085, 0.455), at(0.20, 0.29)),
    ):
        patch.paint(patch.cover(convex(patch, pane)), glass)
    body = (
        *(at(-0.47, 0.09), at(-0.50, 0.14), at(-0.50, 0.26), at(-0.45, 0.31)),
        *(at(0.40, 0.30), at(0.49, 0.24), at(0.50, 0.14), at(0.47, 0.09)),
    )
    shell = patch.cover(convex(patch, body))
    patch.paint(shell, paint)
    low = patch.cover(np.float32(car.y - 0.15 * w) - patch.y)
    patch.tint(low * shell, mix(paint, SHADE, 0.28), seen=False)
    lamp = patch.cover(circle(patch, *at(0.45, 0.225), 0.042 * w))
    patch.tint(lamp * shell, HEADLIGHT, seen=False)
    for place in (-0.27, 0.28):
        wheel = at(place, 0.125)
        patch.paint(patch.cover(circle(patch, *wheel, 0.125 * w)), lit(TIRE, sky))
        hub = patch.cover(circle(patch, *wheel, 0.055 * w))
        patch.paint(hub, lit(HUB, sky), stroked=False)
    return patch


def draw_person(person: Person, sky: Sky, size: int) -> Patch:
    """Legs, a flared coat, one arm down and one raised, a round head with hair."""
    patch = Patch(person.box, size)
    h, way = person.size, -1.0 if person.flipped else 1.0

    def at(u: float, up: float) -> Point:
        return (person.x + way * u * h, person.y - up * h)

    coat = lit(PAINT[person.coat], sky, own_light=0.45)
    skin, trousers = lit(SKIN, sky, own_light=0.3), lit(TROUSERS, sky)
    for side in (-1.0, 1.0):
        leg = (at(side * 0.13, 0.0), at(side * 0.12, 0.36), at(side * 0.01, 0.36))
        patch.paint(patch.cover(convex(patch, (*leg, at(side * 0.03, 0.0)))), trousers)
    sleeve = mix(coat, SHADE, 0.20)
    for shoulder, hand in (((0.11, 0.66), (0.23, 0.40)), ((-0.11, 0.66), (-0.23, 0.86))):
        patch.paint(patch.cover(circle(patch, *at(*hand), 0.05 * h)), skin, stroked=False)
        arm = _limb(at(*shoulder), at(*hand), 0.05 * h)
        patch.paint(patch.cover(convex(patch, arm)), sleeve)
    body = (
        *(at(-0.19, 0.27), at(-0.15, 0.64), at(-0.09, 0.70)),
        *(at(0.09, 0.70), at(0.15, 0.64), at(0.19, 0.27)),
    )
    patch.paint(patch.cover(convex(patch, body)), coat)
    x, y = at(0.0, 0.845)
    hair = circle(patch, x, y, 0.155 * h)
    patch.paint(patch.cover(hair), lit(HAIR, sky), facing=round_facing(patch, x, y, 0.155 * h))
    face = np.maximum(circle(patch, x, y + 0.035 * h, 0.125 * h), hair)
    patch.tint(patch.cover(face), skin)
    return patch


def _limb(start: Point, end: Point, half: float) -> tuple[Point, Point, Point, Point]:
    """A straight arm, somewhat thinner at its end."""
    ex, ey = end[0] - start[0], end[1] - start[1]
    length = (ex * ex + ey * ey) ** 0.5
    nx, ny = -ey / length * half, ex / length * half
    thin = 0.8
    return (
        (start[0] + nx, start[1] + ny),
        (end[0] + thin * nx, end[1] + thin * ny),
        (end[0] - thin * nx, end[1] - thin * ny),
        (start[0] - nx, start[1] - ny),
    )


def draw_fence(fence: Fence, sky: Sky, size: int) -> Patch:
    """Two rails behind posts with pointed tops."""
    patch = Patch(fence.box, size)
    w, x, y = fence.size, fence.x, fence.y
    paint = lit(WHITE if fence.color == "white" else PAINT["brown"], sky, own_light=0.2)
    rail = mix(paint, SHADE, 0.18)
    for low, high in ((0.065, 0.105), (0.165, 0.205)):
        patch.paint(
            patch.cover(block(patch, x - 0.5 * w, y - high * w, x + 0.5 * w, y - low * w)), rail
        )
    step = 0.92 / (fence.POSTS - 1)
    for i in range(fence.POSTS):
        middle = x + (-0.46 + step * i) * w
        half = 0.032 * w
        post = (
            *((middle - half, y), (middle - half, y - 0.245 * w), (middle, y - 0.28 * w)),
            *((middle + half, y - 0.245 * w), (middle + half, y)),
        )
        patch.paint(patch.cover(convex(patch, post)), paint)
    patch.stroke_whole()
    return patch


def draw_path(path: Path, ground: Ground, sky: Sky, size: int) -> tuple[Patch, Cover, Floats]:
    """A winding band, narrow where the near land begins and `width` wide at the bottom of the picture.

    With t = 0 … 1 on the way down: middle = head + (foot − head)·t + 5·bend·t(1 − t)(1 − 2t),
    half width = width·(0.14 + 0.86·t)/2.
    """
    top = ground.near.height_at(path.head)
    patch = Patch((0.0, top - 8.0, float(SIDE), float(SIDE)), size)
    t = np.clip((patch.y - np.float32(top)) / np.float32(SIDE - top), 0, 1)
    swing = np.float32(5.0 * path.bend) * t * (1 - t) * (1 - t - t)
    middle = np.float32(path.head) + np.float32(path.foot - path.head) * t + swing
    half = np.float32(path.width / 2) * (np.float32(0.14) + np.float32(0.86) * t)
    slope = (path.foot - path.head + 5.0 * path.bend * (1 - 6 * t + 6 * t * t)) / (SIDE - top)
    lean = 1 / np.sqrt(1 + slope * slope)
    across = (np.abs(patch.x - middle) - half) * lean.astype(np.float32)
    edge = (patch.x - np.float32(ground.near.crest)) / np.float32(128)
    land = np.float32(ground.near.top) + np.float32(ground.near.sag) * (edge * edge)
    cover = patch.cover(np.maximum(across, land - patch.y))
    upper, lower = (lit(paint, sky) for paint in PATHS[ground.kind])
    return patch, cover, gradient((upper, lower), (top, float(SIDE)), patch.y[:, 0])
