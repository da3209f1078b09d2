# SPDX-License-Identifier: Apache-2.0
"""Keeping the artist's detail: where the model agrees with the source, the source is shown.

A model sees the crop smaller and through an autoencoder: its picture lacks grain, fine edges and
the lower bits of a 16-bit document. So its picture `edited` is compared with two promises, both
made from the model's own reconstruction of the source: that nothing happened here, and that
content arrived along the backward map. Where a promise holds, the result is the source's own
pixels (in place, or carried along the map) plus the smooth part of the remaining difference, such
as light; where neither does, it is the edited picture. With weights a, b of the two promises:
    s + δ = a (s + d̄_a) + b (warp(s) + d̄_b) + (1 - a - b) up(edited).
Where nothing changed, a = 1 and d̄_a = 0, so δ is 0: the source, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Rect, Size
from server.engine.canvas import rects
from server.engine.canvas.distance import distance_to
from server.engine.canvas.fill import push_pull
from server.engine.canvas.resample import resize, resize_part
from server.engine.canvas.sampling import Map, apply_map, identity_map

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """How far edited and promised picture may differ, in encoded sRGB: a part that is always
    allowed, and one per local contrast (an autoencoder errs at edges, and errs differently when
    they shift against its patches)."""

    flat: float
    contrast: float


IN_PLACE = Tolerance(flat=0.04, contrast=0.05)
CARRIED = Tolerance(flat=0.06, contrast=0.35)
REACH = 6.0
"""Model pixels around carried content whose edges are still its own."""
SMOOTH = 5
"""Radius in model pixels over which a remaining difference is averaged."""


def difference(
    source: Floats,
    edited: Floats,
    reconstruction: Floats | None,
    backward: Map | None = None,
    part: Rect | None = None,
) -> Floats:
    """What to add to `source` (h, w, 3), document resolution, sRGB: δ of `part` of it.

    edited and reconstruction: (mh, mw, 3) at the model's or the source's resolution;
    reconstruction None means the edited picture is taken as it is. backward: the map of the edit
    on any grid over the same rectangle; None when nothing moved. part: a rectangle in `source`,
    None for all of it; nothing is computed outside it at document resolution.
    """
    size = (source.shape[1], source.shape[0])
    part = part or (0, 0, *size)
    here = source[rects.slices(part, (0, 0, *size))]
    change = resize_part(edited, size, part, "bicubic") - here
    if reconstruction is None:
        return change
    if reconstruction.shape != edited.shape:
        raise ValueError(f"edited {edited.shape} and reconstruction {reconstruction.shape} differ")
    stays = agreement(edited, reconstruction, IN_PLACE)
    light = _smooth_part(edited - reconstruction, stays)
    if backward is None:
        kept = resize_part(stays, size, part, "bilinear")[..., None]
        change += kept * (resize_part(light, size, part, "bicubic") - change)
        return change
    carried, near = _carrying(backward, (edited.shape[1], edited.shape[0]))
    promised = apply_map(reconstruction, carried)
    moves = near * agreement(edited, promised, CARRIED)
    share = _share(stays, moves)
    kept = resize_part(stays * share, size, part, "bilinear")[..., None]
    brought = resize_part(moves * (1.0 - share), size, part, "bilinear")[..., None]
    delta = (1.0 - kept - brought) * change
    delta += kept * resize_part(light, size, part, "bicubic")
    shown = apply_map(source, _map_of_part(carried, size, part)) - here
    shown += resize_part(_smooth_part(edited - promised, moves), size, part, "bicubic")
    delta += brought * shown
    return delta.astype(np.float32, copy=False)


def _map_of_part(backward: Map, size: Size, part: Rect) -> Map:
    """A model-size map enlarged to `part` of the document's grid of `size`."""
    height, width = backward.shape[:2]
    shift = resize_part(backward - identity_map((width, height)), size, part, "bilinear")
    shift *= np.array([size[0] / width, size[1] / height], dtype=np.float32)
    shift += identity_map((part[2], part[3]))
    shift += np.array(part[:2], dtype=np.float32)
    return shift


def agreement(edited: Floats, promised: Floats, tolerance: Tolerance) -> Floats:
    """How much a picture (h, w, 3) shows what was promised: (h, w) 0..1, 1 = exactly."""
    error = _mean(np.abs(edited - promised).max(axis=-1), 1)
    contrast = np.max([_spread(promised[..., i]) for i in range(promised.shape[2])], axis=0)
    relative = error / (tolerance.flat + tolerance.contrast * contrast)
    return np.exp(-(relative**4)).astype(np.float32)


def _share(stays: Floats, moves: Floats) -> Floats:
    """How the two promises share a pixel: the one that holds better takes nearly all."""
    a, b = stays**4, moves**4
    return np.divide(a, a + b, out=np.ones_like(a), where=a + b > 0)


def _carrying(backward: Map, size: Size) -> tuple[Map, Floats]:
    """The map on the model's grid, continued beyond what moved, because edges belong to the thing
    they bound; and how near each pixel is to it, (h, w) 1..0.

    Shifts are averaged over moved pixels only: half-covered pixels move the whole way, not half.
    """
    height, width = backward.shape[:2]
    shift = backward - identity_map((width, height))
    moved = (np.abs(shift).max(axis=-1) > 0.25).astype(np.float32)
    how = "area" if size[0] * size[1] < width * height else "bilinear"
    share = resize(moved, size, how)
    mean = resize(shift * moved[..., None], size, how) / np.maximum(share, 1e-3)[..., None]
    mean *= np.array([size[0] / width, size[1] / height], dtype=np.float32)
    known = share > 0.05
    continued = push_pull(mean.astype(np.float32), known.astype(np.float32)) + identity_map(size)
    near = 2.0 - 2.0 * distance_to(known, REACH + 1.0) / REACH
    return continued, np.clip(near, 0.0, 1.0).astype(np.float32)


def _smooth_part(remaining: Floats, weight: Floats) -> Floats:
    """The weighted mean of a difference (h, w, 3) around every pixel: what disagrees has no
    weight, so a change does not bleed into its unchanged neighbors."""
    total = np.maximum(_mean(weight, SMOOTH), 1e-3)
    planes = [_mean(remaining[..., i] * weight, SMOOTH) / total for i in range(3)]
    return np.stack(planes, axis=-1).astype(np.float32, copy=False)


def _mean(plane: Floats, radius: int) -> Floats:
    """The mean over (2 radius + 1)² pixels, edges repeated, by running sums."""
    side = 2 * radius + 1
    sums = np.pad(plane, radius, mode="edge").astype(np.float64)
    for axis in (0, 1):
        total = np.cumsum(sums, axis=axis)
        first = np.zeros_like(np.take(total, [0], axis=axis))
        total = np.concatenate([first, total], axis=axis)
        length = total.shape[axis]
        upper = np.take(total, np.arange(side, length), axis=axis)
        sums = upper - np.take(total, np.arange(0, length - side), axis=axis)
    return (sums / side**2).astype(np.float32)


def _spread(plane: Floats) -> Floats:
    """Largest minus smallest of the 5 × 5 neighbors."""
    return _extreme(plane, np.maximum) - _extreme(plane, np.minimum)


def _extreme(plane: Floats, choose: np.ufunc) -> Floats:
    rows = np.pad(plane, 2, mode="edge")
    rows = choose.reduce([rows[i : rows.shape[0] - 4 + i] for i in range(5)])
    return choose.reduce([rows[:, i : rows.shape[1] - 4 + i] for i in range(5)])
