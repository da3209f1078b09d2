# SPDX-License-Identifier: Apache-2.0
"""Writing one flattened picture as PNG, TIFF or WebP, in its own depth and profile."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image

from server.engine.api import Picture
from server.files import exif, xmp
from server.files.atomic import write_atomically
from server.files.errors import FileError
from server.files.metadata import NOTHING, Metadata
from server.files.picture import depth_words
from server.files.png import encode_png
from server.files.tiff import encode_tiff

FLAT = (".png", ".tif", ".tiff", ".webp")
WRITABLE = (".ora", *FLAT)
WEBP_SIDE_MAX = 16383


def check_writable_name(path: Path) -> None:
    """Raise FileError unless the suffix is one this program writes."""
    if path.suffix.lower() not in WRITABLE:
        raise FileError(
            f"“{path.name}”: this program writes .ora (layers and recipe), .png, .tif and .webp; "
            "choose one of these names"
        )


def check_can_hold(path: Path, picture: Picture) -> None:
    """Raise FileError when a file of that name cannot hold such a picture: its depth, size, profile."""
    suffix, kind = path.suffix.lower(), picture.pixels.dtype
    if suffix == ".png" and kind.kind != "u":
        raise FileError(f"PNG cannot hold {depth_words(kind)} pixels; write .tif or .ora instead")
    if suffix != ".webp":
        return
    if kind.name != "uint8":
        raise FileError(
            f"WebP holds 8 bit a channel, not {depth_words(kind)}; write .png, .tif or .ora instead"
        )
    if max(picture.document) > WEBP_SIDE_MAX:
        raise FileError(f"WebP holds {WEBP_SIDE_MAX} pixels a side; write .png or .tif instead")
    if picture.is_gray and picture.icc is not None:
        raise FileError("WebP has no gray pictures with a profile; write .png or .tif instead")


def write_flat(path: Path, picture: Picture, metadata: Metadata = NOTHING) -> None:
    """Write by suffix: .png, .tif, .tiff or .webp. Nothing is written when anything fails.

    Raises FileError: another suffix, or a picture that such a file cannot hold.
    """
    suffix = path.suffix.lower()
    if suffix not in FLAT:
        raise FileError(
            f"“{path.name}”: one picture is written as .png, .tif or .webp; choose a name"
        )
    check_can_hold(path, picture)
    if suffix == ".png":
        data = encode_png(picture, metadata=metadata)
    elif suffix == ".webp":
        data = _encode_webp(picture, metadata)
    else:
        data = encode_tiff(picture, metadata)
    with write_atomically(path) as stream:
        stream.write(data)


def _encode_webp(picture: Picture, metadata: Metadata) -> bytes:
    """Lossless, colors of transparent pixels included: outside an edit nothing may change.

    WebP has no field for the resolution; EXIF says it.
    """
    pixels = picture.pixels[..., 0] if picture.pixels.shape[2] == 1 else picture.pixels
    image = Image.fromarray(pixels)
    if picture.is_gray:
        image = image.convert("RGBA" if picture.has_alpha else "RGB")
    block = exif.with_orientation_1(metadata.exif) if metadata.exif is not None else None
    if metadata.dpi is not None:
        block = exif.with_resolution(block or exif.write_block(()), metadata.dpi)
    packet = xmp.upright(metadata.xmp) if metadata.xmp else None
    beside: dict[str, Any] = {"icc_profile": picture.icc, "exif": block, "xmp": packet}
    target = io.BytesIO()
    given = {name: value for name, value in beside.items() if value}
    image.save(target, "WEBP", lossless=True, exact=True, quality=60, method=4, **given)
    return target.getvalue()
