# SPDX-License-Identifier: Apache-2.0
"""What a generator leaves out of a picture, carried along with what it moved.

original + (edited - reconstruction) keeps it, but in its old place: where a soft eye has moved, the sharp one would
stay behind. So what was left out follows the flow from reconstruction to edited picture, and is given up where what is
there is something else now. Where nothing moved this is the plain sum.

The outline of a layer that ends somewhere follows the same flow. Near it colors are only moved: what the generator
paints there is mixed with the ground that it was shown the layer on.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from server.engine.canvas import Mask, apply_map, identity_map, resize
from server.engine.gan.optical_flow import FINEST, flow

Floats = NDArray[np.float32]
RIM = 0.02
"""Part of the side within which an outline's colors are only moved."""


@dataclass(frozen=True, kw_only=True)
class Carried:
    """colors: (n, n, 3) sRGB; alpha: (n, n), None for a picture that is opaque."""

    colors: Floats
    alpha: Mask | None


def carried(
    base: Floats,
    reconstruction: Floats,
    edited: Floats,
    *,
    alpha: Mask | None = None,
    how: Literal["bilinear", "bicubic"] = "bicubic",
) -> Carried:
    """The edited picture with the detail of `base` (n, n, 3), as large as it; the others are (S, S, 3) of 0 … 1.

    `alpha` (n, n): how much of `base` there is, where it is not opaque; its colors go on beyond its outline.
    """
    size = (base.shape[1], base.shape[0])
    found = flow(*(torch.from_numpy(one).permute(2, 0, 1) for one in (reconstruction, edited)))
    by = resize(found.by.permute(1, 2, 0).numpy(), size, "bilinear")
    by *= size[0]
    before = identity_map(size) + by
    left = base - resize(reconstruction, size, how)
    colors = apply_map(left, before, how)
    colors *= resize(found.sure.numpy(), size, "bilinear")[..., None]
    colors -= left
    colors += base
    colors += resize(edited - reconstruction, size, how)
    if alpha is None:
        return Carried(colors=colors, alpha=None)
    moved, outline = apply_map(base, before, how), apply_map(alpha, before, "bilinear")
    colors -= moved
    colors *= _inside(outline)[..., None]
    colors += moved
    return Carried(colors=colors, alpha=outline)


def _inside(alpha: Mask) -> Mask:
    """0 … 1 (n, n): 1 away from where less of the picture is seen."""
    side = min(alpha.shape[0], FINEST)
    reach = 2 * ceil(RIM * side) + 1
    around = {"kernel_size": reach, "stride": 1, "padding": reach // 2}
    small = torch.from_numpy(resize(alpha, (side, side), "area"))[None]
    least = F.avg_pool2d(-F.max_pool2d(-small, **around), count_include_pad=False, **around)
    return resize(least[0].numpy(), (alpha.shape[1], alpha.shape[0]), "bilinear")
