# SPDX-License-Identifier: Apache-2.0
"""TIFF: 8 and 16 bit, half and single float, gray, RGB or CMYK, with alpha and ICC profile.

tifffile reads the structure, imagecodecs the compressed blocks. Alpha is made straight when the
file holds it multiplied in. A float TIFF without a profile is taken as linear light, which is
what paint programs write. CMYK becomes sRGB through its profile.
"""

from __future__ import annotations

import io
import logging
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from server.engine.api import Picture
from server.files.cmyk import from_cmyk
from server.files.errors import FileError, check_plausible, check_size, damaged
from server.files.metadata import NOTHING, Metadata
from server.files.picture import depth_words, oriented, whole_picture
from server.files.tiff_tags import DNG_VERSION, with_tags

PROFILE_TAG, ORIENTATION_TAG, INK_SET_TAG = 34675, 274, 332
ASSOCIATED, UNASSOCIATED = 1, 2
MINISWHITE, MINISBLACK, RGB, SEPARATED = 0, 1, 2, 5
COLORS = {MINISWHITE: 1, MINISBLACK: 1, RGB: 3, SEPARATED: 4}
"""Channels of each color model, without alpha."""

# Damaged files are told to the artist by FileError, not by a log.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)


def read_tiff(path: Path) -> Picture:
    """The first page of a TIFF file."""
    with path.open("rb") as stream:
        return decode_tiff(stream, path.name)


def decode_tiff(stream: IO[bytes], name: str) -> Picture:
    """The first page of an open TIFF."""
    try:
        with tifffile.TiffFile(stream) as tiff:
            page: Any = tiff.pages[0]
            check_size(name, (int(page.imagewidth), int(page.imagelength)))
            _check_kind(page, name)
            if len(page.databytecounts) < prod(page.chunked):
                raise damaged(name)
            check_plausible(name, _decoded_bytes(page), sum(page.databytecounts))
            pixels = _planes(page)
            icc, orientation = _tag(page, PROFILE_TAG), _tag(page, ORIENTATION_TAG)
            extra = tuple(int(sample) for sample in page.extrasamples)
            kind = int(page.photometric)
    except (FileError, MemoryError):
        raise
    except Exception:  # tifffile raises a different type for every kind of damage
        raise damaged(name) from None
    pixels = _known_depth(pixels, name)
    if kind == MINISWHITE:
        pixels = _inverted(pixels)
    pixels = _straight(pixels, extra, COLORS[kind])
    pixels = oriented(pixels, orientation if isinstance(orientation, int) else 1)
    profile = bytes(icc) if icc else None
    if kind == SEPARATED:
        pixels, profile = from_cmyk(pixels, profile, name), None
    return whole_picture(pixels, icc=profile, linear=profile is None and pixels.dtype.kind == "f")


def is_plain(stream: IO[bytes], name: str) -> bool:
    """Whether `decode_tiff` reads its colors; palettes, YCbCr and Lab are left to Pillow."""
    try:
        with tifffile.TiffFile(stream) as tiff:
            page: Any = tiff.pages[0]
            return int(page.photometric) in COLORS
    except Exception:
        raise damaged(name) from None


def encode_tiff(picture: Picture, metadata: Metadata = NOTHING) -> bytes:
    """A picture as deflated TIFF in its own depth, with profile, straight alpha and metadata."""
    pixels = picture.pixels[..., 0] if picture.pixels.shape[2] == 1 else picture.pixels
    target = io.BytesIO()
    tags = [(PROFILE_TAG, "B", len(picture.icc), picture.icc, True)] if picture.icc else []
    with tifffile.TiffWriter(target, bigtiff=pixels.nbytes > 3 << 30, byteorder="<") as writer:
        writer.write(
            np.ascontiguousarray(pixels),
            photometric="minisblack" if picture.is_gray else "rgb",
            planarconfig="contig" if pixels.ndim == 3 else None,
            extrasamples=["unassalpha"] if picture.has_alpha else None,
            compression="adobe_deflate",  # the one of TIFF 6.0's supplement; “deflate” is an older code,
            predictor=2 if pixels.dtype.kind == "u" else None,
            rowsperstrip=64,
            metadata=None,
            software="pullbrush",
            extratags=tags,
        )
    return with_tags(target.getvalue(), metadata)


