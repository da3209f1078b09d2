# SPDX-License-Identifier: Apache-2.0
"""OpenRaster, reading: a zip of PNG layers and a stack.xml that says how they lie in groups."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from server.engine.api import Picture, Size
from server.files import exif, xmp
from server.files.document import NORMAL, Document, FileLayer, Group, Node
from server.files.errors import PIXELS_MAX, FileError, check_size, not_an_image
from server.files.metadata import NOTHING, Metadata
from server.files.ora_archive import OraArchive
from server.files.ora_stack import HIDDEN_BY, STACK_BYTES_MAX, Element, StackText, parse_stack
from server.files.png import SIGNATURE, decode_png, png_metadata, png_size
from server.files.tiff import decode_tiff

OWN_FOLDER = "pullbrush/"
EXACT_FOLDER = "pullbrush/layers/"
"""Float layers lie here as TIFF, next to the 16-bit PNG that other programs show."""
MERGED = "mergedimage.png"
TOTAL_PIXELS_MAX = 64 * PIXELS_MAX
"""All layers of a file together."""


def read_ora(path: Path) -> Document:
    """The layers and groups of an OpenRaster file, topmost first."""
    archive = OraArchive(path)
    stack = read_stack(archive)
    size = (_whole(stack.image.get("w"), 0), _whole(stack.image.get("h"), 0))
    check_size(path.name, size)
    reader = _Nodes(archive, size)
    nodes = () if stack.root is None else reader.children(stack.root, (0, 0))
    if not reader.layers:
        raise not_an_image(path.name, "it holds no layer")
    _check_total(archive, reader.sources)
    entries = {
        name: partial(archive.member, name)
        for name in sorted(archive.names)
        if name.startswith(OWN_FOLDER) and not name.endswith("/")
    }
    metadata = _metadata(archive, stack.image, size)
    return Document(
        name=path.name,
        size=size,
        nodes=nodes,
        entries=entries,
        metadata=metadata,
        source=path,
    )


def read_stack(archive: OraArchive) -> StackText:
    """The stack.xml of an archive."""
    return parse_stack(archive.member("stack.xml", STACK_BYTES_MAX), archive.path.name)


class _Nodes:
    """Makes layers and groups of elements; groups are bounded in depth by `parse_stack`."""

    def __init__(self, archive: OraArchive, size: Size) -> None:
        self.layers = 0
        self.sources: set[str] = set()
        self._archive, self._size = archive, size

    def children(self, group: Element, offset: tuple[int, int]) -> tuple[Node, ...]:
        """What lies in a group. Drafts of the standard gave groups an offset; it is added."""
        nodes: list[Node] = []
        for element in group.children:
            at = placed(element, offset)
            if element.tag == "stack":
                nodes.append(self._group(element, at))
            elif element.tag == "layer":
                nodes.append(self._layer(element, at))
        return tuple(nodes)

    def _group(self, element: Element, at: tuple[int, int]) -> Group:
        given = element.attributes
        return Group(
            name=given.get("name", ""),
            children=self.children(element, at),
            opacity=_fraction(given.get("opacity")),
            visible=given.get("visibility", "visible") != "hidden",
            mode=given.get("composite-op", NORMAL),
            isolated=given.get("isolation", "auto") == "isolate",
            element=element.number,
            hidden_by=given.get(HIDDEN_BY, ""),
        )

    def _layer(self, element: Element, at: tuple[int, int]) -> FileLayer:
        self.layers += 1
        given, archive = element.attributes, self._archive
        name, source = given.get("name", ""), given.get("src", "")
        self.sources.add(source)
        refusal = ""
        if source.lower().endswith((".svg", ".svgz")):
            refusal = (
                f"the layer “{name}” of {archive.path.name} is a drawing (SVG), not pixels; turn it "
                "into a paint layer in the program it comes from"
            )
        return FileLayer(
            name=name,
            load=partial(_load, archive, name, source, at, self._size, refusal),
            offset=at,
            opacity=_fraction(given.get("opacity")),
            visible=given.get("visibility", "visible") != "hidden",
            mode=given.get("composite-op", NORMAL),
            png=partial(archive.member, source),
            element=element.number,
            hidden_by=given.get(HIDDEN_BY, ""),
            refusal=refusal,
        )


def placed(element: Element, offset: tuple[int, int]) -> tuple[int, int]:
    """Where an element of a group with that offset lies on the canvas."""
    x, y = (_whole(element.attributes.get(name), 0) for name in ("x", "y"))
    return offset[0] + x, offset[1] + y


def _load(
    archive: OraArchive, name: str, source: str, at: tuple[int, int], size: Size, refusal: str
) -> Picture:
    """The pixels of a layer; an exact TIFF twin goes before the PNG."""
    if refusal:
        raise FileError(refusal)
    exact, label = exact_member(source), f"layer “{name}” of {archive.path.name}"
    if exact in archive.names:
        picture = decode_tiff(io.BytesIO(archive.member(exact)), label)
    else:
        picture = decode_png(archive.member(source), label)
    height, width = picture.pixels.shape[:2]
    return replace(picture, rect=(*at, width, height), document=size)


def _check_total(archive: OraArchive, sources: set[str]) -> None:
    """Refuse a file whose layers, each of which could be opened, are a bomb together."""
    total = 0
    for source in sources & archive.names:
        start = archive.start(source, 32)
        if start.startswith(SIGNATURE) and len(start) >= 26:
            width, height = png_size(start, source)
            total += width * height
    if total > TOTAL_PIXELS_MAX:
        raise FileError(
            f"the layers of {archive.path.name} have {total} pixels together, more than the "
            f"{TOTAL_PIXELS_MAX} this program opens; merge or crop some of them first"
        )


def lying(metadata: Metadata, size: Size) -> Metadata:
    """What a PNG of that size says, without a turn that its pixels do not need (any more)."""
    block, packet = metadata.exif, metadata.xmp
    if exif.orientation_of(block) == 1 or block is None:
        return metadata
    packet = xmp.upright(packet) if packet else None
    return replace(metadata, exif=exif.cleaned(block, upright=size), xmp=packet)


def _metadata(archive: OraArchive, image: Mapping[str, str], size: Size) -> Metadata:
    """The resolution of the canvas, and what the merged picture carries."""
    found = NOTHING
    if MERGED in archive.names:
        try:
            found = lying(png_metadata(archive.member(MERGED)), size)
        except FileError:
            found = NOTHING  # it is made anew anyway
    x, y = _fractional(image.get("xres")), _fractional(image.get("yres"))
    return replace(found, dpi=(x, y or x)) if x > 0 else found


def exact_member(source: str) -> str:
    """Where the exact TIFF of a float layer lies, from the layer's PNG member."""
    return EXACT_FOLDER + Path(source).stem + ".tif"


def _whole(text: str | None, default: int) -> int:
    try:
        return int(float(text)) if text is not None else default
    except (ValueError, OverflowError):
        return default


def _fractional(text: str | None) -> float:
    try:
        value = float(text) if text is not None else 0.0
    except ValueError:
        return 0.0
    return value if 0 < value < 1e6 else 0.0


def _fraction(text: str | None) -> float:
    try:
        value = float(text) if text is not None else 1.0
        return min(max(value, 0.0), 1.0) if value == value else 1.0
    except ValueError:
        return 1.0
