# SPDX-License-Identifier: Apache-2.0
"""The formats Pillow reads: JPEG, WebP, AVIF, JPEG 2000, GIF, BMP, TGA, PPM, PSD and others.

A file is opened as the one format its first bytes say, never tried with all that Pillow knows.
Pictures are turned upright, CMYK becomes sRGB; profile and metadata are kept.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from server.engine.api import Picture
from server.files import exif, xmp
from server.files.cmyk import from_cmyk
from server.files.deep import deep_pixels, profile_beside
from server.files.errors import (
    PIXELS_MAX,
    FileError,
    check_plausible,
    check_size,
    damaged,
    not_an_image,
)
from server.files.metadata import Metadata, Text
from server.files.picture import oriented, whole_picture
from server.files.psd import check_psd, psd_metadata, psd_pixels
from server.files.raw_profile import IPTC_RESOURCE

STARTS = {
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"BM": "BMP",
    b"8BPS": "PSD",
    b"\x00\x00\x01\x00": "ICO",
    b"\x00\x00\x00\x0cjP  ": "JPEG2000",
    b"\xff\x4f\xff\x51": "JPEG2000",
    b"qoif": "QOI",
    b"\x0a\x05\x01": "PCX",
    b"\x01\xda": "SGI",
    **{b"P%d" % kind: "PPM" for kind in range(1, 7)},
    b"Pf": "PPM",
}
"""How a format begins, and what Pillow calls it."""
SUFFIXES = {".tga": "TGA", ".icb": "TGA", ".vda": "TGA", ".vst": "TGA"}
"""Formats without a sign of their own in the first bytes."""
FREE_BYTES = 256 << 20
"""What a plain picture may unpack to from next to nothing."""
ERRORS = (
    *(OSError, SyntaxError, ValueError, KeyError, IndexError, TypeError, RuntimeError),
    *(struct.error, OverflowError, AttributeError, AssertionError, UnidentifiedImageError),
)
"""What Pillow raises for damage, as it comes."""

Image.MAX_IMAGE_PIXELS = PIXELS_MAX  # sizes are checked here, with a sentence, before pixels


def format_of(start: bytes, suffix: str) -> str | None:
    """What Pillow calls the format of a file with these first bytes; None for none of these."""
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WEBP"
    if start[4:12] in (b"ftypavif", b"ftypavis"):
        return "AVIF"
    found = next((kind for sign, kind in STARTS.items() if start.startswith(sign)), None)
    return found or SUFFIXES.get(suffix.lower())


def read_by_pillow(path: Path, kind: str) -> tuple[Picture, Metadata]:
    """The (first) picture of a file of that format. Raises FileError."""
    data = path.read_bytes()
    return decode_by_pillow(data, kind, path.name)


def decode_by_pillow(data: bytes, kind: str, name: str) -> tuple[Picture, Metadata]:
    """The (first) picture in the bytes of a file of that format. Raises FileError."""
    if kind == "PSD":
        check_psd(data, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=(kind,))
            check_size(name, image.size)
            check_plausible(name, 4 * image.width * image.height, len(data), free=FREE_BYTES)
            block = _exif(image)
            image.load()
            deep = deep_pixels(data, kind, name)
            pixels = deep if deep is not None else _pixels(image, name)
    except FileError:
        raise
    except MemoryError:
        raise FileError(f"{name} does not fit into memory; scale it down first") from None
    except Image.DecompressionBombError:
        raise FileError(
            f"{name} has more pixels than the {PIXELS_MAX} (16384 × 16384) this program opens; "
            "crop or scale it first"
        ) from None
    except ERRORS as error:
        if kind == "TIFF" and isinstance(error, UnidentifiedImageError):
            raise FileError(
                f"{name} is a TIFF of unknown colors; convert it to RGB first"
            ) from None
        if kind in SUFFIXES.values():  # nothing but its name says that it is one
            raise not_an_image(name, f"it is no {kind} file") from None
        raise damaged(name) from None
    if kind == "PSD":
        pixels = psd_pixels(data, pixels)
    icc = None if image.mode == "CMYK" else _profile(image, data, kind, name)
    turned = oriented(pixels, exif.orientation_of(block))
    picture = whole_picture(turned, icc=icc, linear=pixels.dtype.kind == "f")
    return picture, _metadata(image, block, picture, data if kind == "PSD" else b"")


def _pixels(image: Image.Image, name: str) -> NDArray[Any]:
    """Gray, RGB, with or without alpha, of 8 or 16 bit or float, whatever the file's mode."""
    mode, seen = image.mode, image
    if mode == "CMYK":
        profile = image.info.get("icc_profile")
        return from_cmyk(np.asarray(image), profile, name)
    if mode.startswith("I;16"):
        return np.asarray(image).astype(np.uint16)
    if mode == "I":
        values = np.asarray(image)
        if values.min(initial=0) < 0 or values.max(initial=0) > 65535:
            raise FileError(f"{name} has 32-bit samples; save it in 8 bit, 16 bit or float")
        return values.astype(np.uint16)
    if mode == "F":
        return np.asarray(image).astype(np.float32)
    if mode in ("P", "PA") or "transparency" in image.info:
        clear = mode == "PA" or "transparency" in image.info
        seen = image.convert("RGBA" if clear else "RGB")
    elif mode == "1":
        seen = image.convert("L")
    elif mode == "La":
        seen = image.convert("LA")
    elif mode == "RGBa":
        seen = image.convert("RGBA")
    elif mode not in ("L", "LA", "RGB", "RGBA"):
        seen = image.convert("RGB")
    return np.asarray(seen)


