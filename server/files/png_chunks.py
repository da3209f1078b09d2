# SPDX-License-Identifier: Apache-2.0
"""The chunks of a PNG beside its pixels: which of them stay true for changed pixels, and how they
are read and written (PNG specification, third edition, §5 and §11.3).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator

from server.files import exif
from server.files.icc_of import meaning_of, profile_in
from server.files.metadata import Chunk, ColorChunks, Metadata, Text
from server.files.raw_profile import raw_profile, wrapped_iptc

COLOR = (b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"mDCV", b"mDCv", b"cLLI", b"cLLi")
"""They say together what the numbers mean; the first of cICP, iCCP, sRGB, gAMA counts."""
OF_FORM = (b"sBIT", b"bKGD")
"""They fit one color type and depth only."""
STAYING = (b"sPLT", b"oFFs", b"pCAL", b"sCAL", b"sTER")
OWN = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"hIST", b"tIME")
"""Written anew or no longer true: among them the date of the last change."""
TEXTS = (b"tEXt", b"zTXt", b"iTXt")
XMP_KEYWORD = "XML:com.adobe.xmp"
UNPACKED_MAX = 16 << 20
ALL_MAX = 128 << 20
"""What chunks may hold together; further ones are left out."""
INCH = 0.0254


def chunks_of(data: bytes) -> Iterator[Chunk]:
    """All chunks without the pixels; stops at anything damaged."""
    at, after, total = 8, False, 0
    while at + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + size > len(data):
            return
        if kind == b"IDAT":
            after = True
        else:
            total += size
            if total > ALL_MAX:
                return
            yield Chunk(kind=kind, body=data[at + 8 : at + 8 + size], after=after)
        at += 12 + size


def packed(chunk: Chunk) -> bytes:
    """A chunk with its length and checksum."""
    crc = zlib.crc32(chunk.kind + chunk.body)
    return struct.pack(">I", len(chunk.body)) + chunk.kind + chunk.body + struct.pack(">I", crc)


def read_metadata(data: bytes) -> Metadata:
    """All that a PNG says beside its pixels. Raises FileError for colors that cannot be shown."""
    form = (data[24], data[25]) if len(data) > 25 else (0, 0)
    chunks = list(chunks_of(data))
    colors = tuple(chunk for chunk in chunks if chunk.kind in COLOR and not _is_broken(chunk))
    texts = [text for chunk in chunks if chunk.kind in TEXTS for text in _text(chunk)]
    exifs = [chunk.body for chunk in chunks if chunk.kind == b"eXIf"]
    found = {text.keyword: text for text in reversed(texts)}
    exifs += [block for block in (raw_profile(found, "exif"), raw_profile(found, "APP1")) if block]
    xmp = found.get(XMP_KEYWORD)
    return Metadata(
        dpi=_dpi(chunks),
        exif=next((block for block in map(exif.cleaned, exifs) if block), None),
        xmp=xmp.text.encode() if xmp else raw_profile(found, "xmp"),
        iptc=raw_profile(found, "iptc"),
        texts=tuple(text for text in texts if not _is_own(text.keyword)),
        colors=ColorChunks(chunks=colors, meaning=meaning_of(colors, form[1] in (0, 4)))
        if colors
        else None,
        chunks=tuple(chunk for chunk in chunks if _stays(chunk)),
        form=form,
    )


def before_and_after(
    metadata: Metadata, icc: bytes | None, form: tuple[int, int]
) -> tuple[bytes, bytes]:
    """The chunks to write before and after the pixels of a PNG of that form and profile."""
    chunks = list(_color_chunks(metadata, icc))
    if metadata.dpi is not None:
        per_meter = [min(max(round(value / INCH), 1), 2**31 - 1) for value in metadata.dpi]
        chunks.append(Chunk(kind=b"pHYs", body=struct.pack(">IIB", *per_meter, 1)))
    if metadata.exif is not None:
        chunks.append(Chunk(kind=b"eXIf", body=metadata.exif))
    if metadata.xmp is not None:
        body = XMP_KEYWORD.encode() + bytes(5) + metadata.xmp
        chunks.append(Chunk(kind=b"iTXt", body=body))
    if metadata.iptc is not None:
        chunks.append(_text_chunk("Raw profile type iptc", wrapped_iptc(metadata.iptc)))
    chunks += [text.chunk or _text_chunk(text.keyword, text.text) for text in metadata.texts]
    chunks += [c for c in metadata.chunks if c.kind not in OF_FORM or metadata.form == form]
    before = b"".join(packed(chunk) for chunk in chunks if not chunk.after)
    return before, b"".join(packed(chunk) for chunk in chunks if chunk.after)


def _color_chunks(metadata: Metadata, icc: bytes | None) -> Iterable[Chunk]:
    """The source's own as long as they mean the same; a chunk with the profile otherwise."""
    colors = metadata.colors
    if colors is not None and colors.meaning == icc:
        return colors.chunks
    if icc is None:
        return ()
    return (Chunk(kind=b"iCCP", body=b"icc\x00\x00" + zlib.compress(icc, 9)),)


