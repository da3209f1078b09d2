# SPDX-License-Identifier: Apache-2.0
"""Small 8-bit PNGs with the standard library: masks of recipes, thumbnails of the history, film strips.

Portable Network Graphics (ISO/IEC 15948): no interlacing, no palette. Paint programs' Pythons have no
imaging library, and a mask in a recipe should open in any viewer.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping

SIGNATURE = b"\x89PNG\r\n\x1a\n"
SIDE_MAX = 16_384
PIXELS_MAX = 64 << 20
LEVEL = 1
"""Masks are mostly flat, and this runs in a paint program's main thread: quick counts."""
_COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


def write_png(
    data: bytes | bytearray | memoryview,
    width: int,
    height: int,
    channels: int,
    *,
    notes: Mapping[str, str] | None = None,
    small: bool = False,
) -> bytes:
    """Pack rows of 1 (gray), 2 (gray and alpha), 3 (RGB) or 4 (RGBA) bytes a pixel.

    `notes` are short Latin texts kept with the picture (see `read_note`); `small` takes more time to save bytes.
    Raises ValueError when the bytes are not width × height × channels.
    """
    row = width * channels
    if len(data) != row * height or channels not in _COLOR_TYPES:
        raise ValueError(
            f"{width} × {height} × {channels} needs {row * height} bytes, not {len(data)}"
        )
    view = memoryview(data)
    lines = [bytes(view[y * row : (y + 1) * row]) for y in range(height)]
    rows = b"".join(_sub(line, channels) if small else b"\0" + line for line in lines)
    head = struct.pack(">IIBBBBB", width, height, 8, _COLOR_TYPES[channels], 0, 0, 0)
    texts = [f"{key}\0{text}".encode("latin-1") for key, text in (notes or {}).items()]
    parts = (
        (b"IHDR", head),
        *((b"tEXt", text) for text in texts),
        (b"IDAT", zlib.compress(rows, 9 if small else LEVEL)),
        (b"IEND", b""),
    )
    return SIGNATURE + b"".join(_chunk(kind, body) for kind, body in parts)


def read_png(png: bytes) -> tuple[bytes, int, int, int]:
    """Return (data, width, height, channels); raises ValueError for anything else than 8-bit plain PNG."""
    if not png.startswith(SIGNATURE):
        raise ValueError("this is no PNG")
    chunks = list(_chunks(png))
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13:
        raise ValueError("this PNG has no head")
    width, height, depth, color, *rest = struct.unpack(">IIBBBBB", chunks[0][1])
    channels = {color: n for n, color in _COLOR_TYPES.items()}.get(color)
    if channels is None or depth != 8 or rest != [0, 0, 0]:
        raise ValueError("only plain 8-bit PNGs are read here")
    if not (0 < width <= SIDE_MAX and 0 < height <= SIDE_MAX and width * height <= PIXELS_MAX):
        raise ValueError(f"a PNG of {width} × {height} pixels is too large")
    packed = b"".join(body for kind, body in chunks if kind == b"IDAT")
    rows = _inflate(packed, (width * channels + 1) * height)
    return bytes(_unfilter(rows, width * channels, height, channels)), width, height, channels


def read_note(png: bytes, key: str) -> str:
    """Return a text that is kept with the picture, "" without it; raises ValueError for a damaged PNG."""
    begin = key.encode("latin-1") + b"\0"
    for kind, body in _chunks(png):
        if kind == b"tEXt" and body.startswith(begin):
            return body[len(begin) :].decode("latin-1")
    return ""


def _sub(row: bytes, step: int) -> bytes:
    """A row after the filter that leaves differences to the pixel on the left."""
    return b"\1" + bytes(
        [(now - left) & 255 for now, left in zip(row, bytes(step) + row, strict=False)]
    )


def _inflate(packed: bytes, nbytes: int) -> bytes:
    try:
        rows = zlib.decompressobj().decompress(packed, nbytes + 1)
    except zlib.error as problem:
        raise ValueError(f"this PNG is damaged: {problem}") from None
    if len(rows) != nbytes:
        raise ValueError(f"this PNG has {len(rows)} bytes of pixels instead of {nbytes}")
    return rows


def _unfilter(rows: bytes, width: int, height: int, step: int) -> bytearray:
    """Undo the five row filters; `step` is the bytes of one pixel."""
    out = bytearray()
    above = bytearray(width)
    for y in range(height):
        kind, row = (
            rows[y * (width + 1)],
            bytearray(rows[y * (width + 1) + 1 : (y + 1) * (width + 1)]),
        )
        if kind > 4:
            raise ValueError(f"this PNG uses an unknown filter {kind}")
        if kind:
            for i in range(width):
                left = row[i - step] if i >= step else 0
                corner = above[i - step] if i >= step else 0
                row[i] = row[i] + _guess(kind, left, above[i], corner) & 255
        out += row
        above = row
    return out


def _guess(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:  # Paeth: whichever of the three neighbors is nearest to left + up - corner
        nearest = left + up - corner
        return min((left, up, corner), key=lambda value: abs(nearest - value))
    return (0, left, up, (left + up) // 2)[kind]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, at)
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        check = png[at + 8 + length : at + 12 + length]
        if len(body) != length or check != struct.pack(">I", zlib.crc32(kind + body)):
            raise ValueError("this PNG is damaged")
        yield kind, body
        at += 12 + length
