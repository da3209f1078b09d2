# SPDX-License-Identifier: Apache-2.0
"""EXIF blocks: the tags of a TIFF without its pixels (EXIF 2.32, §4.5; TIFF 6.0, §2).

A block is changed in place, so that a camera maker's own notes, whose inner addresses nobody
knows, stay right. It is taken apart only for TIFF files, whose tags lie among their own.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field, replace

from server.engine.api import Size

ORIENTATION, SOFTWARE = 0x0112, 0x0131
EXIF_IFD, GPS_IFD, INTEROP_IFD = 0x8769, 0x8825, 0xA005
WIDTH, HEIGHT = 0xA002, 0xA003
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 0x011A, 0x011B, 0x0128
CHILDREN = (EXIF_IFD, GPS_IFD, INTEROP_IFD)
SHORT, LONG, RATIONAL = 3, 4, 5
SIZES = {
    **dict.fromkeys((1, 2, 6, 7), 1),
    **dict.fromkeys((3, 8), 2),
    **dict.fromkeys((4, 9, 11, 13), 4),
    **dict.fromkeys((5, 10, 12, 16, 17, 18), 8),
}
"""Bytes of one value of each TIFF type."""
WORDS = {1: 1, 2: 1, 6: 1, 7: 1, 3: 2, 8: 2, 4: 4, 9: 4, 11: 4, 13: 4, 5: 4, 10: 4}
"""Bytes that change places when the byte order does; 8 for all other types."""
ENTRIES_MAX, VALUE_MAX = 2000, 64 << 20
Read = Callable[[int, int], bytes]


@dataclass(frozen=True, kw_only=True)
class Form:
    """How an IFD is laid out: `struct`'s letters of its count and of offsets, the bytes of an
    offset, and the TIFF type of a pointer."""

    count: str
    offset: str
    room: int
    kind: int


CLASSIC = Form(count="H", offset="I", room=4, kind=LONG)
BIG = Form(count="Q", offset="Q", room=8, kind=16)
"""BigTIFF, for files of more than 4 GiB."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One tag: `data` in the byte order of its block, or the entries of an IFD it points to."""

    tag: int
    kind: int
    count: int
    data: bytes
    at: int = 0
    children: tuple[Entry, ...] = field(default=())


def is_exif(block: bytes) -> bool:
    """Whether it begins as a TIFF does."""
    return block[:4] in (b"II*\x00", b"MM\x00*") and len(block) >= 8


def cleaned(block: bytes, *, upright: Size | None = None) -> bytes | None:
    """The block without its thumbnail; None when it is none.

    upright: the size of the picture when its pixels were turned: orientation becomes 1 and the
    sizes are those. Damaged parts stay as they are.
    """
    block = block.removeprefix(b"Exif\x00\x00")
    if not is_exif(block):
        return None
    data, order = bytearray(block), _order(block)
    _drop_thumbnail(data, order)
    if upright is not None:
        for entry in all_entries(read_block(block)):
            values = {ORIENTATION: 1, WIDTH: upright[0], HEIGHT: upright[1]}
            if entry.tag in values and entry.count == 1 and entry.kind in (SHORT, LONG):
                form = order + ("H" if entry.kind == SHORT else "I")
                if values[entry.tag] < 1 << 8 * SIZES[entry.kind]:
                    struct.pack_into(form, data, entry.at, values[entry.tag])
    return bytes(data)


def with_orientation_1(block: bytes) -> bytes:
    """The block that says that the pixels lie as they should; all else stays."""
    data = bytearray(block)
    for entry in read_block(block):
        if entry.tag == ORIENTATION and entry.kind == SHORT and entry.count == 1:
            struct.pack_into(_order(block) + "H", data, entry.at, 1)
    return bytes(data)


def orientation_of(block: bytes | None) -> int:
    """1..8; 1 when nothing is said."""
    for entry in read_block(block or b""):
        if entry.tag == ORIENTATION and entry.kind == SHORT and entry.count == 1:
            value = struct.unpack(_order(block or b"") + "H", entry.data)[0]
            return value if 1 <= value <= 8 else 1
    return 1