def _check_kind(page: Any, name: str) -> None:
    """Refuse what is no developed picture, before decoding."""
    if DNG_VERSION in page.tags:
        raise FileError(
            f"{name} is a camera's raw picture; develop it in a raw converter and save it as TIFF"
        )
    kind = int(page.photometric)
    if kind not in COLORS:
        label = getattr(page.photometric, "name", str(kind))
        raise FileError(f"{name} is a {label} TIFF; convert it to RGB or gray first")
    inks = _tag(page, INK_SET_TAG)
    if kind == SEPARATED and (int(page.samplesperpixel) < 4 or inks not in (None, 1)):
        raise FileError(f"{name} is a TIFF of other inks than CMYK; convert it to RGB first")
    if int(page.imagedepth) != 1:
        raise FileError(f"{name} is a volume of {page.imagedepth} slices; save one as a picture")


def _decoded_bytes(page: Any) -> int:
    samples = int(page.imagewidth) * int(page.imagelength) * int(page.samplesperpixel)
    return samples * int(page.bitspersample) // 8


def _tag(page: Any, code: int) -> Any:
    tag = page.tags.get(code)
    return None if tag is None else tag.value


def _planes(page: Any) -> NDArray[Any]:
    """(h, w, c) whatever the file's planar configuration; colors and at most one more channel."""
    pixels = np.asarray(page.asarray())
    size = (int(page.imagelength), int(page.imagewidth))
    if pixels.ndim == 2 and pixels.shape == size:
        return pixels[..., None]
    if pixels.ndim != 3 or pixels.size == 0:
        raise ValueError(f"its pixels have the shape {pixels.shape}")
    if int(page.planarconfig) == 2:
        pixels = np.moveaxis(pixels, 0, -1)
    colors = COLORS[int(page.photometric)]
    return pixels[..., : colors + 1] if pixels.shape[-1] > colors else pixels


def _known_depth(pixels: NDArray[Any], name: str) -> NDArray[Any]:
    """uint8, uint16, float16 or float32; bilevel becomes 8 bit, double becomes single."""
    if pixels.dtype == np.bool_:
        return (pixels * np.uint8(255)).astype(np.uint8)
    if pixels.dtype == np.float64:
        return pixels.astype(np.float32)
    if pixels.dtype.name not in ("uint8", "uint16", "float16", "float32"):
        raise FileError(
            f"{name} has {depth_words(pixels.dtype)} samples; save it in 8 bit, 16 bit or float"
        )
    return pixels.astype(pixels.dtype.newbyteorder("="))


def _inverted(pixels: NDArray[Any]) -> NDArray[Any]:
    """White-is-zero gray turned the usual way round; alpha stays."""
    top = np.iinfo(pixels.dtype.name).max if pixels.dtype.kind == "u" else 1
    result = pixels.copy()
    result[..., 0] = top - pixels[..., 0]
    return result


def _straight(pixels: NDArray[Any], extra: tuple[int, ...], count: int) -> NDArray[Any]:
    """Straight alpha after `count` colors; an extra channel that is no alpha is dropped."""
    if pixels.shape[-1] <= count:
        return pixels
    kind = extra[0] if extra else 0
    if kind not in (ASSOCIATED, UNASSOCIATED):
        return pixels[..., :-1]
    if kind == UNASSOCIATED:
        return pixels
    top = float(np.iinfo(pixels.dtype.name).max) if pixels.dtype.kind == "u" else 1.0
    alpha = pixels[..., -1:].astype(np.float64) / top
    colors = np.divide(
        pixels[..., :-1], alpha, out=np.zeros(pixels[..., :-1].shape), where=alpha > 0
    )
    if pixels.dtype.kind == "u":
        colors = np.rint(np.minimum(colors, top))
    return np.concatenate([colors.astype(pixels.dtype), pixels[..., -1:]], axis=-1)
