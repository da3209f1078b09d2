# SPDX-License-Identifier: Apache-2.0
"""What a file holds beside what is read of it: further pages and frames, inks, layers."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import tifffile
from PIL import Image

from server.files.pillow import ERRORS, format_of
from server.files.png import HEADER_END, SIGNATURE

SEPARATED = 5
"""TIFF 6.0, PhotometricInterpretation: inks."""
TIFF_STARTS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
ANIMATED = ("GIF", "WEBP", "AVIF")
INKED = ("JPEG", "PSD", "JPEG2000")
SUBFILE_TAG, REDUCED, MASK = 254, 1, 4
"""TIFF 6.0, NewSubfileType: a smaller version of another page, a page's transparency."""
CONTROL = b"acTL"
"""The chunk before the pixels that says how many frames an animated PNG has."""


def pages_of(path: Path) -> int:
    """The pages of a readable TIFF file, without small versions and masks of others."""
    try:
        with tifffile.TiffFile(path) as tiff:
            return max(1, sum(_is_page(page) for page in tiff.pages))
    except Exception:  # what is damaged behind the first page is not read anyway
        return 1


def _is_page(page: Any) -> bool:
    tag = page.tags.get(SUBFILE_TAG)
    kind = 0 if tag is None else tag.value
    return not (isinstance(kind, int) and kind & (REDUCED | MASK))


def frames_of(path: Path, start: bytes) -> int:
    """The frames of a readable picture file with these first bytes; 1 for one that stands still."""
    if start.startswith(SIGNATURE):
        return _frames_of_png(path.read_bytes())
    kind = format_of(start, path.suffix)
    if kind not in ANIMATED:
        return 1
    try:
        with Image.open(path, formats=(kind,)) as image:
            return max(1, int(getattr(image, "n_frames", 1)))
    except (*ERRORS, EOFError, MemoryError):
        return 1


def is_cmyk(path: Path, start: bytes) -> bool:
    """Whether the colors of a readable picture file with these first bytes are inks."""
    if start.startswith(TIFF_STARTS):
        try:
            with tifffile.TiffFile(path) as tiff:
                return int(tiff.pages[0].aspage().photometric) == SEPARATED
        except Exception:  # tifffile raises a different type for every kind of damage
            return False
    kind = format_of(start, path.suffix)
    if kind not in INKED:
        return False
    try:
        with Image.open(path, formats=(kind,)) as image:
            return image.mode == "CMYK"
    except (*ERRORS, MemoryError):
        return False


def _frames_of_png(data: bytes) -> int:
    """By the chunks before the pixels: length, kind, body, checksum."""
    at = HEADER_END
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == CONTROL and length >= 8:
            return max(1, struct.unpack_from(">I", data, at + 8)[0])
        if kind in (b"IDAT", b"IEND"):
            break
        at += 12 + length
    return 1
