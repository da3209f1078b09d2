# SPDX-License-Identifier: Apache-2.0
"""The canonical bytes of a picture, so that Krita, GIMP and the command line agree on its hash.

DESIGN §6: straight RGBA, 16 bit, sRGB, RGB = 0 where alpha = 0; little endian, row by row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from protocol.source_hash import source_hash as digest_of
from server.engine.api import Picture
from server.engine.canvas.color import srgb_and_alpha


def source_hash_pixels(picture: Picture) -> bytes:
    """The picture as little-endian uint16 RGBA, h · w · 8 bytes."""
    integer = picture.pixels.dtype.kind == "u"
    plain = integer and picture.icc is None and not picture.linear
    canonical = _widened(picture) if plain else _converted(picture)
    canonical *= canonical[..., 3:] != 0
    return canonical.tobytes()


def _widened(picture: Picture) -> NDArray[np.uint16]:
    """Integers in sRGB need no color arithmetic: 8 bit times 257 is 16 bit."""
    height, width, channels = picture.pixels.shape
    rgba = np.full((height, width, 4), 65535, dtype="<u2")
    colors = channels - 1 if picture.has_alpha else channels
    rgba[..., :3] = picture.pixels[..., :colors]
    if picture.has_alpha:
        rgba[..., 3] = picture.pixels[..., -1]
    if picture.pixels.dtype == np.uint8:
        rgba[..., : 4 if picture.has_alpha else 3] *= np.uint16(257)
    return rgba


def _converted(picture: Picture) -> NDArray[np.uint16]:
    """Floats, linear light and profiles, by way of float sRGB."""
    rgb, alpha = srgb_and_alpha(picture)
    rgba = np.concatenate([rgb, alpha[..., None]], axis=-1)
    return np.rint(np.clip(rgba, 0.0, 1.0).astype(np.float64) * 65535.0).astype("<u2")


def source_hash(picture: Picture) -> str:
    """The digest of the canonical bytes as recipes hold it, in hexadecimal; see `protocol`."""
    height, width = picture.pixels.shape[:2]
    return digest_of(source_hash_pixels(picture), width, height)
