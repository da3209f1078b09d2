# SPDX-License-Identifier: Apache-2.0
"""Where everything goes: an edit's geometry, the same for the instant preview and the guided edit.

A `Geometry` is known on the crop in document pixels; `motion` draws it on any grid over the crop:
the document's own for the preview, the model's for the guided edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Size
from server.engine.canvas import Crop, Mask, apply_map, grow, identity_map, push_pull, resize
from server.engine.edits.frame import SEEN
from server.engine.warp import Warp, drag_warp

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Matrix = NDArray[np.float64]
"""2 × 3, [A | b]: x' = A x + b."""
Paths = tuple[tuple[tuple[float, float], ...], ...]

FRINGE = 2.0
"""Pixels around a thing that still hold its color."""


@dataclass(frozen=True, kw_only=True)
class Motion:
    """A geometry on a grid (h, w): the warp, the place content left (0..1), where anything may change.

    behind: (h, w) bool, where the picture shows what went away, so that its background is not known.
    """

    warp: Warp
    left: Mask
    area: Bools
    behind: Bools

    @property
    def arrived(self) -> Mask:
        """(h, w) 0..1, the place moved content goes to."""
        return self.warp.cover

    @property
    def hole(self) -> Mask:
        """(h, w) 0..1, what moved content left behind and nothing covers again."""
        return self.warp.hole

    @property
    def touched(self) -> Bools:
        """(h, w), where content leaves or arrives."""
        return (self.left > SEEN) | (self.arrived > SEEN)


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """What moves where, in pixels of the crop.

    Either a `thing` (h, w) 0..1, on any grid over the crop, goes as a whole by `matrix`, or the
    `area` is bent by `paths`. area: (crop h, crop w) 0..1, where anything may change.
    """

    crop: Crop
    area: Mask
    thing: Mask | None = None
    matrix: Matrix | None = None
    paths: Paths = ()

    def __post_init__(self) -> None:
        if (self.thing is None) != (self.matrix is None):
            raise ValueError("a thing needs the matrix it moves by, and a matrix a thing")

    def motion(self, size: Size) -> Motion:
        """The motion on a grid of (width, height) over the crop.

        Raises ValueError when handles begin or end outside the area, or would flatten the thing.
        """
        scale = np.array([size[0] / self.crop.rect[2], size[1] / self.crop.rect[3]])
        inside = (
            resize(self.area, size, "area" if size[0] < self.crop.rect[2] else "bilinear") > SEEN
        )
        if self.thing is None or self.matrix is None:
            return _bend(
                inside, [[tuple(np.array(p) * scale) for p in path] for path in self.paths]
            )
        turn = scale[:, None] * self.matrix[:, :2] / scale
        matrix = np.column_stack([turn, self.matrix[:, 2] * scale])
        thing = resize(self.thing, size, "area" if size[0] < self.thing.shape[1] else "bilinear")
        return _carry(thing, inside, matrix)


def similarity(starts: Sequence[Sequence[float]], ends: Sequence[Sequence[float]]) -> Matrix:
    """The rotation, scale and shift that takes starts (n, 2) to ends best, in least squares.

    One handle shifts; two or more turn and scale as well. With z = x + i y: z' = a z + b.
    """
    start = np.array([complex(x, y) for x, y in starts])
    end = np.array([complex(x, y) for x, y in ends])
    spread = start - start.mean()
    size = float((np.abs(spread) ** 2).sum())
    turn = complex((np.conj(spread) * (end - end.mean())).sum() / size) if size > 1.0 else 1.0 + 0j
    shift = complex(end.mean() - turn * start.mean())
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def placing(center: tuple[float, float], dx: float, dy: float, scale: float) -> Matrix:
    """Scaled about `center`, then shifted by (dx, dy)."""
    x, y = center
    return np.array([[scale, 0.0, x + dx - scale * x], [0.0, scale, y + dy - scale * y]])


def pasted(view: Floats, motion: Motion) -> Floats:
    """The warp as a picture (h, w, c): holes filled from their surroundings, moved content on top."""
    unknown = motion.behind
    filled = push_pull(view, (~unknown).astype(np.float32)) if unknown.any() else view
    moved = apply_map(view, motion.warp.map)
    return (filled + motion.arrived[..., None] * (moved - filled)).astype(np.float32)


def _bend(inside: Bools, paths: Sequence[Sequence[tuple[float, ...]]]) -> Motion:
    warp = drag_warp([[(p[0], p[1]) for p in path] for path in paths], inside.astype(np.float32))
    return Motion(warp=warp, left=warp.cover, area=inside, behind=grow(warp.hole > SEEN, 1.0))


def _carry(thing: Mask, area: Bools, matrix: Matrix) -> Motion:
    """One thing goes as a whole; what would leave the area is cut off, never wrapped around."""
    if abs(np.linalg.det(matrix[:, :2])) < 1e-4:
        raise ValueError("the handles would flatten the thing they hold to a line")
    height, width = thing.shape
    backward = identity_map((width, height))
    arrived = np.zeros_like(thing)
    at = _landing(thing, matrix)
    if arrived[at].size > 0:
        back = np.linalg.inv(matrix[:, :2])
        points = ((backward[at] - matrix[:, 2]) @ back.T).astype(np.float32)
        there = (points >= 0).all(axis=-1) & (points <= (width, height)).all(axis=-1) & area[at]
        arrived[at] = apply_map(np.pad(thing, 1), points + np.float32(1.0)) * there
        backward[at] = np.where(arrived[at][..., None] > 0, points, backward[at])
    warp = Warp(
        map=backward,
        cover=arrived,
        hole=(thing * (1.0 - arrived)).astype(np.float32),
        valid=np.ones(thing.shape, dtype=np.bool_),
    )
    return Motion(warp=warp, left=thing, area=area, behind=grow(thing > SEEN, FRINGE))


def _landing(thing: Mask, matrix: Matrix) -> tuple[slice, slice]:
    """The part of the grid where a moved thing can arrive: its bounds' corners, moved."""
    rows, columns = np.nonzero(thing > 0)
    if rows.size == 0:
        return slice(0, 0), slice(0, 0)
    x = np.array([columns.min(), columns.max() + 1.0])
    y = np.array([rows.min(), rows.max() + 1.0])
    corners = np.array([(cx, cy) for cx in x for cy in y]) @ matrix[:, :2].T + matrix[:, 2]
    low = np.floor(corners.min(axis=0)).astype(int) - 1
    high = np.ceil(corners.max(axis=0)).astype(int) + 1
    return (
        slice(max(low[1], 0), max(high[1], 0)),
        slice(max(low[0], 0), max(high[0], 0)),
    )
