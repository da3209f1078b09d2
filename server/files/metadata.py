# SPDX-License-Identifier: Apache-2.0
"""What a file says about its picture beside the pixels, and is carried from file to file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """A PNG chunk as it was found; `after` the pixels or before them."""

    kind: bytes
    body: bytes
    after: bool = False


@dataclass(frozen=True, kw_only=True)
class Text:
    """A remark with its PNG keyword; `chunk` is how a PNG holds it, when it came from one."""

    keyword: str
    text: str
    chunk: Chunk | None = None


@dataclass(frozen=True, kw_only=True)
class ColorChunks:
    """How a PNG says what its numbers mean: its own chunks (cICP, iCCP, sRGB, gAMA, cHRM, mDCV …).

    meaning: the ICC profile that says the same, None for sRGB; as long as a picture has it, the
    chunks are written as they were.
    """

    chunks: tuple[Chunk, ...]
    meaning: bytes | None


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """Resolution and descriptions of a picture.

    dpi: horizontal and vertical pixels per inch. exif: a TIFF block (`II*` or `MM*` first) without
    thumbnail. xmp: one UTF-8 packet. iptc: IIM records. chunks: further PNG chunks that mean the
    same for changed pixels. form: bits and color type of the PNG that chunks came from.
    """

    dpi: tuple[float, float] | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    texts: tuple[Text, ...] = ()
    colors: ColorChunks | None = None
    chunks: tuple[Chunk, ...] = ()
    form: tuple[int, int] = (0, 0)


NOTHING = Metadata()