def _profile(image: Image.Image, data: bytes, kind: str, name: str) -> bytes | None:
    icc = image.info.get("icc_profile")
    if isinstance(icc, bytes) and icc:
        return icc
    try:
        return profile_beside(data, kind, gray=image.mode in ("L", "LA", "I;16"))
    except FileError as problem:
        raise FileError(f"{name} {problem}") from None


def _exif(image: Image.Image) -> bytes | None:
    """The EXIF block; Pillow keeps a turn that AVIF says elsewhere in one, too."""
    block = image.info.get("exif")
    if not isinstance(block, bytes) or not block:
        return None
    block = block.removeprefix(b"Exif\x00\x00")
    return block if exif.is_exif(block) else None


def _metadata(image: Image.Image, block: bytes | None, picture: Picture, psd: bytes) -> Metadata:
    """What the file says beside its pixels, which lie upright now."""
    info = cast("dict[str, Any]", image.info)
    turned = exif.orientation_of(block) != 1
    packet = info.get("xmp")
    packet = packet.rstrip(b"\x00") if isinstance(packet, bytes) and packet else None
    comment = info.get("comment")
    texts = [Text(keyword="Comment", text=_decoded(comment))] if comment else []
    records = info.get("photoshop", {}).get(IPTC_RESOURCE) if psd == b"" else None
    found = Metadata(
        dpi=_dpi(info),
        exif=exif.cleaned(block, upright=picture.document if turned else None) if block else None,
        xmp=xmp.upright(packet) if packet else None,
        iptc=records if isinstance(records, bytes) else None,
        texts=tuple(texts),
    )
    return psd_metadata(psd, found) if psd else _with_own_resolution(found, block)


def _dpi(info: Mapping[str, Any]) -> tuple[float, float] | None:
    given = info.get("dpi")
    try:
        x, y = (float(value) for value in given or ())
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (x, y) if 0 < x < 1e6 and 0 < y < 1e6 else None


def _with_own_resolution(metadata: Metadata, block: bytes | None) -> Metadata:
    """With the resolution that EXIF says, when nothing else does."""
    if metadata.dpi is not None or block is None:
        return metadata
    return replace(metadata, dpi=exif.dpi_of(block))


def _decoded(comment: bytes | str) -> str:
    return comment.decode("utf-8", "replace") if isinstance(comment, bytes) else comment
