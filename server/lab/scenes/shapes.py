# SPDX-License-Identifier: Apache-2.0
"""Anti-aliased shapes from signed distances on a small patch of the picture.

Coverage of a pixel = clip(1/2 − d, 0, 1), d the signed distance of its center to the edge in output pixels,
negative inside. Only + − × ÷ √ are used on pixels, so that every machine draws the same bytes.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from server.lab.scenes.palette import Color, Floats
from server.lab.scenes.things import SIDE, Box

Cover = Floats
"""Coverage in 0 … 1, (h, w) or something that broadcasts to it."""
Point = tuple[float, float]
Facing = Floats
"""Unit normals that broadcast to (3, h, w): x to the right, y up, z to the eye."""


def facing(x: float, y: float, z: float) -> Facing:
    """One direction for a whole part, scaled to length 1."""
    length = (x * x + y * y + z * z) ** 0.5
    return np.array((x / length, y / length, z / length), np.float32).reshape(3, 1, 1)


FRONT = facing(0, 0, 1)
UP = facing(0, 1, 0)


class Patch:
    """A box of the picture with premultiplied color, alpha and the number of the part seen at each pixel.

    x (1, w) and y (h, 1) are the pixel centers in world pixels; rgb is (3, h, w), alpha and part are (h, w).
    """

    def __init__(self, box: Box, size: int, *, margin: float = 1.0) -> None:
        self.scale = size / SIDE
        edge = [(box[0] - margin), (box[1] - margin), (box[2] + margin), (box[3] + margin)]
        x0, y0, x1, y1 = (
            int(np.floor(v * self.scale)) if i < 2 else int(np.ceil(v * self.scale))
            for i, v in enumerate(edge)
        )
        self.x0, self.y0 = min(max(x0, 0), size), min(max(y0, 0), size)
        self.x1, self.y1 = max(min(x1, size), self.x0), max(min(y1, size), self.y0)
        self.x = (
            (np.arange(self.x0, self.x1, dtype=np.float32) + np.float32(0.5))
            / np.float32(self.scale)
        )[None, :]
        self.y = (
            (np.arange(self.y0, self.y1, dtype=np.float32) + np.float32(0.5))
            / np.float32(self.scale)
        )[:, None]
        shape = (self.y1 - self.y0, self.x1 - self.x0)
        self.rgb = np.zeros((3, *shape), np.float32)
        self.alpha = np.zeros(shape, np.float32)
        self.part = np.zeros(shape, np.int16)
        self.parts = 0
        self.covers: list[Cover] = []
        """What each part with strokes of its own covered when it was laid, from back to front."""
        self.normal = np.zeros((3, *shape), np.float32)

    @property
    def window(self) -> tuple[slice, slice]:
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    @property
    def empty(self) -> bool:
        return self.alpha.size == 0

    def cover(self, distance: Floats) -> Cover:
        """Coverage from a signed distance in world pixels."""
        return np.clip(
            np.float32(0.5) - distance * np.float32(self.scale), np.float32(0), np.float32(1)
        )

    def paint(
        self,
        cover: Cover,
        paint: Color,
        *,
        seen: bool = True,
        stroked: bool = True,
        facing: Facing = FRONT,
    ) -> None:
        """Lay a color over the patch; `seen` parts count for edges, `stroked` ones get a style's strokes."""
        rest = np.float32(1) - cover
        self.rgb *= rest
        self.rgb += cover * paint
        self.alpha *= rest
        self.alpha += cover
        np.copyto(self.normal, facing, where=cover + cover > self.alpha)
        self._mark(cover, seen)
        if stroked:
            self.covers.append(cover)

    def tint(self, cover: Cover, paint: Color, *, seen: bool = True) -> None:
        """Change the color where something is already painted; alpha and strokes stay."""
        self.rgb += cover * (paint * self.alpha - self.rgb)
        self._mark(cover * self.alpha, seen)

    def stroke_whole(self) -> None:
        """From here on strokes run round all that was painted so far, and no longer round its parts."""
        self.covers = [self.alpha.copy()]

    def _mark(self, cover: Cover, seen: bool) -> None:
        if seen:
            self.parts += 1
            self.part[np.broadcast_to(cover > np.float32(0.5), self.part.shape)] = self.parts


def circle(patch: Patch, x: float, y: float, radius: float) -> Floats:
    """Signed distance to a circle."""
    dx, dy = patch.x - np.float32(x), patch.y - np.float32(y)
    return np.sqrt(dx * dx + dy * dy) - np.float32(radius)


def round_facing(patch: Patch, x: float, y: float, radius: float) -> Facing:
    """The normals of a ball seen from the front; beyond its rim they lie in the picture."""
    dx, dy = (
        (patch.x - np.float32(x)) / np.float32(radius),
        (np.float32(y) - patch.y) / np.float32(radius),
    )
    far = np.maximum(np.sqrt(dx * dx + dy * dy), np.float32(1))
    dx, dy = dx / far, dy / far
    return np.stack([dx, dy, np.sqrt(np.clip(1 - dx * dx - dy * dy, 0, 1))])


def half_plane(patch: Patch, start: Point, end: Point) -> Floats:
    """Signed distance to the line start → end; inside lies to its right on the screen (clockwise outlines)."""
    ex, ey = end[0] - start[0], end[1] - start[1]
    length = (ex * ex + ey * ey) ** 0.5
    nx, ny = np.float32(ey / length), np.float32(-ex / length)
    return (patch.x - np.float32(start[0])) * nx + (patch.y - np.float32(start[1])) * ny


def convex(patch: Patch, points: Sequence[Point]) -> Floats:
    """Signed distance (exact at the edges) to a convex polygon; the corners may run either way round."""
    area = sum(
        a[0] * b[1] - b[0] * a[1] for a, b in zip(points, [*points[1:], points[0]], strict=True)
    )
    corners = list(points) if area > 0 else list(reversed(points))
    distance = half_plane(patch, corners[-1], corners[0])
    for start, end in pairwise(corners):
        distance = np.maximum(distance, half_plane(patch, start, end))
    return distance


def block(patch: Patch, x0: float, y0: float, x1: float, y1: float) -> Floats:
    """Signed distance to an upright rectangle."""
    across = np.abs(patch.x - np.float32((x0 + x1) / 2)) - np.float32((x1 - x0) / 2)
    down = np.abs(patch.y - np.float32((y0 + y1) / 2)) - np.float32((y1 - y0) / 2)
    return np.maximum(across, down)
