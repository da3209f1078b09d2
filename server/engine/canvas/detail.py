# SPDX-License-Identifier: Apache-2.0
"""Keeping the artist's detail: what changed is added to the document, not the model's picture.

A model sees the crop smaller and through an autoencoder: its picture lacks grain, fine edges and
the lower bits of a 16-bit document. So only the difference between the edited picture and the
model's own reconstruction of the source is used. What the reconstruction lost, the residual
r = source - reconstruction, travels along the backward map to where the content went, and is kept
as far as the edited picture really shows that content there:
    δ = up(edited - reconstruction) + keep · warp(r) - r.
Where nothing changed, keep = 1 and the map is the identity, so δ is 0: the source, exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Size
from server.engine.canvas.resample import resize
from server.engine.canvas.sampling import Map, apply_map, resize_map

Floats = NDArray[np.float32]
AGREEMENT = 0.1
"""Difference in encoded sRGB at which the residual is kept to 1/e."""


def difference(
    source: Floats,
    edited: Floats,
    reconstruction: Floats | None,
    backward: Map | None = None,
) -> Floats:
    """What to add to `source` (h, w, 3), document resolution, sRGB: δ of the same shape.

    edited and reconstruction: (mh, mw, 3) at the model's or the source's resolution;
    reconstruction None means the edited picture is taken as it is. backward: the map of the edit
    on any grid over the same rectangle; None when nothing moved.
    """
    size = (source.shape[1], source.shape[0])
    if reconstruction is None:
        return resize(edited, size, "bicubic") - source
    if reconstruction.shape != edited.shape:
        raise ValueError(f"edited {edited.shape} and reconstruction {reconstruction.shape} differ")
    change = resize(edited - reconstruction, size, "bicubic")
    residual = source - resize(reconstruction, size, "bicubic")
    keep = resize(_agreement(edited, reconstruction, backward), size, "bilinear")[..., None]
    moved = residual if backward is None else apply_map(residual, resize_map(backward, size))
    return (change + keep * moved - residual).astype(np.float32)


def _agreement(edited: Floats, reconstruction: Floats, backward: Map | None) -> Floats:
    """How much the edited picture shows what the map promises: (mh, mw) in 0..1, 1 = exactly."""
    height, width = edited.shape[:2]
    promised = reconstruction
    if backward is not None:
        promised = apply_map(reconstruction, resize_map(backward, (width, height)))
    error = np.abs(edited - promised).max(axis=-1)
    return np.exp(-((_blurred(error, (width, height)) / AGREEMENT) ** 2)).astype(np.float32)


def _blurred(error: Floats, size: Size) -> Floats:
    """The largest of the 3 × 3 neighbors: an edge in disagreement disowns both its sides."""
    padded = np.pad(error, 1, mode="edge")
    rows = np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])
    return np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])[: size[1], : size[0]]
