# SPDX-License-Identifier: Apache-2.0
"""PNG in 8 and 16 bit, gray or RGB, with alpha and ICC profile.

imagecodecs (libpng) codes the pixels; the chunks it does not know (iCCP) are read and written
here: PNG specification, §5 (chunk layout) and §11.3.2.3 (iCCP).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any

import imagecodecs
import numpy as np

from server.engine.api import Picture, Size
from server.files.errors import FileError, check_plausible, check_size, not_an_image
from server.files.picture import whole_picture

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Of each PNG color type."""
PROFILE_BYTES_MAX = 16 << 20


def png_size(data: bytes, name: str) -> Size:
    """Width and height from the header alone."""
    if data[:8] != SIGNATURE or data[12:16] != b"IHDR" or len(data) < 26:
        raise not_an_image(name, "its PNG header is damaged")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def decode_png(data: bytes, name: str) -> Picture:
    """The pixels and profile of a PNG; palettes become RGB, 1, 2 and 4 bit become 8."""
    width, height = png_size(data, name)
    check_size(name, (width, height))
    bits = data[24] * CHANNELS.get(data[25], 4)
    check_plausible(name, width * height * bits // 8, len(data))
    try:
        pixels: Any = imagecodecs.png_decode(data)
    except (imagecodecs.PngError, ValueError, RuntimeError) as error:
        raise not_an_image(name, f"its PNG data is damaged ({error})") from None
    except MemoryError:
        raise FileError(f"{name} does not fit into memory; scale it down first") from None
    return whole_picture(np.asarray(pixels), icc=_profile(data))


def encode_png(picture: Picture, level: int = 6) -> bytes:
    """A picture of 8 or 16 bit as PNG, profile included. Raises FileError for floats."""
    if picture.pixels.dtype.kind != "u":
        raise FileError(
            f"PNG cannot hold {picture.pixels.dtype.name} pixels; write .tif or .ora instead"
        )
    pixels = picture.pixels[..., 0] if picture.pixels.shape[2] == 1 else picture.pixels
    data = bytes(imagecodecs.png_encode(np.ascontiguousarray(pixels), level=level))
    if picture.icc is None:
        return data
    header_end = 8 + 4 + 4 + 13 + 4
    profile = _chunk(b"iCCP", b"icc\x00\x00" + zlib.compress(picture.icc, 9))
    return data[:header_end] + profile + data[header_end:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Chunks before the pixels; stops at anything damaged."""
    at = 8
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind == b"IDAT" or at + 12 + size > len(data):
            return
        yield kind, data[at + 8 : at + 8 + size]
        at += 12 + size


def _profile(data: bytes) -> bytes | None:
    """The ICC profile, None when there is none or it is damaged or a bomb."""
    for kind, body in _chunks(data):
        if kind == b"iCCP":
            _, _, packed = body.partition(b"\x00")
            unpacker = zlib.decompressobj()
            try:
                profile = unpacker.decompress(packed[1:], PROFILE_BYTES_MAX)
            except zlib.error:
                return None
            return profile if unpacker.eof and profile else None
    return None
