# SPDX-License-Identifier: Apache-2.0
"""What a generator leaves out of a picture, carried along with what it moved.

original + (edited - reconstruction) keeps it, but in its old place: where a soft eye has moved, the sharp one would
stay behind. So what was left out follows the flow from reconstruction to edited picture, and is given up where what is
there is something else now. Where nothing moved this is the plain sum.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from server.engine.canvas import apply_map, identity_map, resize
from server.engine.gan.flow import flow

Floats = NDArray[np.float32]


def with_detail(
    base: Floats,
    reconstruction: Floats,
    edited: Floats,
    how: Literal["bilinear", "bicubic"] = "bicubic",
) -> Floats:
    """The edited picture with the detail of `base` (n, n, 3), as large as it; the others are (S, S, 3) of 0 … 1."""
    size = (base.shape[1], base.shape[0])
    found = flow(*(torch.from_numpy(one).permute(2, 0, 1) for one in (reconstruction, edited)))
    by = resize(found.by.permute(1, 2, 0).numpy(), size, "bilinear")
    by *= size[0]
    left = base - resize(reconstruction, size, how)
    carried = apply_map(left, identity_map(size) + by, how)
    carried *= resize(found.sure.numpy(), size, "bilinear")[..., None]
    carried -= left
    carried += base
    carried += resize(edited - reconstruction, size, how)
    return carried
