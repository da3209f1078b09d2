# SPDX-License-Identifier: GPL-3.0-or-later
"""The color profile inside a PNG file (chunk iCCP, ISO/IEC 15948 section 11.3.2.3)."""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

from .protocol.plugin.png import SIGNATURE

PROFILE_MAX = 8 << 20


def exported_profile(export: Callable[[Path], object]) -> bytes | None:
    """Return the profile that a program writes with a picture: `export(place)` writes a tiny PNG."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "profile.png"
        export(place)
        return profile_in_png(place)


def profile_in_png(place: Path) -> bytes | None:
    """Return the ICC profile of a PNG file, None when it has none."""
    data = place.read_bytes() if place.exists() else b""
    at = len(SIGNATURE)
    while data.startswith(SIGNATURE) and at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        if kind == b"iCCP":
            packed = body.partition(b"\0")[2][1:]
            return zlib.decompressobj().decompress(packed, PROFILE_MAX)
        at += 12 + length
    return None
