# SPDX-License-Identifier: Apache-2.0
"""The drag warp: handles carry the picture with them, pins and the region's edge hold it.

The backward map is found by following every target pixel back through the small steps of the
drag (`field.step_displacement`), so every pixel has a source: no holes, no splats. The field is
smooth, so it is computed on at most 128 × 128 cells of the region and enlarged; what enlarging
costs at the handles is put right exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Rect
from server.engine.canvas import rects
from server.engine.canvas.distance import depth_inside
from server.engine.canvas.resample import resize
from server.engine.canvas.sampling import apply_map, identity_map
from server.engine.warp.controls import Controls, Path, controls_of, length
from server.engine.warp.field import core_radii, step_displacement
from server.engine.warp.warp import Warp

Floats = NDArray[np.float32]
CELLS = 128
MOST_STEPS = 16
MANY = 8
"""For every so many controls, fewer steps are played, to stay within the preview's time."""
EXACT = 0.01
"""Pixels by which a control may miss."""
BELIEVED_STRETCH = 4.0
"""Content stretched over more than this many times its area counts as a hole."""


def drag_warp(paths: Sequence[Path], region: NDArray[np.bool_] | Floats) -> Warp:
    """The warp of a region (h, w), non-zero inside, by drags and pins in its pixel coordinates.

    The content under each handle's first point arrives at its last point to within 0.1 px; pins
    and everything outside the region stay. Raises ValueError when there is no drag or a handle
    begins or ends outside the region.
    """
    inside: NDArray[np.bool_] = region > np.float32(0)
    height, width = inside.shape
    _check(paths, inside)
    shift = np.zeros((height, width, 2), dtype=np.float32)
    hole = np.zeros((height, width), dtype=np.float32)
    whole: Rect = (0, 0, width, height)
    box = rects.bounds(inside, whole)
    at = rects.slices(box, whole)
    local = [[(x - box[0], y - box[1]) for x, y in path] for path in paths]
    shift[at], hole[at] = _box_shift(local, inside[at])
    backward = identity_map((width, height))
    backward += shift
    everywhere = np.ones((height, width), dtype=np.bool_)
    return Warp(map=backward, cover=inside.astype(np.float32), hole=hole, valid=everywhere)


def _check(paths: Sequence[Path], inside: NDArray[np.bool_]) -> None:
    """Handles must begin and end in the region, or the warp cannot do what they ask."""
    if not inside.any():
        raise ValueError("the region is empty")
    for path in paths:
        if not np.isfinite(np.asarray(path, dtype=np.float64)).all():
            raise ValueError("a drag has a coordinate that is not a finite number")
        for name, (x, y) in (("begins", path[0]), ("ends", path[-1])):
            if len(path) > 1 and not _is_inside(inside, x, y):
                raise ValueError(f"a drag {name} at ({x:g}, {y:g}), outside the region")


