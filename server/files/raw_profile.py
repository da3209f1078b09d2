# SPDX-License-Identifier: Apache-2.0
"""Metadata that PNGs hold as text in hexadecimal, as ImageMagick and exiftool write it; and
Photoshop's image resources, inside which IPTC records lie."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from server.files.metadata import Text

IPTC_RESOURCE, VERSION_RESOURCE = 0x0404, 0x0421


def raw_profile(texts: Mapping[str, Text], kind: str) -> bytes | None:
    """The bytes of “Raw profile type KIND”; for `iptc` without the resources around them."""
    text = texts.get(f"Raw profile type {kind}")
    parts = text.text.split() if text is not None else []
    if len(parts) < 3:
        return None
    try:
        data = bytes.fromhex("".join(parts[2:]))
    except ValueError:
        return None
    return iptc_in(data) if kind == "iptc" else data or None


def iptc_in(resources: bytes) -> bytes | None:
    """The IPTC records among Photoshop's resources; bare records are returned as they are."""
    if resources.startswith(b"\x1c"):
        return resources
    found = (data for number, data in resources_of(resources) if number == IPTC_RESOURCE)
    return next(found, None)


def resources_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Photoshop's image resources: number and content; stops at damage."""
    at = 0
    while data[at : at + 4] == b"8BIM" and at + 12 <= len(data):
        number, length = struct.unpack_from(">HB", data, at + 4)
        start = at + 7 + length + (1 - length % 2)
        if start + 4 > len(data):
            return
        size = struct.unpack_from(">I", data, start)[0]
        yield number, data[start + 4 : start + 4 + size]
        at = start + 4 + size + size % 2


def wrapped_iptc(records: bytes) -> str:
    """IPTC records as the text of “Raw profile type iptc”."""
    head = b"8BIM" + struct.pack(">HxxI", IPTC_RESOURCE, len(records))
    digits = (head + records + b"\x00" * (len(records) % 2)).hex()
    lines = "\n".join(digits[i : i + 72] for i in range(0, len(digits), 72))
    return f"\niptc\n{len(digits) // 2:8d}\n{lines}\n"
