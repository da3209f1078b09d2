# SPDX-License-Identifier: Apache-2.0
"""Sample types: integers that span their range, half and single floats, and float32 between.

float32 holds every uint8, uint16 and float16 exactly (24 bits of mantissa), and
`from_float(as_float(x), x.dtype)` gives x back bit for bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HALF_MAX = 65504.0


def as_float(pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    """Samples as float32; integers become 0..1, floats stay what they are."""
    values = pixels.astype(np.float32)
    if np.issubdtype(pixels.dtype, np.integer):
        values /= np.float32(np.iinfo(pixels.dtype.name).max)
    return values


def as_finite(pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    """`as_float`, with what is no number as 0 and infinities as the largest half float: a float
    document can hold them, arithmetic on them cannot go on."""
    values = as_float(pixels)
    if np.issubdtype(pixels.dtype, np.integer):
        return values
    return np.nan_to_num(values, copy=False, posinf=HALF_MAX, neginf=-HALF_MAX)


def from_float(values: NDArray[np.floating], dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
    """Float samples in a document's type: integers rounded and clipped, floats only clipped to
    what the type can hold."""
    if np.issubdtype(dtype, np.integer):
        levels = np.maximum(values, 0.0)
        np.minimum(levels, 1.0, out=levels)
        levels *= np.float32(np.iinfo(dtype.name).max)
        return np.rint(levels, out=levels).astype(dtype)
    if dtype == np.float16:
        values = np.clip(values, -HALF_MAX, HALF_MAX)
    return values.astype(dtype)


def opaque(dtype: np.dtype[np.generic]) -> int | float:
    """The alpha value that means fully opaque."""
    return int(np.iinfo(dtype.name).max) if np.issubdtype(dtype, np.integer) else 1.0
