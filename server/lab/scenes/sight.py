# SPDX-License-Identifier: Apache-2.0
"""What of a scene can be seen at all, by plain geometry: no pixel is drawn, so every machine agrees."""

from collections.abc import Sequence

from server.lab.scenes.scene import BEHIND_THE_GROUND, Ground, Scene
from server.lab.scenes.things import SIDE, Balloon, Boat, Cloud, Moon, Mountain, Sun, Thing, Tree

LEAST = 0.4
"""The part of a thing that must be seen for it to count."""
GRID = 9
"""A thing is probed at GRID × GRID points of its box."""


def in_sight(scene: Scene) -> tuple[Thing, ...]:
    """The things of which at least LEAST is seen, from back to front."""
    return tuple(
        thing
        for thing in scene.things
        if seen_share(thing, in_front(scene, thing), scene.ground) >= LEAST
    )


def in_front(scene: Scene, thing: Thing) -> tuple[Thing, ...]:
    """The things drawn after a thing of the scene."""
    back = [other for other in scene.things if other.kind in BEHIND_THE_GROUND]
    order = back + [other for other in scene.things if other.kind not in BEHIND_THE_GROUND]
    return tuple(order[order.index(thing) + 1 :])


def seen_share(thing: Thing, front: Sequence[Thing], ground: Ground) -> float:
    """The part of a thing's area, 0 … 1, that lies in the picture and is not covered, to about 0.1."""
    x0, y0, x1, y1 = thing.box
    inside = shown = 0
    for row in range(GRID):
        y = y0 + (row + 0.5) * (y1 - y0) / GRID
        for column in range(GRID):
            x = x0 + (column + 0.5) * (x1 - x0) / GRID
            if not holds_point(thing, x, y):
                continue
            inside += 1
            if not (0.0 <= x <= SIDE and 0.0 <= y <= SIDE):
                continue
            if thing.kind in BEHIND_THE_GROUND and y >= land_edge(ground, x):
                continue
            shown += not any(holds_point(other, x, y) for other in front)
    return shown / inside if inside else 0.0


def land_edge(ground: Ground, x: float) -> float:
    """The y at which the ground begins in column x."""
    edge = min(ground.far.height_at(x), ground.near.height_at(x))
    return min(edge, ground.horizon) if ground.lake else edge


def holds_point(thing: Thing, x: float, y: float) -> bool:
    """Whether the thing covers a point, by a simple outline of it."""
    x0, y0, x1, y1 = thing.box
    if not (x0 <= x <= x1 and y0 <= y <= y1):
        return False
    across, s = x - thing.x, thing.size
    match thing:
        case Sun() | Moon():
            return across * across + (y - thing.y) ** 2 <= s * s / 4
        case Cloud():
            return y >= thing.y - 0.3 * s and abs(across) <= 0.47 * s
        case Mountain():
            rise = (thing.y - y) / thing.height
            axis = thing.x + rise * (thing.peak_x - thing.x)
            return abs(x - axis) <= (1.0 - rise) * s / 2
        case Balloon():
            near = 0.5 if y <= thing.y + 0.2 * s else 0.55 - 0.6 * (y - thing.y) / s
            return abs(across) <= max(near, 0.1) * s and (
                y > thing.y or across * across + (y - thing.y) ** 2 <= s * s / 4
            )
        case Boat():
            up = (thing.y - y) / s
            return abs(across) <= (0.45 if up <= 0.2 else 0.4 * (1.05 - up)) * s
        case Tree(shape="pine"):
            up = (thing.y - y) / s
            return abs(across) <= (0.05 if up < 0.16 else 0.31 * (1.0 - up) / 0.84 + 0.04) * s
        case Tree():
            low = across * across + (thing.y - 0.66 * s - y) ** 2 <= (0.33 * s) ** 2
            return low or (abs(across) <= 0.05 * s and y >= thing.y - 0.4 * s)
        case _:
            return True
