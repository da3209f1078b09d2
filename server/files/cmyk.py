# SPDX-License-Identifier: Apache-2.0
"""CMYK pictures as sRGB: edits and screens know no inks."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.files.errors import FileError
from server.files.picture import depth_words

Pixels = NDArray[Any]


def from_cmyk(pixels: Pixels, icc: bytes | None, name: str) -> Pixels:
    """(h, w, 4 or 5) inks, 0 = none, of 8 or 16 bit, as sRGB in the same depth; alpha stays.

    Through the picture's profile; without one, or with one that does not fit, by the plain formula
    R = (1 - C)(1 - K). Raises FileError for other depths.
    """
    if pixels.dtype.name not in ("uint8", "uint16"):
        raise FileError(
            f"{name} is a CMYK picture of {depth_words(pixels.dtype)}; convert it to RGB first"
        )
    inks = np.ascontiguousarray(pixels[..., :4])
    colors = _by_profile(inks, icc) if icc else None
    if colors is None:
        colors = _by_formula(inks)
    return np.concatenate((colors, pixels[..., 4:5]), axis=-1)


def _by_profile(inks: Pixels, icc: bytes) -> Pixels | None:
    import imagecodecs

    try:
        made = imagecodecs.cms_transform(
            inks,
            icc,
            bytes(imagecodecs.cms_profile("srgb")),
            colorspace="cmyk",
            outcolorspace="rgb",
            outdtype=inks.dtype.name,
            intent=1,  # relative colorimetric
        )
    except (imagecodecs.CmsError, ValueError) as problem:
        logging.getLogger(__name__).info("a CMYK profile was not used: %s", problem)
        return None
    return np.asarray(made)


def _by_formula(inks: Pixels) -> Pixels:
    top = np.float32(np.iinfo(inks.dtype.name).max)
    rest = 1 - inks.astype(np.float32) / top
    return np.rint(rest[..., :3] * rest[..., 3:] * top).astype(inks.dtype)
