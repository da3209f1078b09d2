# SPDX-License-Identifier: Apache-2.0
"""The tags of a TIFF that describe its picture, read and written beside those of its pixels.

tifffile decodes what it knows; here tags stay the bytes they are, so that none is lost or bent.
"""

from __future__ import annotations

import struct
from typing import IO

from server.files import exif, xmp
from server.files.exif import BIG, CLASSIC, Entry
from server.files.metadata import Metadata, Text
from server.files.raw_profile import iptc_in

XMP, IPTC, PHOTOSHOP, PROFILE = 700, 33723, 34377, 34675
DNG_VERSION = 50706
OF_PIXELS = frozenset(
    (
        *range(254, 260),
        *(262, 263, 264, 265, 266, 273, 274, 277, 278, 279, 280, 281, 284, 288, 289, 290, 291, 292),
        *(293, 297, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 330, 332, 333, 334, 336, 337),
        *(338, 339, 340, 341, 342, 343, 344, 345, 346, 347, 351, 400, *range(512, 522)),
        *(529, 530, 531, 532, 559, 32932, 32996, 32997, 32998, PROFILE, 37724, 50838, 50839),
    )
)
"""Layout, colors and parts of the stored picture, and other programs' layers: written anew or no
longer true."""
RESOLUTION = (exif.X_RESOLUTION, exif.Y_RESOLUTION, exif.RESOLUTION_UNIT)
CARRIED_APART = (XMP, IPTC, PHOTOSHOP, *RESOLUTION)
ASCII = 2
KEYWORDS = {
    "Title": 269,
    "Description": 270,
    "Comment": 270,
    "Software": exif.SOFTWARE,
    "Author": 315,
    "Copyright": 33432,
}
"""PNG's keywords as tags."""


def tiff_metadata(stream: IO[bytes]) -> Metadata:
    """What the first page of a TIFF says beside its pixels, which are turned upright."""
    head = _at(stream, 0, 16)
    order = ">" if head[:2] == b"MM" else "<"
    form = BIG if head[2:4] in (b"+\x00", b"\x00+") else CLASSIC
    first = struct.unpack_from(order + form.offset, head, 8 if form is BIG else 4)[0]
    found = list(
        exif.read_ifd(
            lambda at, length: _at(stream, at, length), first, order, form=form, without=OF_PIXELS
        )
    )
    by_tag = {entry.tag: entry for entry in found}
    kept = [exif.little(entry, order) for entry in found if entry.tag not in CARRIED_APART]
    packet = by_tag.get(XMP)
    resources, records = by_tag.get(PHOTOSHOP), by_tag.get(IPTC)
    inner = iptc_in(resources.data) if resources is not None else None
    return Metadata(
        dpi=exif.dpi_in(by_tag.values(), order),
        exif=exif.write_block(kept) if kept else None,
        xmp=xmp.upright(packet.data.rstrip(b"\x00")) if packet is not None else None,
        iptc=records.data if records is not None else inner,
    )


def with_tags(tiff: bytes, metadata: Metadata) -> bytes:
    """A little-endian TIFF of one page with the metadata in its IFD, which is put at the end."""
    form = BIG if tiff[2:4] == b"+\x00" else CLASSIC
    new = _entries_of(metadata)
    return exif.with_entries(tiff, new, form) if new else tiff


def _entries_of(metadata: Metadata) -> list[Entry]:
    """Metadata as little-endian tags."""
    block = metadata.exif or b""
    order = exif.order_of(block)
    skipped = (*OF_PIXELS, *CARRIED_APART)
    entries = [exif.little(e, order) for e in exif.read_block(block) if e.tag not in skipped]
    tags = {entry.tag for entry in entries}
    for text in metadata.texts:
        tag = KEYWORDS.get(text.keyword, 0)
        if tag and tag not in tags:
            tags.add(tag)
            entries.append(_ascii(tag, text))
    if metadata.dpi is not None:
        entries += exif.resolution_entries(metadata.dpi)
    packet = xmp.upright(metadata.xmp) if metadata.xmp else None
    for tag, kind, data in ((XMP, 1, packet), (IPTC, 7, metadata.iptc)):
        if data:
            entries.append(Entry(tag=tag, kind=kind, count=len(data), data=data))
    return entries


def _ascii(tag: int, text: Text) -> Entry:
    data = text.text.encode("utf-8", "replace").replace(b"\x00", b" ") + b"\x00"
    return Entry(tag=tag, kind=ASCII, count=len(data), data=data)


def _at(stream: IO[bytes], at: int, length: int) -> bytes:
    try:
        stream.seek(at)
        return stream.read(length)
    except (OSError, ValueError, OverflowError):
        return b""