def dpi_of(block: bytes) -> tuple[float, float] | None:
    """Pixels per inch as the tags of the first IFD say it."""
    return dpi_in(read_block(block), _order(block))


def dpi_in(entries: Iterable[Entry], order: str) -> tuple[float, float] | None:
    """Pixels per inch; None where only the shape of a pixel is said, or nothing."""
    found = {entry.tag: entry.data for entry in entries}
    unit = found.get(RESOLUTION_UNIT, b"")
    number = struct.unpack(order + "H", unit)[0] if len(unit) == 2 else 2
    values = [found.get(tag, b"") for tag in (X_RESOLUTION, Y_RESOLUTION)]
    if number not in (2, 3) or any(len(value) != 8 for value in values):
        return None
    ratios = [struct.unpack(order + "II", value) for value in values]
    x, y = (above / below if below else 0.0 for above, below in ratios)
    scale = 2.54 if number == 3 else 1.0
    return (x * scale, y * scale) if x > 0 and y > 0 else None


def read_block(block: bytes) -> tuple[Entry, ...]:
    """The tags of the first IFD and of those it points to; () for what is no EXIF."""
    if not is_exif(block):
        return ()
    order = _order(block)
    return tuple(read_ifd(_reader(block), struct.unpack_from(order + "I", block, 4)[0], order))


def order_of(block: bytes) -> str:
    """The byte order of a block, as `struct` says it."""
    return _order(block)


