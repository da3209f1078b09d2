# SPDX-License-Identifier: Apache-2.0
"""The picture of a head while it is painted: colors, the depth seen so far, and strokes in the manner of a style."""

from typing import Literal

import numpy as np

from server.lab.heads.ball import Ball, Sight, outline, sight
from server.lab.heads.space import Pose
from server.lab.scenes.palette import Color, Floats
from server.lab.scenes.scene import Style
from server.lab.scenes.shapes import Cover, Patch
from server.lab.scenes.styles import lay_strokes
from server.lab.scenes.things import Box

FAR = np.float32(-9)
PARTS = ("background", "body", "face", "hair")
Part = Literal["background", "body", "face", "hair"]
TRACE = np.float32(0.02)
"""The least coverage that leaves a depth: the soft rim of what stands in front must not be painted over later."""
SOFT = np.float32(24)
"""How sharply one ball goes through another: coverage per head unit of depth between them."""


class Easel:
    """Planes of the picture: rgb (3, size, size) in 0 … 1, depth (size, size) in view units, larger is nearer.

    part (size, size) is an index into PARTS: what is seen of which.
    """

    def __init__(self, pose: Pose, size: int, style: Style) -> None:
        self.pose, self.size = pose, size
        self.style: Style = style
        self.rgb = np.empty((3, size, size), np.float32)
        self.depth = np.full((size, size), FAR)
        self.part = np.zeros((size, size), np.uint8)
        self._seen: dict[Ball, tuple[Patch, Sight]] = {}

    def patch(self, box: Box, *, margin: float = 1.5) -> Patch:
        """A part of the picture, box in world pixels."""
        return Patch(box, self.size, margin=margin)

    def see(self, ball: Ball) -> tuple[Patch, Sight]:
        """The patch a ball is seen on, and what its pixels see."""
        if ball not in self._seen:
            patch = self.patch(outline(ball, self.pose).box, margin=1.5)
            self._seen[ball] = patch, sight(ball, self.pose, patch)
        return self._seen[ball]

    def lay(
        self,
        patch: Patch,
        cover: Cover,
        paint: Color | Floats,
        *,
        stroked: bool = False,
        part: Part | None = None,
    ) -> None:
        """Lay a color over the picture; a style's strokes run round it if it is stroked."""
        if patch.empty:
            return
        under = self.rgb[:, *patch.window]
        under += cover * (paint - under)
        if part is not None:
            self.part[patch.window][cover > 0.5] = PARTS.index(part)
        if stroked:
            lay_strokes(self.rgb, patch, [cover], self.style, self.size)

    def lay_solid(
        self,
        patch: Patch,
        cover: Cover,
        depth: Floats,
        paint: Color | Floats,
        *,
        part: Part,
        stroked: bool = True,
    ) -> Cover:
        """Lay something with a depth: what is nearer stays in front. Returns what is seen of it."""
        if patch.empty:
            return cover
        behind = self.depth[patch.window]
        seen = cover * np.clip(np.float32(0.5) + (depth - behind) * SOFT, 0, 1)
        self.lay(patch, seen, paint, stroked=stroked, part=part)
        np.copyto(behind, depth, where=seen > TRACE)
        return seen

    def lay_ball(
        self,
        ball: Ball,
        paint: Color,
        shade: float,
        *,
        part: Part,
        stroked: bool = True,
        behind: bool = False,
    ) -> None:
        """Lay a whole ball, lighter to the upper left and darker to the lower right by `shade`.

        `behind` paints it without its depth, so that all that comes later covers it. What may stand on either side of
        something else is laid behind it first and once more afterwards: then both rims stay soft.
        """
        patch, seen = self.see(ball)
        lit = paint * (1 + np.float32(shade) * seen.light)
        cover = patch.cover(seen.distance)
        if behind:
            self.lay(patch, cover, lit, stroked=stroked, part=part)
        else:
            self.lay_solid(patch, cover, seen.depth, lit, stroked=stroked, part=part)


def cover_of(patch: Patch, level: Floats) -> Cover:
    """Coverage where a smooth function is negative: its distance to 0 is about level / |gradient|."""
    down, right = np.empty_like(level), np.empty_like(level)
    if min(level.shape) < 3:
        return (level < 0).astype(np.float32)
    down[1:-1] = (level[2:] - level[:-2]) * np.float32(0.5)
    down[0], down[-1] = level[1] - level[0], level[-1] - level[-2]
    right[:, 1:-1] = (level[:, 2:] - level[:, :-2]) * np.float32(0.5)
    right[:, 0], right[:, -1] = level[:, 1] - level[:, 0], level[:, -1] - level[:, -2]
    slope = np.sqrt(down * down + right * right) + np.float32(1e-7)
    return np.clip(np.float32(0.5) - level / slope, np.float32(0), np.float32(1))
