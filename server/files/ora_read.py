# SPDX-License-Identifier: Apache-2.0
"""OpenRaster, reading: a zip of PNG layers and a stack.xml that says how they lie.

Nothing of the archive is trusted: members are only ever read by name into memory, sizes are
checked before and while unpacking, and XML with a document type (entity bombs) is refused.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from server.engine.api import Picture, Size
from server.files.document import Document, FileLayer
from server.files.errors import FileError, check_size, not_an_image
from server.files.png import decode_png
from server.files.tiff import decode_tiff

MIMETYPE = b"image/openraster"
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
STACK_BYTES_MAX = 8 << 20
MEMBER_BYTES_MAX = 4 << 30
MEMBERS_MAX = 100_000
OWN_FOLDER = "pullbrush/"
EXACT_FOLDER = "pullbrush/layers/"
"""Float layers lie here as TIFF, next to the 16-bit PNG that other programs show."""


def read_ora(path: Path) -> Document:
    """The layers of an OpenRaster file, topmost first; groups are dissolved into their layers."""
    with _opened(path) as archive:
        if len(archive.infolist()) > MEMBERS_MAX:
            raise not_an_image(path.name, f"it has more than {MEMBERS_MAX} entries")
        root = _stack(_member(archive, "stack.xml", STACK_BYTES_MAX, path.name), path.name)
        names = set(archive.namelist())
    size = _size(root, path.name)
    stack = root.find("stack")
    found = [] if stack is None else list(_layers(stack, (0, 0), 1.0, True))
    if not found:
        raise not_an_image(path.name, "it holds no layer")
    layers = tuple(_file_layer(path, size, layer, source, names) for layer, source in found)
    entries = {
        name: _loader(path, name)
        for name in sorted(names)
        if name.startswith(OWN_FOLDER) and not name.endswith("/")
    }
    return Document(name=path.name, size=size, layers=layers, entries=entries)


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGE:
        raise not_an_image(path.name, "the archive is truncated or damaged") from None
    try:
        kind = _member(archive, "mimetype", 64, path.name).strip()
    except FileError:
        kind = b""
    if kind != MIMETYPE:
        archive.close()
        raise not_an_image(path.name, "it is a zip archive but no OpenRaster file")
    return archive


def _member(archive: zipfile.ZipFile, member: str, limit: int, name: str) -> bytes:
    """One member in memory, never more than `limit` bytes of it, whatever the archive claims."""
    try:
        info = archive.getinfo(member)
    except KeyError:
        raise not_an_image(name, f"“{member}” is missing in it") from None
    if info.file_size > limit:
        raise not_an_image(name, f"“{member}” in it is larger than {limit} bytes")
    try:
        with archive.open(info) as stream:
            return _limited(stream, limit, member, name)
    except DAMAGE as error:
        raise not_an_image(name, f"“{member}” in it is damaged ({error})") from None


def _limited(stream: IO[bytes], limit: int, member: str, name: str) -> bytes:
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise not_an_image(name, f"“{member}” in it is larger than {limit} bytes")
    return data


def _stack(data: bytes, name: str) -> ElementTree.Element:
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\x00" in data:
        raise not_an_image(name, "its list of layers declares a document type or is not UTF-8")
    try:
        return ElementTree.fromstring(data)  # noqa: S314 - no document type, hence no entities
    except ElementTree.ParseError as error:
        raise not_an_image(name, f"its list of layers is damaged ({error})") from None


def _size(root: ElementTree.Element, name: str) -> Size:
    size = (_whole(root.get("w"), 0), _whole(root.get("h"), 0))
    check_size(name, size)
    return size


def _layers(
    stack: ElementTree.Element, offset: tuple[int, int], opacity: float, visible: bool
) -> Iterator[tuple[FileLayer, str]]:
    """The layers of a stack with its offset, opacity and visibility applied to each, and the
    member that holds their pixels."""
    for element in stack:
        at = (offset[0] + _whole(element.get("x"), 0), offset[1] + _whole(element.get("y"), 0))
        strength = opacity * _fraction(element.get("opacity"))
        shown = visible and element.get("visibility", "visible") != "hidden"
        if element.tag == "stack":
            yield from _layers(element, at, strength, shown)
        elif element.tag == "layer":
            layer = FileLayer(
                name=element.get("name", ""),
                load=_nothing,
                offset=at,
                opacity=strength,
                visible=shown,
                mode=element.get("composite-op", "svg:src-over"),
            )
            yield layer, element.get("src", "")


def _nothing() -> Picture:
    raise FileError("this layer has no pixels")


def _file_layer(
    path: Path, size: Size, layer: FileLayer, source: str, names: set[str]
) -> FileLayer:
    """The layer with ways to get its pixels; an exact TIFF twin goes before the PNG."""
    exact = exact_member(source)

    def load() -> Picture:
        with _opened(path) as archive:
            if exact in names:
                data = _member(archive, exact, MEMBER_BYTES_MAX, path.name)
                picture = decode_tiff(io.BytesIO(data), f"layer “{layer.name}” of {path.name}")
            else:
                data = _member(archive, source, MEMBER_BYTES_MAX, path.name)
                picture = decode_png(data, f"layer “{layer.name}” of {path.name}")
        height, width = picture.pixels.shape[:2]
        return replace(picture, rect=(*layer.offset, width, height), document=size)

    return replace(layer, load=load, png=_loader(path, source))


def _loader(path: Path, member: str) -> Callable[[], bytes]:
    def load() -> bytes:
        with _opened(path) as archive:
            return _member(archive, member, MEMBER_BYTES_MAX, path.name)

    return load


def exact_member(source: str) -> str:
    """Where the exact TIFF of a float layer lies, from the layer's PNG member."""
    return EXACT_FOLDER + Path(source).stem + ".tif"


def _whole(text: str | None, default: int) -> int:
    try:
        return int(float(text)) if text is not None else default
    except (ValueError, OverflowError):
        return default


def _fraction(text: str | None) -> float:
    try:
        return min(max(float(text), 0.0), 1.0) if text is not None else 1.0
    except ValueError:
        return 1.0