def _is_inside(inside: NDArray[np.bool_], x: float, y: float) -> bool:
    height, width = inside.shape
    column, row = min(int(x // 1), width - 1), min(int(y // 1), height - 1)
    return column >= 0 and row >= 0 and x <= width and y <= height and bool(inside[row, column])


def _box_shift(paths: Sequence[Path], inside: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Source minus target point of every pixel of the region's box, (h, w, 2), 0 outside it; and
    where it stretches too much, (h, w)."""
    height, width = inside.shape
    stride, edge = _cells(paths, inside)
    controls = controls_of(paths, _steps(paths, edge, stride))
    columns, rows = edge.shape[1], edge.shape[0]
    centers = (identity_map((columns, rows)) * stride).reshape(-1, 2)
    coarse = (_follow_back(centers, controls, edge, stride) - centers).reshape(rows, columns, 2)
    shift = resize(coarse, (columns * stride, rows * stride), "bilinear")[:height, :width]
    shift *= inside[..., None]
    _put_right(shift, controls, inside, stride)
    _keep_inside(shift)
    if _put_right(shift, controls, inside, stride):
        _keep_inside(shift)
    torn = _stretched(coarse, stride).repeat(stride, axis=0).repeat(stride, axis=1)
    return shift, torn[:height, :width] * inside


def _cells(paths: Sequence[Path], inside: NDArray[np.bool_]) -> tuple[int, Floats]:
    """The side of a cell, and the edge distance of every cell: at most CELLS² of them, four times
    as many when a handle comes so near to the edge that coarse cells would not let it through."""
    stride = max(1, ceil(sqrt(inside.size) / CELLS))
    edge = _edge_distance(inside, stride)
    if stride == 1 or _least_room(paths, edge, stride) > 2 * stride:
        return stride, edge
    stride = ceil(stride / 2)
    return stride, _edge_distance(inside, stride)


def _least_room(paths: Sequence[Path], edge: Floats, stride: int) -> float:
    """How near to the region's edge any handle comes at its points, pixels."""
    handles = [np.asarray(path, dtype=np.float32) for path in paths if len(path) > 1]
    return float(_edge_at(np.concatenate(handles), edge, stride).min()) if handles else 0.0


def _keep_inside(shift: Floats) -> None:
    """No source point beyond the box of the region, in place."""
    height, width = shift.shape[:2]
    centers = identity_map((width, height))
    np.maximum(shift, -centers, out=shift)
    np.minimum(shift, np.array([width, height], dtype=np.float32) - centers, out=shift)


def _edge_distance(inside: NDArray[np.bool_], stride: int) -> Floats:
    """Distance to the region's edge in pixels, for cells of stride × stride; a cell is inside
    when all its pixels are."""
    height, width = inside.shape
    padded = np.pad(inside, ((0, -height % stride), (0, -width % stride)))
    blocks = padded.reshape(padded.shape[0] // stride, stride, padded.shape[1] // stride, stride)
    cells: NDArray[np.bool_] = np.all(blocks, axis=(1, 3), keepdims=False)
    depth = depth_inside(cells, float(max(cells.shape)))
    return np.maximum(depth - np.float32(0.5), 0.0) * np.float32(stride)


def _edge_at(points: Floats, edge: Floats, stride: int) -> Floats:
    """The edge distance (n,) at points (n, 2) in pixels."""
    return apply_map(edge, (points / np.float32(stride))[None])[0]


def _steps(paths: Sequence[Path], edge: Floats, stride: int) -> int:
    """How many steps a drag is played in: short against the room around the handles."""
    needed = 1.0
    for path in paths:
        if len(path) > 1:
            room = max(_least_room([path], edge, stride), 2.0 * stride)
            needed = max(needed, length(path) / (0.3 * room))
    most = max(MOST_STEPS // max(len(paths) // MANY, 1), 2)
    return min(ceil(needed), most)


def _follow_back(points: Floats, controls: Controls, edge: Floats, stride: int) -> Floats:
    """Where the content at `points` (n, 2) came from, step by step from the end to the start."""
    inside = edge.reshape(-1) > 0
    moving = points[inside]
    positions = controls.positions
    for step in range(len(positions) - 1, 0, -1):
        here = positions[step]
        cores = core_radii(here, _edge_at(here, edge, stride))
        room = _edge_at(moving, edge, stride)
        moving = moving - step_displacement(
            moving, room, here, here - positions[step - 1], cores
        ).astype(np.float32)
    result = points.copy()
    result[inside] = moving
    return result


def _put_right(shift: Floats, controls: Controls, inside: NDArray[np.bool_], stride: int) -> bool:
    """Make the map exact at every control: add its small remaining error as a soft bump, in place.

    Repeated, because bumps of near neighbors overlap. Returns whether anything was to be done.
    """
    radius = max(2.0 * stride, 4.0)
    changed = False
    for _ in range(3):
        reached = apply_map(shift, controls.targets[None])[0] + controls.targets
        errors = controls.sources - reached
        if not np.abs(errors).max() > EXACT:
            break
        changed = True
        for target, error in zip(controls.targets, errors, strict=True):
            _add_bump(shift, inside, target, error, radius)
    return changed


def _add_bump(
    shift: Floats, inside: NDArray[np.bool_], center: Floats, amount: Floats, radius: float
) -> None:
    height, width = inside.shape
    reach = ceil(3 * radius)
    box = rects.intersect(
        (int(center[0]) - reach, int(center[1]) - reach, 2 * reach + 1, 2 * reach + 1),
        (0, 0, width, height),
    )
    if rects.is_empty(box):
        return
    x = np.arange(box[0], box[0] + box[2], dtype=np.float32) + 0.5 - center[0]
    y = np.arange(box[1], box[1] + box[3], dtype=np.float32) + 0.5 - center[1]
    bump = np.exp(-(x * x + (y * y)[:, None]) / np.float32(radius * radius))
    at = rects.slices(box, (0, 0, width, height))
    shift[at] += (bump * inside[at])[..., None] * amount


def _stretched(shift: Floats, stride: int) -> Floats:
    """1 where a cell shows less than 1 / BELIEVED_STRETCH of its own area of the source, else 0."""
    if min(shift.shape[:2]) < 2:
        return np.zeros(shift.shape[:2], dtype=np.float32)
    (xy, xx), (yy, yx) = np.gradient(shift[..., 0], stride), np.gradient(shift[..., 1], stride)
    area = np.abs((1 + xx) * (1 + yy) - xy * yx)
    return (area < 1.0 / BELIEVED_STRETCH).astype(np.float32)
