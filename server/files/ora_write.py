# SPDX-License-Identifier: Apache-2.0
"""OpenRaster, writing: layers, the merged picture, a thumbnail, and recipes beside them.

OpenRaster 0.0.6: `mimetype` first and stored; `stack.xml`; `data/*.png`; `mergedimage.png`;
`Thumbnails/thumbnail.png` of at most 256 px. Layers keep 8 or 16 bit. PNG has no floats: a float
layer is shown by a 16-bit PNG, and its exact pixels lie beside it as TIFF, which our reader
prefers. EXIF and XMP of the input are not carried over; the ICC profile is.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from server.engine.api import Picture, Size
from server.files.atomic import write_atomically
from server.files.errors import FileError
from server.files.ora_read import MIMETYPE, OWN_FOLDER, exact_member
from server.files.picture import as_eight_bit, as_sixteen_bit
from server.files.png import encode_png
from server.files.tiff import encode_tiff

THUMBNAIL = 256
_STAMP = (1980, 1, 1, 0, 0, 0)
"""A fixed date: the same pixels and recipe give the same file."""


@dataclass(frozen=True, kw_only=True)
class OraLayer:
    """One layer to write: a picture (its rect is the offset), or bytes of a PNG kept as they are
    with the offset beside them."""

    name: str
    picture: Picture | None = None
    png: bytes | None = None
    offset: tuple[int, int] = (0, 0)
    opacity: float = 1.0
    visible: bool = True
    mode: str = "svg:src-over"

    def __post_init__(self) -> None:
        if (self.picture is None) == (self.png is None):
            raise ValueError(f"layer “{self.name}” needs a picture or PNG bytes, exactly one")

    @property
    def place(self) -> tuple[int, int]:
        """Where its first pixel lies on the canvas."""
        return self.offset if self.picture is None else self.picture.rect[:2]


def write_ora(
    path: Path,
    *,
    size: Size,
    layers: Sequence[OraLayer],
    merged: Picture,
    entries: Mapping[str, bytes] | None = None,
) -> None:
    """Write an OpenRaster file; the old file stays until the new one is complete.

    layers: topmost first. merged: what they show together, the whole canvas. entries: recipes and
    attachments by member name, all under `pullbrush/`. Raises FileError, ValueError.
    """
    for name in entries or {}:
        _check_entry(name)
    if merged.pixels.shape[:2] != (size[1], size[0]):
        raise ValueError(f"the merged picture {merged.rect} is not the canvas of {size}")
    with write_atomically(path) as stream, zipfile.ZipFile(stream, "w") as archive:
        _add(archive, "mimetype", MIMETYPE, zipfile.ZIP_STORED)
        _add(archive, "stack.xml", _stack(size, layers), zipfile.ZIP_DEFLATED)
        for index, layer in enumerate(layers):
            _add_layer(archive, _member(index), layer)
        _add(archive, "mergedimage.png", encode_png(_showable(merged)), zipfile.ZIP_STORED)
        _add(archive, "Thumbnails/thumbnail.png", _thumbnail(merged), zipfile.ZIP_STORED)
        for name, data in sorted((entries or {}).items()):
            _add(archive, name, data, zipfile.ZIP_DEFLATED)


def _check_entry(name: str) -> None:
    parts = name.split("/")
    if not name.startswith(OWN_FOLDER) or "\\" in name or any(p in ("", ".", "..") for p in parts):
        raise ValueError(f"entry “{name}” must be a plain path under {OWN_FOLDER}")


def _member(index: int) -> str:
    return f"data/layer{index:03d}.png"


def _add(archive: zipfile.ZipFile, name: str, data: bytes, method: int) -> None:
    info = zipfile.ZipInfo(name, date_time=_STAMP)
    info.compress_type = method
    info.external_attr = 0o644 << 16
    archive.writestr(info, data)


def _add_layer(archive: zipfile.ZipFile, member: str, layer: OraLayer) -> None:
    """The PNG, and for float pixels the exact TIFF. PNG is packed already, so it is stored."""
    if layer.picture is None:
        _add(archive, member, layer.png or b"", zipfile.ZIP_STORED)
        return
    _add(archive, member, encode_png(_showable(layer.picture)), zipfile.ZIP_STORED)
    if layer.picture.pixels.dtype.kind == "f":
        _add(archive, exact_member(member), encode_tiff(layer.picture), zipfile.ZIP_STORED)


def _showable(picture: Picture) -> Picture:
    """A picture PNG can hold."""
    if picture.pixels.dtype.kind == "u":
        return picture
    linear = picture.linear and picture.icc is None
    return replace(picture, pixels=as_sixteen_bit(picture.pixels, linear=linear), linear=False)


def _stack(size: Size, layers: Sequence[OraLayer]) -> bytes:
    root = ElementTree.Element("image", {"version": "0.0.6", "w": str(size[0]), "h": str(size[1])})
    stack = ElementTree.SubElement(root, "stack")
    for index, layer in enumerate(layers):
        ElementTree.SubElement(stack, "layer", _attributes(_member(index), layer))
    return ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _attributes(member: str, layer: OraLayer) -> dict[str, str]:
    x, y = layer.place
    return {
        "name": "".join(c for c in layer.name if c.isprintable()),
        "src": member,
        "x": str(x),
        "y": str(y),
        "opacity": f"{min(max(layer.opacity, 0.0), 1.0):g}",
        "visibility": "visible" if layer.visible else "hidden",
        "composite-op": layer.mode,
    }


def _thumbnail(merged: Picture) -> bytes:
    """At most 256 px; large canvases are thinned before they are averaged."""
    height, width = merged.pixels.shape[:2]
    stride = max(1, min(height, width) // (4 * THUMBNAIL))
    pixels = as_eight_bit(_showable_part(merged, stride))
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    if image.mode == "LA":
        image = image.convert("RGBA")
    scale = min(1.0, THUMBNAIL / max(image.size))
    small = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    target = io.BytesIO()
    image.resize(small, Image.Resampling.BOX).save(target, "PNG")
    return target.getvalue()


def _showable_part(merged: Picture, stride: int) -> np.ndarray:
    part = np.ascontiguousarray(merged.pixels[::stride, ::stride])
    height, width = part.shape[:2]
    thin = replace(merged, pixels=part, rect=(0, 0, width, height))
    return _showable(thin).pixels


def check_writable_name(path: Path) -> None:
    """Raise FileError unless the suffix is one this program writes."""
    if path.suffix.lower() not in (".ora", ".png", ".tif", ".tiff"):
        raise FileError(
            f"“{path.name}”: this program writes .ora (layers and recipe), .png and .tif; "
            "choose one of these names"
        )
