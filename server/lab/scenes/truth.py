# SPDX-License-Identifier: Apache-2.0
"""What is known about a scene without looking at its pixels: its things, and where an edit may show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.lab.scenes.draw_air import draw_glow
from server.lab.scenes.render import draw
from server.lab.scenes.scene import Scene, Sky
from server.lab.scenes.things import SIDE, Balloon, Boat, Box, Moon, Mountain, Sun, Thing


@dataclass(frozen=True, kw_only=True)
class SceneObject:
    """One thing of a scene in world pixels; `handle` is a good point to pull it by."""

    name: str
    kind: str
    colors: tuple[str, ...]
    center: tuple[float, float]
    box: Box
    handle: tuple[float, float]


def objects(scene: Scene) -> tuple[SceneObject, ...]:
    """The things of a scene from back to front; boxes are not clipped to the picture."""
    return tuple(
        SceneObject(
            name=thing.name,
            kind=thing.kind,
            colors=thing.colors,
            center=thing.center,
            box=thing.box,
            handle=handle(thing),
        )
        for thing in scene.things
    )


def handle(thing: Thing) -> tuple[float, float]:
    """A point well inside the thing: just below a mountain's peak, in a balloon's envelope, in a boat's hull."""
    match thing:
        case Mountain():
            near = 0.1
            return (
                thing.peak_x + near * (thing.x - thing.peak_x),
                thing.peak_y + near * thing.height,
            )
        case Balloon():
            return thing.x, thing.y
        case Boat():
            return thing.x, thing.y - 0.04 * thing.size
        case _:
            return thing.center


def may_change(before: Scene, after: Scene, size: int = SIDE) -> NDArray[np.bool_]:
    """Where the renders of two scenes may differ, (size, size): all that differing things reach, glow included.

    Both scenes need the same sky and ground, and their common things in the same order.
    """
    if (before.sky, before.ground) != (after.sky, after.ground):
        raise ValueError("the two scenes differ in sky or ground, so every pixel may change")
    changed = np.zeros((size, size), bool)
    for one, other in ((before, after), (after, before)):
        for thing in one.things:
            if thing not in other.things:
                _touch(changed, thing, one.sky, size)
    return changed


def _touch(changed: NDArray[np.bool_], thing: Thing, sky: Sky, size: int) -> None:
    patch = draw(thing, sky, size)
    changed[patch.window] |= patch.alpha > 0
    if isinstance(thing, Sun | Moon):
        glow, cover, _ = draw_glow(thing, sky, size)
        changed[glow.window] |= cover > 0
