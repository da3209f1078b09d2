# SPDX-License-Identifier: Apache-2.0
"""Between a document's colors and the sRGB that models are trained on.

A document is sRGB, linear light with sRGB primaries, or what its ICC profile says; gray or RGB.
Both directions run in float32 without clipping, so that values over 1 of a float document
survive. Results never replace document colors by a round trip: `blend.py` adds the *difference*
D(s + δ) - D(s), which is exactly 0 where the model changed nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Picture
from server.engine.canvas.depth import as_finite

Floats = NDArray[np.float32]
LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
"""Rec. 709 weights, applied to encoded values: how a colored answer becomes gray."""


@dataclass(frozen=True, kw_only=True)
class ColorSpace:
    """The colors of a document: gray or RGB, sRGB, linear, or an ICC profile.

    A profile that little-cms cannot use for these channels counts as absent (`usable` tells).
    """

    gray: bool
    linear: bool = False
    icc: bytes | None = None

    @property
    def usable(self) -> bool:
        """Whether the profile, if there is one, fits these channels."""
        return self.icc is None or _profile_fits(self.icc, self.gray)

    def to_srgb(self, values: Floats) -> Floats:
        """(h, w, 1 or 3) document values as (h, w, 3) encoded sRGB, not clipped."""
        if self.icc is not None and self.usable:
            return _transform(values, self.icc, _srgb_profile(), self.gray, False)
        if self.gray:
            values = np.repeat(values, 3, axis=-1)
        return encode_srgb(values) if self.linear else values

    def from_srgb(self, rgb: Floats) -> Floats:
        """(h, w, 3) encoded sRGB as document values (h, w, 1 or 3), not clipped."""
        if self.icc is not None and self.usable:
            return _transform(rgb, _srgb_profile(), self.icc, False, self.gray)
        if self.linear:
            rgb = decode_srgb(rgb)
        return (rgb @ LUMA)[..., None] if self.gray else rgb


def space_of(picture: Picture) -> ColorSpace:
    """The color space of a picture."""
    return ColorSpace(gray=picture.is_gray, linear=picture.linear, icc=picture.icc)


def srgb_and_alpha(picture: Picture) -> tuple[Floats, Floats]:
    """The pixels of a picture as encoded sRGB (h, w, 3), not clipped, and alpha (h, w) in 0..1.

    Values that are no numbers (a float document can hold them) become 0.
    """
    values = as_finite(picture.pixels)
    colors = values[..., :-1] if picture.has_alpha else values
    rgb = space_of(picture).to_srgb(np.ascontiguousarray(colors))
    if not picture.has_alpha:
        return rgb, np.ones(values.shape[:2], dtype=np.float32)
    return rgb, np.clip(values[..., -1], 0.0, 1.0)


def encode_srgb(linear: Floats) -> Floats:
    """Linear light to the sRGB curve (IEC 61966-2-1), odd around 0 and continued above 1."""
    size = np.abs(linear)
    curve = 1.055 * np.power(np.maximum(size, 0.0031308), 1 / 2.4) - 0.055
    return np.copysign(np.where(size <= 0.0031308, 12.92 * size, curve), linear).astype(np.float32)


def decode_srgb(encoded: Floats) -> Floats:
    """The sRGB curve back to linear light; the inverse of `encode_srgb`."""
    size = np.abs(encoded)
    curve = np.power((np.maximum(size, 0.04045) + 0.055) / 1.055, 2.4)
    return np.copysign(np.where(size <= 0.04045, size / 12.92, curve), encoded).astype(np.float32)


@cache
def _srgb_profile() -> bytes:
    import imagecodecs

    return bytes(imagecodecs.cms_profile("srgb"))


@cache
def _profile_fits(icc: bytes, gray: bool) -> bool:
    import imagecodecs

    probe = np.zeros((1, 1, 1 if gray else 3), dtype=np.float32)
    try:
        _transform(probe, icc, _srgb_profile(), gray, False)
        _transform(np.zeros((1, 1, 3), np.float32), _srgb_profile(), icc, False, gray)
    except (imagecodecs.CmsError, ValueError):
        return False
    return True


def _transform(values: Floats, source: bytes, target: bytes, gray: bool, to_gray: bool) -> Floats:
    """One little-cms transform in float; imported late, most pictures carry no profile."""
    import imagecodecs

    spaces: dict[str, Any] = {
        "colorspace": "gray" if gray else "rgb",
        "outcolorspace": "gray" if to_gray else "rgb",
        "outdtype": "float32",
    }
    planes = np.ascontiguousarray(values[..., 0] if gray else values)
    out = np.asarray(imagecodecs.cms_transform(planes, source, target, **spaces), dtype=np.float32)
    return out[..., None] if to_gray else out
