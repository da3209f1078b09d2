# SPDX-License-Identifier: Apache-2.0
"""Photoshop documents for tests, written here: no program of theirs is at hand."""

from __future__ import annotations

import struct

import numpy as np


def psd(
    pixels: np.ndarray, *, real: bool = True, bits: int = 8, version: int = 1, layers: int = 0
) -> bytes:
    """A PSD with a merged picture and two resources, and a layer count of `layers`."""
    height, width, channels = pixels.shape
    head = b"8BPS" + struct.pack(">H6xHIIHH", version, channels, height, width, bits, 3)
    info = struct.pack(">IB", 1, int(real)) + bytes(11)
    inch = struct.pack(">IHHIHH", 300 << 16, 1, 1, 300 << 16, 1, 1)
    resources = b"".join(
        b"8BIM" + struct.pack(">HxxI", number, len(data)) + data
        for number, data in ((0x0421, info), (0x03ED, inch))
    )
    section = struct.pack(">Ih", 4, layers) + bytes(2) if layers else b""
    body = np.moveaxis(pixels, -1, 0).tobytes()
    return (
        head
        + bytes(4)
        + struct.pack(">I", len(resources))
        + resources
        + struct.pack(">I", len(section))
        + section
        + bytes(2)
        + body
    )
