# SPDX-License-Identifier: Apache-2.0
"""The canonical bytes of a picture, so that Krita, GIMP and the command line agree on its hash.

DESIGN §6: straight RGBA, 16 bit, sRGB, RGB = 0 where alpha = 0; little endian, row by row.
"""

from __future__ import annotations

import hashlib

import numpy as np

from server.engine.api import Picture
from server.engine.canvas.color import srgb_and_alpha


def source_hash_pixels(picture: Picture) -> bytes:
    """The picture as little-endian uint16 RGBA, h · w · 8 bytes."""
    rgb, alpha = srgb_and_alpha(picture)
    rgba = np.concatenate([rgb, alpha[..., None]], axis=-1)
    canonical = np.rint(np.clip(rgba, 0.0, 1.0).astype(np.float64) * 65535.0).astype("<u2")
    canonical[canonical[..., 3] == 0] = 0
    return canonical.tobytes()


def source_hash(picture: Picture) -> str:
    """SHA-256 of the canonical bytes and the size they stand for, in hexadecimal."""
    height, width = picture.pixels.shape[:2]
    digest = hashlib.sha256(f"{width}x{height}:".encode())
    digest.update(source_hash_pixels(picture))
    return digest.hexdigest()
