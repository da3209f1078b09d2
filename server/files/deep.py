# SPDX-License-Identifier: Apache-2.0
"""Depths and colors of AVIF, JPEG 2000 and PPM that Pillow leaves out."""

from __future__ import annotations

import re
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.files.errors import FileError, damaged
from server.files.icc_of import BROADCAST, SRGB_CURVE, UNSPECIFIED, profile_of_code

HEAD = 1 << 18
"""Bytes in which the boxes that describe a picture are looked for."""
_NETPBM = re.compile(
    rb"P([56])(?:\s|#[^\n]*\n)+(\d+)(?:\s|#[^\n]*\n)+(\d+)(?:\s|#[^\n]*\n)+(\d+)\s"
)


def deep_pixels(data: bytes, kind: str, name: str) -> NDArray[np.uint16] | None:
    """The pixels as 16 bit when a file has more than 8 bit and Pillow would give 8; else None."""
    bits = 8
    if kind == "AVIF":
        bits = _bits_of_avif(data)
    elif kind == "JPEG2000":
        bits = _bits_of_jpeg2000(data)
    elif kind == "PPM":
        return _deep_netpbm(data, name)
    if bits <= 8:
        return None
    import imagecodecs

    decode = imagecodecs.avif_decode if kind == "AVIF" else imagecodecs.jpeg2k_decode
    try:
        pixels: NDArray[Any] = np.asarray(decode(data))
    except (imagecodecs.AvifError, imagecodecs.Jpeg2kError, ValueError, RuntimeError):
        raise damaged(name) from None
    return _spread(pixels, (1 << bits) - 1)


def profile_beside(data: bytes, kind: str, *, gray: bool) -> bytes | None:
    """The profile that an AVIF or JPEG 2000 says outside what Pillow reads; None for sRGB.

    Raises FileError, without the file's name, for HDR.
    """
    head = data[:HEAD]
    if kind == "AVIF" and (at := head.find(b"colrnclx")) >= 0 and at + 14 <= len(head):
        primaries, transfer = struct.unpack_from(">HH", head, at + 8)
        if transfer in BROADCAST:  # how still pictures are written by video programs
            transfer = SRGB_CURVE
        if UNSPECIFIED in (primaries, transfer):
            return None
        return profile_of_code(primaries, transfer, gray)
    if kind == "JPEG2000" and (at := head.find(b"colr\x02")) >= 4:
        length = struct.unpack_from(">I", data, at - 4)[0]
        profile = data[at + 7 : at - 4 + length]
        return profile if profile[36:40] == b"acsp" else None
    return None


def _bits_of_avif(data: bytes) -> int:
    at = data.find(b"av1C", 0, HEAD)
    if at < 0 or at + 7 > len(data):
        return 8
    flags = data[at + 6]
    return 8 if not flags & 0x40 else 12 if flags & 0x20 else 10


def _bits_of_jpeg2000(data: bytes) -> int:
    at = data.find(b"\xff\x4f\xff\x51", 0, HEAD)
    if at < 0 or at + 43 > len(data) or data[at + 42] & 0x80:
        return 8
    return (data[at + 42] & 0x7F) + 1


def _deep_netpbm(data: bytes, name: str) -> NDArray[np.uint16] | None:
    """A binary PGM or PPM with two bytes a sample (netpbm's own manual, `ppm`)."""
    found = _NETPBM.match(data[:4096])
    if found is None:
        return None
    kind, width, height, top = (int(group) for group in found.groups())
    if not 255 < top <= 65535:
        return None
    channels = 3 if kind == 6 else 1
    if len(data) - found.end() < 2 * width * height * channels:
        raise damaged(name)
    flat = np.frombuffer(data, ">u2", width * height * channels, found.end())
    return _spread(flat.reshape(height, width, channels), top)


def _spread(pixels: NDArray[Any], top: int) -> NDArray[np.uint16]:
    """0..top as 0..65535."""
    if top == 65535:
        return pixels.astype(np.uint16)
    if pixels.dtype.kind != "u":
        raise FileError("has samples of an unknown kind; save it in 8 or 16 bit")
    return np.rint(np.minimum(pixels, top) * (65535 / top)).astype(np.uint16)
