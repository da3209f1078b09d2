# SPDX-License-Identifier: Apache-2.0
"""PNG in 8 and 16 bit, gray or RGB, with alpha, color chunks and metadata.

imagecodecs (libpng) codes the pixels; the chunks beside them are read and written in `png_chunks`.
"""

from __future__ import annotations

import struct
from typing import Any

import imagecodecs
import numpy as np

from server.engine.api import Picture, Size
from server.files.errors import FileError, check_plausible, check_size, damaged
from server.files.metadata import NOTHING, Metadata
from server.files.picture import depth_words, whole_picture
from server.files.png_chunks import before_and_after, read_metadata

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Of each PNG color type."""
HEADER_END, END_BYTES = 8 + 12 + 13, 12
"""Where the chunks after IHDR begin, and the length of IEND."""


def png_size(data: bytes, name: str) -> Size:
    """Width and height from the header alone."""
    if data[:8] != SIGNATURE or data[12:16] != b"IHDR" or len(data) < 26:
        raise damaged(name)
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
    except (imagecodecs.PngError, ValueError, RuntimeError):
        raise damaged(name) from None
    except MemoryError:
        raise FileError(f"{name} does not fit into memory; scale it down first") from None
    colors = png_metadata(data, name).colors
    return whole_picture(np.asarray(pixels), icc=colors.meaning if colors else None)


def png_metadata(data: bytes, name: str = "the PNG") -> Metadata:
    """What a PNG says beside its pixels. Raises FileError for colors that cannot be shown."""
    try:
        return read_metadata(data)
    except FileError as problem:
        raise FileError(f"{name} {problem}") from None


def encode_png(picture: Picture, metadata: Metadata = NOTHING) -> bytes:
    """A picture of 8 or 16 bit as PNG, profile and metadata included. Raises FileError for floats."""
    if picture.pixels.dtype.kind != "u":
        raise FileError(
            f"PNG cannot hold {depth_words(picture.pixels.dtype)} pixels; write .tif or .ora instead"
        )
    pixels = picture.pixels[..., 0] if picture.pixels.shape[2] == 1 else picture.pixels
    data = bytes(imagecodecs.png_encode(np.ascontiguousarray(pixels), level=6))
    before, after = before_and_after(metadata, picture.icc, (data[24], data[25]))
    return data[:HEADER_END] + before + data[HEADER_END:-END_BYTES] + after + data[-END_BYTES:]