def _is_broken(chunk: Chunk) -> bool:
    """Whether it holds a profile that cannot be unpacked; it would mislead other programs, too."""
    return chunk.kind == b"iCCP" and profile_in(chunk.body) is None


def _stays(chunk: Chunk) -> bool:
    """Whether a chunk is copied as it is: known ones, and those that say that they may be."""
    if chunk.kind in (*COLOR, *OWN, *TEXTS, b"eXIf"):
        return False
    if chunk.kind == b"pHYs":  # without a unit it says the shape of a pixel
        return chunk.body[-1:] == b"\x00"
    return chunk.kind in (*STAYING, *OF_FORM) or chunk.kind[3:4].islower()


def _is_own(keyword: str) -> bool:
    """Keywords whose content is carried by fields of its own."""
    kinds = ("exif", "app1", "xmp", "iptc", "icc", "icm", "8bim")
    return keyword == XMP_KEYWORD or keyword.lower() in {f"raw profile type {k}" for k in kinds}


def _dpi(chunks: Iterable[Chunk]) -> tuple[float, float] | None:
    for chunk in chunks:
        if chunk.kind == b"pHYs" and len(chunk.body) == 9 and chunk.body[8] == 1:
            x, y = struct.unpack(">II", chunk.body[:8])
            return (x * INCH, y * INCH) if x and y else None
    return None


def _text(chunk: Chunk) -> Iterator[Text]:
    """Keyword and text of a text chunk; nothing for damaged ones and bombs."""
    keyword, _, rest = chunk.body.partition(b"\x00")
    try:
        if chunk.kind == b"tEXt":
            text = rest.decode("latin-1")
        elif chunk.kind == b"zTXt":
            text = _unpacked(rest[1:]).decode("latin-1")
        else:
            squeezed, rest = rest[:1], rest[2:]
            _, _, rest = rest.partition(b"\x00")
            _, _, rest = rest.partition(b"\x00")
            text = (_unpacked(rest) if squeezed == b"\x01" else rest).decode("utf-8")
    except (zlib.error, UnicodeDecodeError, ValueError):
        return
    yield Text(keyword=keyword.decode("latin-1"), text=text, chunk=chunk)


def _unpacked(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(data, UNPACKED_MAX)
    if not unpacker.eof:
        raise ValueError("larger than any text")
    return text


def _text_chunk(keyword: str, text: str) -> Chunk:
    """A text as PNG: Latin-1 where that is enough, UTF-8 otherwise."""
    name = keyword.encode("latin-1", "replace")[:79].strip() or b"Comment"
    try:
        plain = text.encode("latin-1")
    except UnicodeEncodeError:
        return Chunk(kind=b"iTXt", body=name + bytes(5) + text.encode("utf-8", "replace"))
    if len(plain) > 1024:
        return Chunk(kind=b"zTXt", body=name + bytes(2) + zlib.compress(plain))
    return Chunk(kind=b"tEXt", body=name + b"\x00" + plain)
