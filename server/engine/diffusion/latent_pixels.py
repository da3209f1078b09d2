# SPDX-License-Identifier: Apache-2.0
"""Between pictures as edits hold them and what autoencoders take and give."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from server.engine.api import Check, proceed
from server.engine.diffusion.family import Family


def to_tensor(view: NDArray[np.float32]) -> Tensor:
    """sRGB (h, w, 3) 0..1 to (1, 3, h, w) in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(view)).permute(2, 0, 1)[None] * 2.0 - 1.0


def to_pixels(picture: Tensor) -> NDArray[np.float32]:
    """(1, 3, h, w) in [-1, 1] to sRGB (h, w, 3) 0..1."""
    return ((picture[0].float().permute(1, 2, 0) + 1.0) / 2.0).clamp(0, 1).cpu().numpy()


def decoded(family: Family, z: Tensor, check: Check = proceed) -> NDArray[np.float32]:
    """A latent (1, c, h, w) as sRGB (stride h, stride w, 3) 0..1. Raises what `check` raises."""
    return to_pixels(family.decode(z, check))
