# SPDX-License-Identifier: Apache-2.0
"""What of a layer an object takes along, in alpha: what is lifted, what stays, what arrives.

An object's mask says how much of what there is goes: of a layer of alpha a, a·m is lifted and a·(1 - m) stays.
All of it is alpha that was multiplied in, so that the two make up a, and nothing is lost on the way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from server.engine.canvas.fill import push_pull
from server.engine.canvas.masks import Mask, grow
from server.engine.canvas.sampling import apply_map
from server.engine.warp.warp import Warp

Floats = NDArray[np.float32]
HALF_LEVEL = np.float32(0.5 / 255.0)
"""A selection may be no finer than 8 bits."""
RIM = 2.0
"""Pixels around a hole that it is filled from."""


def coverage(mask: Mask, alpha: Mask) -> Mask:
    """How much of what is there a selection (h, w) 0..1 means, in a layer of this alpha (h, w).

    A selection made of a layer's own transparency selects half of a pixel where half of one is: all of it.
    """
    share = np.divide(mask, alpha, out=mask.copy(), where=alpha > 0)
    whole = (mask > 0) & (mask >= alpha - HALF_LEVEL)
    return np.where(whole & (alpha > 0), 1.0, np.minimum(share, 1.0)).astype(np.float32)


def behind(values: Floats, hole: NDArray[np.bool_]) -> Floats:
    """A layer (h, w, c), colors times alpha, without what was in the `hole` (h, w): filled in from its rim.

    Transparency is a place's own: what of the layer does not reach the hole leaves no haze in it.
    """
    rim = grow(hole, RIM) & ~hole
    filled = push_pull(values, rim.astype(np.float32))
    return np.where(hole[..., None], filled, values).astype(np.float32)


def staying(alpha: Mask, lifted: Mask, filled: Mask) -> Mask:
    """The alpha that an object's old place keeps beyond what it is `filled` with from around: what was not lifted."""
    return np.maximum(alpha - lifted - filled, 0.0).astype(np.float32)


def landed(lifted: Floats, warp: Warp) -> Floats:
    """What was lifted (h, w) or (h, w, c), at its new place; nothing where nothing arrives, nothing from beyond."""
    edges = ((1, 1), (1, 1), (0, 0))[: lifted.ndim]
    moved = apply_map(np.pad(lifted, edges), warp.map + np.float32(1.0))
    there = warp.cover > 0
    return moved * (there if lifted.ndim == 2 else there[..., None])
