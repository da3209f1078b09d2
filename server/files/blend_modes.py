# SPDX-License-Identifier: Apache-2.0
"""The blend modes and operators of OpenRaster, on straight alpha.

W3C “Compositing and Blending Level 1”: §5 says how a source with blended color Cs' is composed,
§9.1 gives the separable blend functions B(Cb, Cs), §10.1 (non-separable) hue, saturation, color
and luminosity, §7 Porter and Duff's operators. All values are float32, (n, channels).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Blend = Callable[[Floats, Floats], Floats]

LUMA = np.array([0.3, 0.59, 0.11], np.float32)
"""The weights of the specification's Lum()."""


def _screen(cb: Floats, cs: Floats) -> Floats:
    return np.asarray(cb + cs - cb * cs, np.float32)


def _hard_light(cb: Floats, cs: Floats) -> Floats:
    return np.where(cs <= 0.5, cb * 2 * cs, _screen(cb, 2 * cs - 1)).astype(np.float32)


def _color_dodge(cb: Floats, cs: Floats) -> Floats:
    ratio = np.divide(cb, 1 - cs, out=np.ones_like(cb), where=cs < 1)
    return np.where(cb == 0, 0, np.minimum(1, ratio)).astype(np.float32)


def _color_burn(cb: Floats, cs: Floats) -> Floats:
    ratio = np.divide(1 - cb, cs, out=np.ones_like(cb), where=cs > 0)
    return np.where(cb == 1, 1, 1 - np.minimum(1, ratio)).astype(np.float32)


def _soft_light(cb: Floats, cs: Floats) -> Floats:
    curve = np.where(cb <= 0.25, ((16 * cb - 12) * cb + 4) * cb, np.sqrt(np.maximum(cb, 0)))
    darker = cb - (1 - 2 * cs) * cb * (1 - cb)
    lighter = cb + (2 * cs - 1) * (curve - cb)
    return np.where(cs <= 0.5, darker, lighter).astype(np.float32)


def _lum(color: Floats) -> Floats:
    return (color @ LUMA)[..., None]


def _sat(color: Floats) -> Floats:
    return color.max(axis=-1, keepdims=True) - color.min(axis=-1, keepdims=True)


def _set_lum(color: Floats, lum: Floats) -> Floats:
    """SetLum and ClipColor: the color moved to a luminosity, its saturation bent into range."""
    color = (color + (lum - _lum(color))).astype(np.float32)
    low, high = color.min(axis=-1, keepdims=True), color.max(axis=-1, keepdims=True)
    lum = _lum(color)
    up = np.divide(lum, lum - low, out=np.ones_like(lum), where=lum > low)
    color = np.where(low < 0, lum + (color - lum) * up, color).astype(np.float32)
    down = np.divide(1 - lum, high - lum, out=np.ones_like(lum), where=high > lum)
    return np.where(high > 1, lum + (color - lum) * down, color).astype(np.float32)


def _set_sat(color: Floats, sat: Floats) -> Floats:
    """SetSat: the smallest part becomes 0, the largest `sat`, the middle one in proportion."""
    low = color.min(axis=-1, keepdims=True)
    scale = np.divide(sat, _sat(color), out=np.zeros_like(sat), where=_sat(color) > 0)
    return (color - low) * scale


_SEPARABLE: dict[str, Blend] = {
    "svg:multiply": lambda cb, cs: cb * cs,
    "svg:screen": _screen,
    "svg:overlay": lambda cb, cs: _hard_light(cs, cb),
    "svg:darken": np.minimum,
    "svg:lighten": np.maximum,
    "svg:color-dodge": _color_dodge,
    "svg:color-burn": _color_burn,
    "svg:hard-light": _hard_light,
    "svg:soft-light": _soft_light,
    "svg:difference": lambda cb, cs: np.abs(cb - cs),
}
_OF_COLORS: dict[str, Blend] = {
    "svg:hue": lambda cb, cs: _set_lum(_set_sat(cs, _sat(cb)), _lum(cb)),
    "svg:saturation": lambda cb, cs: _set_lum(_set_sat(cb, _sat(cs)), _lum(cb)),
    "svg:color": lambda cb, cs: _set_lum(cs, _lum(cb)),
    "svg:luminosity": lambda cb, cs: _set_lum(cb, _lum(cs)),
}
_OPERATORS = (
    "svg:src-over",
    "svg:plus",
    "svg:dst-in",
    "svg:dst-out",
    "svg:src-atop",
    "svg:dst-atop",
)

CLEARING = ("svg:dst-in", "svg:dst-atop")
"""What these do not cover they take away."""
MODES = frozenset((*_SEPARABLE, *_OF_COLORS, *_OPERATORS))
"""Every composite-op that can be computed."""


def blended(mode: str, under: Floats, over: Floats, *, bounded: bool = True) -> Floats:
    """(n, c + 1) straight colors with alpha last: `over` laid on `under` by a mode of `MODES`.

    bounded: colors end at 1, as in integer documents. A source without alpha leaves what is below
    bit for bit, and a source on nothing keeps its own bits, where the mode says so.
    """
    cb, ab, cs, alpha = under[..., :-1], under[..., -1:], over[..., :-1], over[..., -1:]
    fa, fb = _coverage(mode, ab, alpha)
    own, source, rest = _source_color(mode, cb, ab, cs), alpha * fa, ab * fb
    total = np.minimum(source + rest, 1)
    color = source * own
    color += rest * cb
    np.divide(color, total, out=color, where=total > 0)
    np.copyto(color, cb, where=source == 0)
    np.copyto(color, own, where=rest == 0)
    np.copyto(color, 0, where=total == 0)
    if bounded:
        np.minimum(color, 1, out=color)
    return np.concatenate((color, total), axis=-1).astype(np.float32, copy=False)


def _coverage(mode: str, ab: Floats, alpha: Floats) -> tuple[Floats, Floats]:
    """Porter and Duff's fractions Fa and Fb; blend modes are composed source-over."""
    one, zero = np.ones_like(ab), np.zeros_like(ab)
    match mode:
        case "svg:plus":
            return one, one
        case "svg:dst-in":
            return zero, alpha
        case "svg:dst-out":
            return zero, 1 - alpha
        case "svg:src-atop":
            return ab, 1 - alpha
        case "svg:dst-atop":
            return 1 - ab, alpha
        case _:
            return one, 1 - alpha


def _source_color(mode: str, cb: Floats, ab: Floats, cs: Floats) -> Floats:
    """Cs' = (1 - αb)·Cs + αb·B(Cb, Cs)."""
    if mode in _OPERATORS:
        return cs
    down, up = np.clip(cb, 0, 1), np.clip(cs, 0, 1)
    if mode in _SEPARABLE:
        mixed = _SEPARABLE[mode](down, up)
    else:
        gray = cb.shape[-1] == 1
        wide = [np.repeat(color, 3, axis=-1) if gray else color for color in (down, up)]
        mixed = _OF_COLORS[mode](wide[0], wide[1])[..., : cb.shape[-1]]
    return ((1 - ab) * cs + ab * mixed).astype(np.float32)
