# SPDX-License-Identifier: Apache-2.0
"""OpenRaster, writing: layers, the merged picture, a thumbnail, and recipes beside them.

OpenRaster 0.0.6: `mimetype` first and stored; `stack.xml`; `data/*.png`; `mergedimage.png`;
`Thumbnails/thumbnail.png` of at most 256 px. Layers keep 8 or 16 bit. PNG has no floats: a float
layer is shown by a 16-bit PNG, and its exact pixels lie beside it as TIFF, which our reader
prefers. The merged picture carries the metadata, the `image` element the resolution.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from server.engine.api import Picture, Size
from server.files.atomic import write_atomically
from server.files.document import NORMAL
from server.files.metadata import NOTHING, Metadata
from server.files.ora_archive import MIMETYPE
from server.files.ora_read import MERGED, OWN_FOLDER, exact_member
from server.files.ora_stack import HIDDEN_BY, attribute, tag
from server.files.picture import as_eight_bit, as_sixteen_bit
from server.files.png import encode_png
from server.files.tiff import encode_tiff

THUMBNAIL, THUMBNAIL_NAME = 256, "Thumbnails/thumbnail.png"
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
    mode: str = NORMAL
    hidden_by: str = ""

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
    metadata: Metadata = NOTHING,
) -> None:
    """Write an OpenRaster file; the old file stays until the new one is complete.

    layers: topmost first. merged: what they show together, the whole canvas. entries: recipes and
    attachments by member name, all under `pullbrush/`. Raises FileError, ValueError.
    """
    check_entries(entries or {})
    if merged.pixels.shape[:2] != (size[1], size[0]):
        raise ValueError(f"the merged picture {merged.rect} is not the canvas of {size}")
    with write_atomically(path) as stream, zipfile.ZipFile(stream, "w") as archive:
        add_member(archive, "mimetype", MIMETYPE)
        add_member(archive, "stack.xml", _stack(size, layers, metadata), zipfile.ZIP_DEFLATED)
        for index, layer in enumerate(layers):
            add_layer(archive, _member(index), layer)
        for name, data in merged_members(merged, metadata).items():
            add_member(archive, name, data)
        for name, data in sorted((entries or {}).items()):
            add_member(archive, name, data, zipfile.ZIP_DEFLATED)


def check_entries(names: Iterable[str]) -> None:
    """Raise ValueError for a name that is no plain path in our own folder."""
    for name in names:
        parts = name.split("/")
        odd = "\\" in name or any(part in ("", ".", "..") for part in parts)
        if not name.startswith(OWN_FOLDER) or odd:
            raise ValueError(f"entry “{name}” must be a plain path under {OWN_FOLDER}")


def _member(index: int) -> str:
    return f"data/layer{index:03d}.png"


def add_member(
    archive: zipfile.ZipFile, name: str, data: bytes, method: int = zipfile.ZIP_STORED
) -> None:
    """Add a member with a fixed date."""
    info = zipfile.ZipInfo(name, date_time=_STAMP)
    info.compress_type = method
    info.external_attr = 0o644 << 16
    archive.writestr(info, data)


def add_layer(archive: zipfile.ZipFile, member: str, layer: OraLayer) -> None:
    """The PNG, and for float pixels the exact TIFF. PNG is packed already, so it is stored."""
    if layer.picture is None:
        add_member(archive, member, layer.png or b"")
        return
    add_member(archive, member, encode_png(_showable(layer.picture)))
    if layer.picture.pixels.dtype.kind == "f":
        add_member(archive, exact_member(member), encode_tiff(layer.picture))


def merged_members(merged: Picture, metadata: Metadata) -> dict[str, bytes]:
    """What other programs show before they read the layers: the whole picture, and a small one."""
    return {
        MERGED: encode_png(_showable(merged), metadata=metadata),
        THUMBNAIL_NAME: _thumbnail(merged),
    }


def _showable(picture: Picture) -> Picture:
    """A picture PNG can hold."""
    if picture.pixels.dtype.kind == "u":
        return picture
    linear = picture.linear and picture.icc is None
    return replace(picture, pixels=as_sixteen_bit(picture.pixels, linear=linear), linear=False)


def _stack(size: Size, layers: Sequence[OraLayer], metadata: Metadata) -> bytes:
    image = {"version": "0.0.6", "w": str(size[0]), "h": str(size[1])}
    if metadata.dpi is not None:
        x, y = (max(1, round(value)) for value in metadata.dpi)
        image |= {"xres": str(x), "yres": str(y)}
    head = b" ".join(attribute(name, value) for name, value in image.items())
    inside = b"".join(layer_tag(_member(index), layer) for index, layer in enumerate(layers))
    declared = b"<?xml version='1.0' encoding='UTF-8'?>\n"
    return declared + b"<image " + head + b"><stack>" + inside + b"</stack></image>"


def layer_tag(member: str, layer: OraLayer, group: tuple[int, int] = (0, 0)) -> bytes:
    """The element of a layer in a group with that offset."""
    x, y = layer.place[0] - group[0], layer.place[1] - group[1]
    attributes = {
        "name": layer.name,
        "src": member,
        "x": str(x),
        "y": str(y),
        "opacity": f"{min(max(layer.opacity, 0.0), 1.0):g}",
        "visibility": "visible" if layer.visible else "hidden",
        "composite-op": layer.mode,
    }
    return tag("layer", attributes | ({HIDDEN_BY: layer.hidden_by} if layer.hidden_by else {}))


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
