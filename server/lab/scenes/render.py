# SPDX-License-Identifier: Apache-2.0
"""Draw a scene from back to front and keep what only the renderer knows: masks, depth, edges, normals, classes."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from server.lab.scenes.draw_ground import draw_bands
from server.lab.scenes.page import Page, to_byte
from server.lab.scenes.palette import Floats
from server.lab.scenes.scene import BEHIND_THE_GROUND, Scene
from server.lab.scenes.styles import on_paper
from server.lab.scenes.things import SIDE, Box


@dataclass(frozen=True, kw_only=True)
class Render:
    """One drawn scene; every plane has the size of the picture, and only rgb depends on the style.

    rgb uint8 (h, w, 3). masks: name → uint8 (h, w), what is seen of a thing; full_masks: the same were nothing in
    front of it. depth float32 (h, w): 0 at the eye … 1 the sky. edges uint8 (h, w): 255 where two parts meet.
    normals float32 (h, w, 3): unit vectors, x to the right, y up, z to the eye; the sky faces the eye.
    segmentation uint8 (h, w): an index into CLASSES.
    boxes and centers: name → output pixels, of the whole thing, not clipped to the picture.
    """

    rgb: NDArray[np.uint8]
    masks: dict[str, NDArray[np.uint8]]
    full_masks: dict[str, NDArray[np.uint8]]
    depth: NDArray[np.float32]
    edges: NDArray[np.uint8]
    normals: NDArray[np.float32]
    segmentation: NDArray[np.uint8]
    boxes: dict[str, Box]
    centers: dict[str, tuple[float, float]]


def render(scene: Scene, size: int = SIDE) -> Render:
    """Draw a scene at size × size pixels."""
    if not 16 <= size <= 4096:
        raise ValueError(f"a render has 16 … 4096 pixels a side, got {size}")
    page = Page(scene, size)
    for thing in scene.things:
        if thing.kind in BEHIND_THE_GROUND:
            page.lay_thing(thing)
    for band in draw_bands(scene.ground, scene.sky, size):
        page.lay_band(*band)
    for thing in scene.things:
        if thing.kind not in BEHIND_THE_GROUND:
            page.lay_thing(thing)
    return _finished(page)


def _finished(page: Page) -> Render:
    masks, full = page.masks()
    scale = page.size / SIDE
    things = page.scene.things
    return Render(
        rgb=to_bytes(on_paper(page.rgb, page.scene.style)),
        masks=masks,
        full_masks=full,
        depth=page.depth,
        edges=edges_of(page.part),
        normals=np.ascontiguousarray(page.normals.transpose(1, 2, 0)),
        segmentation=page.classes,
        boxes={t.name: cast(Box, tuple(v * scale for v in t.box)) for t in things},
        centers={t.name: (t.center[0] * scale, t.center[1] * scale) for t in things},
    )


def edges_of(part: NDArray[np.int16]) -> NDArray[np.uint8]:
    """255 where the part seen differs from the one to the right or below."""
    edges = np.zeros(part.shape, bool)
    edges[:, :-1] |= part[:, :-1] != part[:, 1:]
    edges[:-1] |= part[:-1] != part[1:]
    return edges.astype(np.uint8) * np.uint8(255)


def to_bytes(planes: Floats) -> NDArray[np.uint8]:
    """Planar (3, h, w) in 0 … 1 → interleaved (h, w, 3) bytes."""
    return np.ascontiguousarray(to_byte(planes).transpose(1, 2, 0))
