# SPDX-License-Identifier: Apache-2.0
"""The one error of this package, and the limits every reader holds before it decodes."""

from __future__ import annotations

from server.engine.api import Size

PIXELS_MAX = 16384 * 16384
"""A document or layer of more pixels is refused before a single one is decoded."""

FILE_BYTES_MAX = 8 << 30
RATIO_MAX = 3000
"""Deflate packs at most 1032 to 1, TIFF's LZW 2731 to 1."""
READABLE = "PNG, JPEG, TIFF or OpenRaster"
"""What is offered to save as; more is read."""


class FileError(Exception):
    """A file that cannot be read or written; the message says why and what to do next."""


def check_size(name: str, size: Size) -> None:
    """Refuse sizes that no picture has, or that would fill the memory."""
    width, height = size
    if width < 1 or height < 1:
        raise FileError(f"{name} says it is {width} × {height} pixels; copy or export it again")
    if width * height > PIXELS_MAX:
        raise FileError(
            f"{name} has {width} × {height} pixels, more than the {PIXELS_MAX} (16384 × 16384) "
            "this program opens; crop or scale it first"
        )


def check_plausible(name: str, decoded: int, packed: int, *, free: int = 1 << 20) -> None:
    """Refuse headers that promise more than any of the codecs can unpack from so few bytes, before
    memory is set aside for it. Up to `free` bytes need no reason."""
    if decoded > RATIO_MAX * packed + free:
        raise damaged(name)


def damaged(name: str, part: str = "") -> FileError:
    """The sentence for a file whose rest is missing or wrong; `part` says what in it cannot be read."""
    where = f" ({part} cannot be read)" if part else ""
    return FileError(f"{name} is incomplete or damaged{where}: copy or export it again")


def not_an_image(name: str, why: str) -> FileError:
    """The sentence for a file of a kind that is not read."""
    return FileError(f"{name} is not an image this program reads: {why}; save it as {READABLE}")
