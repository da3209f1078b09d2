# SPDX-License-Identifier: Apache-2.0
"""Draw a scene from back to front and keep what only the renderer knows: masks, depth, edges, boxes."""

from dataclasses import dataclass
from typing import assert_never, cast

import numpy as np
from numpy.typing import NDArray

from server.lab.scenes.depth import distance, ground_distance
from server.lab.scenes.draw_air import draw_balloon, draw_cloud, draw_glow, draw_moon, draw_sun
from server.lab.scenes.draw_ground import draw_bands, draw_sky
from server.lab.scenes.draw_land import draw_boat, draw_house, draw_mountain, draw_tree
from server.lab.scenes.palette import Floats
from server.lab.scenes.scene import BEHIND_THE_GROUND, Scene, Sky
from server.lab.scenes.shapes import Cover, Patch
from server.lab.scenes.things import (
    SIDE,
    Balloon,
    Boat,
    Box,
    Cloud,
    House,
    Moon,
    Mountain,
    Sun,
    Thing,
    Tree,
)

AnyThing = Sun | Moon | Cloud | Mountain | House | Tree | Boat | Balloon


@dataclass(frozen=True, kw_only=True)
class Render:
    """One drawn scene; every plane has the size of the picture.

    rgb uint8 (h, w, 3). masks: name → uint8 (h, w), what is seen of a thing; full_masks: the same were nothing in
    front of it. depth float32 (h, w): 0 at the eye … 1 the sky. edges uint8 (h, w): 255 where two parts meet.
    boxes and centers: name → output pixels, of the whole thing, not clipped to the picture.
    """

    rgb: NDArray[np.uint8]
    masks: dict[str, NDArray[np.uint8]]
    full_masks: dict[str, NDArray[np.uint8]]
    depth: NDArray[np.float32]
    edges: NDArray[np.uint8]
    boxes: dict[str, Box]
    centers: dict[str, tuple[float, float]]


def render(scene: Scene, size: int = SIDE) -> Render:
    """Draw a scene at size × size pixels."""
    if not 16 <= size <= 4096:
        raise ValueError(f"a render has 16 … 4096 pixels a side, got {size}")
    page = _Page(scene, size)
    for thing in scene.things:
        if thing.kind in BEHIND_THE_GROUND:
            page.lay_thing(thing)
    for band in draw_bands(scene.ground, scene.sky, size):
        page.lay_band(*band)
    for thing in scene.things:
        if thing.kind not in BEHIND_THE_GROUND:
            page.lay_thing(thing)
    return page.finish()


def draw(thing: Thing, sky: Sky, size: int) -> Patch:
    """One thing alone, on a patch of its own."""
    known = cast(AnyThing, thing)
    match known:
        case Sun():
            return draw_sun(known, sky, size)
        case Moon():
            return draw_moon(known, sky, size)
        case Cloud():
            return draw_cloud(known, sky, size)
        case Mountain():
            return draw_mountain(known, sky, size)
        case House():
            return draw_house(known, sky, size)
        case Tree():
            return draw_tree(known, sky, size)
        case Boat():
            return draw_boat(known, sky, size)
        case Balloon():
            return draw_balloon(known, sky, size)
        case _:
            assert_never(known)


class _Page:
    """The picture while it is being drawn."""

    def __init__(self, scene: Scene, size: int) -> None:
        self.scene, self.size = scene, size
        self.rgb = np.empty((3, size, size), np.float32)
        self.rgb[:] = draw_sky(scene.sky, scene.ground.horizon, size)
        self.depth = np.ones((size, size), np.float32)
        self.part = np.zeros((size, size), np.int16)
        self.parts = 0
        self.laid: list[tuple[str | None, Patch, Cover]] = []

    def lay_thing(self, thing: Thing) -> None:
        if isinstance(thing, Sun | Moon):
            patch, cover, paint = draw_glow(thing, self.scene.sky, self.size)
            under = self.rgb[:, *patch.window]
            under += cover * (paint - under)
        patch = draw(thing, self.scene.sky, self.size)
        under = self.rgb[:, *patch.window]
        under *= np.float32(1) - patch.alpha
        under += patch.rgb
        self._note(thing.name, patch, patch.alpha, distance(thing, self.scene.ground))
        seen = patch.part > 0
        self.part[patch.window][seen] = patch.part[seen] + self.parts
        self.parts += patch.parts

    def lay_band(self, name: str, patch: Patch, cover: Cover, paint: Floats) -> None:
        under = self.rgb[:, *patch.window]
        under += cover * (paint - under)
        self.parts += 1
        self.part[patch.window][np.broadcast_to(cover > 0.5, patch.alpha.shape)] = self.parts
        rows = ground_distance(patch.y, self.scene.ground)
        self._note(None, patch, np.broadcast_to(cover, patch.alpha.shape), rows)

    def _note(self, name: str | None, patch: Patch, cover: Cover, depth: float | Floats) -> None:
        self.laid.append((name, patch, cover))
        solid = cover > 0.5
        self.depth[patch.window][solid] = np.broadcast_to(np.float32(depth), cover.shape)[solid]

    def finish(self) -> Render:
        masks, full = self._masks()
        scale = self.size / SIDE
        things = self.scene.things
        return Render(
            rgb=to_bytes(self.rgb),
            masks=masks,
            full_masks=full,
            depth=self.depth,
            edges=edges_of(self.part),
            boxes={t.name: cast(Box, tuple(v * scale for v in t.box)) for t in things},
            centers={t.name: (t.center[0] * scale, t.center[1] * scale) for t in things},
        )

    def _masks(self) -> tuple[dict[str, NDArray[np.uint8]], dict[str, NDArray[np.uint8]]]:
        """From front to back: what is seen of a layer is its coverage times what all in front let through."""
        masks: dict[str, NDArray[np.uint8]] = {}
        full: dict[str, NDArray[np.uint8]] = {}
        through = np.ones((self.size, self.size), np.float32)
        for name, patch, cover in reversed(self.laid):
            if name is not None:
                masks[name], full[name] = (
                    np.zeros((self.size, self.size), np.uint8) for _ in range(2)
                )
                masks[name][patch.window] = to_byte(cover * through[patch.window])
                full[name][patch.window] = to_byte(cover)
            through[patch.window] *= np.float32(1) - cover
        order = self.scene.names
        return {name: masks[name] for name in order}, {name: full[name] for name in order}


def edges_of(part: NDArray[np.int16]) -> NDArray[np.uint8]:
    """255 where the part seen differs from the one to the right or below."""
    edges = np.zeros(part.shape, bool)
    edges[:, :-1] |= part[:, :-1] != part[:, 1:]
    edges[:-1] |= part[:-1] != part[1:]
    return edges.astype(np.uint8) * np.uint8(255)


def to_byte(values: Floats) -> NDArray[np.uint8]:
    return (np.clip(values, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def to_bytes(planes: Floats) -> NDArray[np.uint8]:
    """Planar (3, h, w) in 0 … 1 → interleaved (h, w, 3) bytes."""
    return np.ascontiguousarray(to_byte(planes).transpose(1, 2, 0))
