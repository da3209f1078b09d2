# SPDX-License-Identifier: Apache-2.0
"""Helpers the readers share: arrays to pictures, and depths for files that lack one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Picture

DEPTH_WORDS = {
    "uint8": "8 bit",
    "uint16": "16 bit",
    "float16": "half float",
    "float32": "float",
    "float64": "double float",
}


def depth_words(kind: np.dtype[Any]) -> str:
    """How artists call a channel's depth: “16 bit”, “half float”."""
    sign = "signed " if kind.kind == "i" else ""
    return DEPTH_WORDS.get(kind.name, f"{sign}{8 * kind.itemsize} bit")


def whole_picture(
    pixels: NDArray[Any], *, icc: bytes | None = None, linear: bool = False
) -> Picture:
    """A picture that is its own document. pixels: (h, w) or (h, w, c)."""
    planes = pixels if pixels.ndim == 3 else pixels[..., None]
    height, width = planes.shape[:2]
    return Picture(
        pixels=np.ascontiguousarray(planes),
        rect=(0, 0, width, height),
        document=(width, height),
        icc=icc,
        linear=linear,
    )


def as_eight_bit(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Any depth as 8 bit, for thumbnails."""
    if pixels.dtype == np.uint8:
        return pixels
    return np.rint(_unit(pixels) * 255.0).astype(np.uint8)


def as_sixteen_bit(pixels: NDArray[Any], *, linear: bool) -> NDArray[np.uint16]:
    """Float pixels as 16 bit, clipped to 0..1; colors of linear light get the sRGB curve."""
    values = _unit(pixels)
    colors = values.shape[-1] - (values.shape[-1] in (2, 4))
    if linear:
        curve = 1.055 * np.power(np.maximum(values[..., :colors], 0.0031308), 1 / 2.4) - 0.055
        low = values[..., :colors] <= 0.0031308
        values[..., :colors] = np.where(low, 12.92 * values[..., :colors], curve)
    return np.rint(values * 65535.0).astype(np.uint16)


def _unit(pixels: NDArray[Any]) -> NDArray[np.float32]:
    values = np.nan_to_num(pixels.astype(np.float32))
    if pixels.dtype.kind == "u":
        values /= np.float32(np.iinfo(pixels.dtype.name).max)
    return np.clip(values, 0.0, 1.0)


def oriented(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Pixels turned upright by the EXIF / TIFF orientation 1..8; other values change nothing."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