def all_entries(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries and those of the IFDs they point to."""
    for entry in entries:
        yield entry
        yield from all_entries(entry.children)


def write_block(entries: Iterable[Entry]) -> bytes:
    """A little-endian block of entries whose data are little-endian."""
    return b"II*\x00" + struct.pack("<I", 8) + write_ifd(entries, 8)


def write_ifd(entries: Iterable[Entry], base: int, form: Form = CLASSIC, order: str = "<") -> bytes:
    """An IFD that will lie at `base`, followed by what it points to; all in one byte order."""
    listed = sorted(entries, key=lambda entry: entry.tag)
    head = bytearray(struct.pack(order + form.count, len(listed)))
    at = base + len(head) + (4 + 2 * form.room) * len(listed) + form.room
    tail = bytearray()
    for entry in listed:
        data, kind, count = entry.data, entry.kind, entry.count
        if entry.children:
            place = at + len(tail)
            tail += write_ifd(entry.children, place, form, order)
            data, kind, count = struct.pack(order + form.offset, place), form.kind, 1
        if len(data) > form.room:
            place, data = at + len(tail), data + b"\x00" * (len(data) % 2)
            tail += data
            data = struct.pack(order + form.offset, place)
        head += struct.pack(order + "HH" + form.offset, entry.tag, kind, count)
        head += data.ljust(form.room, b"\x00")
    return bytes(head + bytes(form.room) + tail)


def with_entries(
    block: bytes, entries: Iterable[Entry], form: Form = CLASSIC, order: str = "<"
) -> bytes:
    """A block (or a whole TIFF) with entries added to its first IFD, or in the place of its own.

    That IFD is put at the end; nothing else moves, so that all addresses stay right.
    """
    link = 8 if form is BIG else 4
    at = struct.unpack_from(order + form.offset, block, link)[0]
    count = struct.unpack_from(order + form.count, block, at)[0]
    at += struct.calcsize(order + form.count)
    length, merged = 4 + 2 * form.room, dict[int, Entry]()
    for start in range(at, at + length * count, length):
        line = block[start : start + length]
        tag, kind, number = struct.unpack_from(order + "HH" + form.offset, line)
        merged[tag] = Entry(tag=tag, kind=kind, count=number, data=line[-form.room :])
    merged |= {entry.tag: entry for entry in entries}
    data = bytearray(block + b"\x00" * (len(block) % 2))
    struct.pack_into(order + form.offset, data, link, len(data))
    return bytes(data + write_ifd(merged.values(), len(data), form, order))


def with_resolution(block: bytes, dpi: tuple[float, float]) -> bytes:
    """The block saying that many pixels per inch; unchanged when it is damaged."""
    order = _order(block)
    try:
        return with_entries(block, resolution_entries(dpi, order), order=order)
    except struct.error:
        return block


def little(entry: Entry, order: str) -> Entry:
    """The entry with its data in little-endian."""
    if order == "<":
        return entry
    size = WORDS.get(entry.kind, 8)
    words = (entry.data[i : i + size][::-1] for i in range(0, len(entry.data), size))
    inner = tuple(little(child, order) for child in entry.children)
    return replace(entry, data=b"".join(words), children=inner)


def resolution_entries(dpi: tuple[float, float], order: str = "<") -> tuple[Entry, ...]:
    """Pixels per inch as tags."""
    x, y = (struct.pack(order + "II", *_ratio(value)) for value in dpi)
    return (
        Entry(tag=X_RESOLUTION, kind=RATIONAL, count=1, data=x),
        Entry(tag=Y_RESOLUTION, kind=RATIONAL, count=1, data=y),
        Entry(tag=RESOLUTION_UNIT, kind=SHORT, count=1, data=struct.pack(order + "H", 2)),
    )


def _ratio(value: float) -> tuple[int, int]:
    return (round(value), 1) if abs(value - round(value)) < 0.01 else (round(value * 10000), 10000)


def _reader(block: bytes) -> Read:
    return lambda at, length: block[at : at + length]


def _order(block: bytes) -> str:
    return ">" if block[:2] == b"MM" else "<"


def read_ifd(
    read: Read,
    at: int,
    order: str,
    *,
    form: Form = CLASSIC,
    without: Container[int] = (),
    depth: int = 0,
) -> Iterator[Entry]:
    """The entries of the IFD at `at`; those that do not fit into the data are left out.

    `read` gives bytes at an offset, fewer at the end. Tags in `without` are not looked at.
    """
    head = struct.calcsize(order + form.count)
    if len(start := read(at, head)) < head or depth > 2:
        return
    length = 4 + 2 * form.room
    for index in range(min(struct.unpack(order + form.count, start)[0], ENTRIES_MAX)):
        place = at + head + length * index
        if len(line := read(place, length)) < length:
            return
        tag, kind, number = struct.unpack_from(order + "HH" + form.offset, line)
        size, where = SIZES.get(kind, 0) * number, place + 4 + form.room
        if tag in without or not 0 < size <= VALUE_MAX:
            continue
        if size > form.room:
            where = struct.unpack(order + form.offset, line[-form.room :])[0]
        value, inside = read(where, size), ()
        if tag in CHILDREN and number == 1 and len(value) in (4, 8):
            child = int.from_bytes(value, "big" if order == ">" else "little")
            inside = tuple(read_ifd(read, child, order, form=form, depth=depth + 1))
        if len(value) == size and (inside or tag not in CHILDREN):
            yield Entry(tag=tag, kind=kind, count=number, data=value, at=where, children=inside)


def _drop_thumbnail(data: bytearray, order: str) -> None:
    """End the chain of IFDs after the first, and wipe the small picture: it shows what was before."""
    first = struct.unpack_from(order + "I", data, 4)[0]
    if first + 2 > len(data):
        return
    link = first + 2 + 12 * struct.unpack_from(order + "H", data, first)[0]
    if link + 4 > len(data):
        return
    second = struct.unpack_from(order + "I", data, link)[0]
    small = read_ifd(_reader(bytes(data)), second, order) if second else ()
    found = {entry.tag: entry for entry in small}
    if 0x0201 in found and 0x0202 in found and len(found[0x0201].data) == 4:
        start = struct.unpack(order + "I", found[0x0201].data)[0]
        length = int.from_bytes(found[0x0202].data, "big" if order == ">" else "little")
        end = min(start + length, len(data))
        if start < end:
            data[start:end] = bytes(end - start)
    struct.pack_into(order + "I", data, link, 0)
