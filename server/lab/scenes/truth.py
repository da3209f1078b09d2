# SPDX-License-Identifier: Apache-2.0
"""What is known about a scene without looking at its pixels: its things, and where an edit may show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.lab.scenes.draw import draw
from server.lab.scenes.draw_air import draw_glow
from server.lab.scenes.mirror import mirror_change
from server.lab.scenes.scene import BEHIND_THE_GROUND, Scene
from server.lab.scenes.styles import reach
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
    """Where the renders of two scenes may differ, (size, size): all that differing things reach.

    That is their pixels, their glow, the strokes of the style round them and their image in a mirroring lake.
    Both scenes need the same sky, ground and style, and their common things in the same order.
    """
    if (before.sky, before.ground) != (after.sky, after.ground):
        raise ValueError("the two scenes differ in sky or ground, so every pixel may change")
    if before.style != after.style:
        raise ValueError(
            f"the two scenes differ in style, {before.style} and {after.style}, so every pixel may change"
        )
    changed = np.zeros((size, size), bool)
    for one, other in ((before, after), (after, before)):
        for thing in one.things:
            if thing not in other.things:
                changed |= _touched(thing, one, size)
    return changed


def _touched(thing: Thing, scene: Scene, size: int) -> NDArray[np.bool_]:
    touched = np.zeros((size, size), bool)
    patch = draw(thing, scene.sky, size)
    touched[patch.window] |= patch.alpha > 0
    touched = _grown(touched, reach(scene.style, size))
    if isinstance(thing, Sun | Moon):
        glow, cover, _ = draw_glow(thing, scene.sky, size)
        touched[glow.window] |= cover > 0
    if scene.ground.reflection and (
        isinstance(thing, Balloon | Boat) or thing.kind in BEHIND_THE_GROUND
    ):
        axis = thing.y if isinstance(thing, Boat) else scene.ground.horizon
        touched |= mirror_change(touched, axis, size)
    return touched


def _grown(area: NDArray[np.bool_], pixels: int) -> NDArray[np.bool_]:
    """The area and all pixels at most that many rows and columns away from it."""
    for axis in (0, 1) * pixels:
        wide = np.pad(area, [(1, 1) if a == axis else (0, 0) for a in (0, 1)])
        first, last = (wide[:-2], wide[2:]) if axis == 0 else (wide[:, :-2], wide[:, 2:])
        area = area | first | last
    return area
