# SPDX-License-Identifier: Apache-2.0
"""The picture while it is being drawn, with every plane that only the renderer knows exactly."""

import numpy as np
from numpy.typing import NDArray

from server.lab.scenes.depth import distance, ground_distance
from server.lab.scenes.draw import CLASSES, draw
from server.lab.scenes.draw_air import draw_glow
from server.lab.scenes.draw_ground import BandName, draw_sky
from server.lab.scenes.mirror import SHINE, mirror_patch, mirror_picture
from server.lab.scenes.palette import Floats
from server.lab.scenes.scene import Scene
from server.lab.scenes.shapes import FRONT, UP, Cover, Facing, Patch
from server.lab.scenes.styles import lay_strokes
from server.lab.scenes.things import Balloon, Boat, Moon, Sun, Thing

BAND_CLASS: dict[BandName, str] = {"far": "land", "lake": "lake", "near": "land", "path": "path"}


class Page:
    """Planes of a picture; layers are laid from back to front."""

    def __init__(self, scene: Scene, size: int) -> None:
        self.scene, self.size = scene, size
        self.rgb = np.empty((3, size, size), np.float32)
        self.rgb[:] = draw_sky(scene.sky, scene.ground.horizon, size)
        self.depth = np.ones((size, size), np.float32)
        self.normals = np.broadcast_to(FRONT, (3, size, size)).copy()
        self.classes = np.zeros((size, size), np.uint8)
        self.part = np.zeros((size, size), np.int16)
        self.parts = 0
        self.laid: list[tuple[str | None, Patch, Cover]] = []
        self.drawn: dict[str, Patch] = {}

    def lay_thing(self, thing: Thing) -> None:
        patch = self._lay_colors(self.rgb, thing)
        depth = distance(thing, self.scene.ground)
        self._note(thing.name, patch, patch.alpha, depth, thing.kind, patch.normal)
        seen = patch.part > 0
        self.part[patch.window][seen] = patch.part[seen] + self.parts
        self.parts += patch.parts

    def lay_band(self, name: BandName, patch: Patch, cover: Cover, paint: Floats) -> None:
        if name == "lake" and self.scene.ground.reflection:
            paint = self._mirrored(patch, paint)
        under = self.rgb[:, *patch.window]
        under += cover * (paint - under)
        lay_strokes(self.rgb, patch, [cover], self.scene.style, self.size)
        self.parts += 1
        whole = np.broadcast_to(cover, patch.alpha.shape)
        self.part[patch.window][whole > 0.5] = self.parts
        rows = ground_distance(patch.y, self.scene.ground)
        self._note(None, patch, whole, rows, BAND_CLASS[name], UP)

    def _lay_colors(self, rgb: Floats, thing: Thing) -> Patch:
        """A thing with its glow and its strokes, into this picture or into what a lake mirrors."""
        sky, style = self.scene.sky, self.scene.style
        if isinstance(thing, Sun | Moon):
            glow, cover, paint = draw_glow(thing, sky, self.size)
            under = rgb[:, *glow.window]
            under += cover * (paint - under)
        patch = self._draw(thing)
        under = rgb[:, *patch.window]
        under *= np.float32(1) - patch.alpha
        under += patch.rgb
        lay_strokes(rgb, patch, patch.covers, style, self.size)
        return patch

    def _draw(self, thing: Thing) -> Patch:
        if thing.name not in self.drawn:
            self.drawn[thing.name] = draw(thing, self.scene.sky, self.size)
        return self.drawn[thing.name]

    def _mirrored(self, water: Patch, paint: Floats) -> Floats:
        """The lake's color with what stands behind it, flies above it and floats on it."""
        above = self.rgb.copy()
        for thing in self.scene.things:
            if isinstance(thing, Balloon):
                self._lay_colors(above, thing)
        mirrored = mirror_picture(above, self.scene.ground.horizon, water)
        paint = paint + np.float32(SHINE) * (mirrored - paint)
        for thing in self.scene.things:
            if isinstance(thing, Boat):
                paint = mirror_patch(self._draw(thing), thing.y, water, paint, self.size)
        return paint

    def _note(
        self,
        name: str | None,
        patch: Patch,
        cover: Cover,
        depth: float | Floats,
        kind: str,
        facing: Facing,
    ) -> None:
        self.laid.append((name, patch, cover))
        solid = cover > 0.5
        np.copyto(self.depth[patch.window], np.float32(depth), where=solid)
        np.copyto(self.classes[patch.window], np.uint8(CLASSES.index(kind)), where=solid)
        np.copyto(self.normals[:, *patch.window], facing, where=solid)

    def masks(self) -> tuple[dict[str, NDArray[np.uint8]], dict[str, NDArray[np.uint8]]]:
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


def to_byte(values: Floats) -> NDArray[np.uint8]:
    """0 … 1 → 0 … 255, rounded."""
    return (np.clip(values, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
