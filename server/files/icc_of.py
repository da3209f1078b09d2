# SPDX-License-Identifier: Apache-2.0
"""ICC profiles that say what a file says otherwise: code points of video (ITU-T H.273, as in
PNG's cICP and AVIF's nclx), or primaries and gamma (PNG's cHRM and gAMA)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np

from server.files.errors import FileError
from server.files.metadata import Chunk

Primaries = tuple[float, float, float, float, float, float, float, float]
"""x, y of white, red, green and blue."""
_D65 = (0.3127, 0.329)
SRGB: Primaries = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
PRIMARIES: dict[int, Primaries] = {
    1: SRGB,
    4: (0.310, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
HDR = {16: "PQ", 18: "HLG"}
SRGB_CURVE, UNSPECIFIED = 13, 2
GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
BROADCAST = (1, 6, 14, 15)
PROFILE_BYTES_MAX = 16 << 20
POINTS = 4096
_DATE = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)


def meaning_of(chunks: Iterable[Chunk], gray: bool) -> bytes | None:
    """The profile that a PNG's color chunks mean, None for sRGB; in the standard's order.

    Raises FileError, without the file's name, for what cannot be shown, such as HDR.
    """
    found = {chunk.kind: chunk.body for chunk in chunks}
    if len(code := found.get(b"cICP", b"")) == 4 and UNSPECIFIED not in code[:2]:
        if code[3] != 1:
            raise FileError(
                "keeps its colors in the narrow range of video, which this program does not read; "
                "save it in full range"
            )
        return profile_of_code(code[0], code[1], gray)
    if b"iCCP" in found:
        profile = profile_in(found[b"iCCP"])
        if profile is not None:
            return profile
    if b"sRGB" in found:
        return None
    return _of_gamma(found.get(b"gAMA", b""), found.get(b"cHRM", b""), gray)


def profile_of_code(primaries: int, transfer: int, gray: bool) -> bytes | None:
    """The profile of H.273's color primaries and transfer characteristics; None for sRGB."""
    if transfer in HDR:
        raise FileError(
            f"is an HDR picture ({HDR[transfer]}), whose brightness this program cannot show; "
            "convert it to sRGB, or save it as a float TIFF in linear light"
        )
    if primaries not in PRIMARIES or transfer not in (SRGB_CURVE, *GAMMAS, *BROADCAST):
        raise FileError(
            f"keeps its colors in a way this program does not know (code points {primaries}, "
            f"{transfer}); convert it to sRGB first"
        )
    if (PRIMARIES[primaries] == SRGB or gray) and transfer == SRGB_CURVE:
        return None
    return _profile(PRIMARIES[primaries], transfer, GAMMAS.get(transfer, 0.0), gray)


def _of_gamma(gamma: bytes, chromaticities: bytes, gray: bool) -> bytes | None:
    """What gAMA and cHRM say. 1/2.2 is how programs wrote sRGB before it had a chunk."""
    value = int.from_bytes(gamma, "big") if len(gamma) == 4 else 0
    points = SRGB
    if len(chromaticities) == 32:
        points = tuple(number / 100000 for number in struct.unpack(">8I", chromaticities))
    standard = gray or all(abs(a - b) < 0.002 for a, b in zip(points, SRGB, strict=True))
    if not 1000 <= value <= 1_000_000:
        value = 45455
    if abs(value - 45455) < 1000:
        return None if standard else _profile(points, SRGB_CURVE, 0.0, gray)
    return _profile(SRGB if standard else points, 0, 100000 / value, gray)


@cache
def _profile(points: Any, transfer: int, gamma: float, gray: bool) -> bytes:
    import imagecodecs

    white = [points[0], points[1], 1.0]
    shape: dict[str, Any] = {"gamma": gamma} if gamma else {"transferfunction": _curve(transfer)}
    try:
        if gray:
            made = imagecodecs.cms_profile("gray", whitepoint=white, **shape)
        else:
            corners = [part for i in (2, 4, 6) for part in (points[i], points[i + 1], 1.0)]
            made = imagecodecs.cms_profile("rgb", whitepoint=white, primaries=corners, **shape)
    except (imagecodecs.CmsError, ValueError):
        raise FileError(
            "says of its colors what cannot be (its cHRM and gAMA chunks); save it again as sRGB"
        ) from None
    profile = bytearray(made)
    profile[24:36] = _DATE  # the same colors are the same bytes
    return bytes(profile)


def _curve(transfer: int) -> np.ndarray[Any, Any]:
    """From encoded to linear light, 16 bit."""
    x = np.linspace(0.0, 1.0, POINTS)
    if transfer in BROADCAST:  # ITU-R BT.709, §1.2
        linear = np.where(x < 0.081, x / 4.5, ((x + 0.099) / 1.099) ** (1 / 0.45))
    else:
        linear = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
    return np.rint(linear * 65535).astype(np.uint16)


def profile_in(body: bytes) -> bytes | None:
    """The profile of an iCCP chunk, None when it is damaged or a bomb."""
    _, _, squeezed = body.partition(b"\x00")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(squeezed[1:], PROFILE_BYTES_MAX)
    except zlib.error:
        return None
    return profile if unpacker.eof and profile else None
