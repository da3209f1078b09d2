# SPDX-License-Identifier: Apache-2.0
"""Every blend mode of OpenRaster against the formulas of W3C “Compositing and Blending Level 1”.

The formulas are written here a second time, for one pixel in Python's own numbers.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from server.engine.api import Picture
from server.files import FileLayer, Group, compose
from server.files.blend_modes import MODES, blended

Color = tuple[float, float, float]


def multiply(cb: float, cs: float) -> float:
    return cb * cs


def screen(cb: float, cs: float) -> float:
    return 1 - (1 - cb) * (1 - cs)


def hard_light(cb: float, cs: float) -> float:
    return multiply(cb, 2 * cs) if cs <= 0.5 else screen(cb, 2 * cs - 1)


def color_dodge(cb: float, cs: float) -> float:
    if cb == 0:
        return 0
    return 1 if cs == 1 else min(1, cb / (1 - cs))


def color_burn(cb: float, cs: float) -> float:
    if cb == 1:
        return 1
    return 0 if cs == 0 else 1 - min(1, (1 - cb) / cs)


def soft_light(cb: float, cs: float) -> float:
    if cs <= 0.5:
        return cb - (1 - 2 * cs) * cb * (1 - cb)
    d = ((16 * cb - 12) * cb + 4) * cb if cb <= 0.25 else math.sqrt(cb)
    return cb + (2 * cs - 1) * (d - cb)


SEPARABLE = {
    "multiply": multiply,
    "screen": screen,
    "overlay": lambda cb, cs: hard_light(cs, cb),
    "darken": min,
    "lighten": max,
    "color-dodge": color_dodge,
    "color-burn": color_burn,
    "hard-light": hard_light,
    "soft-light": soft_light,
    "difference": lambda cb, cs: abs(cb - cs),
    "src-over": lambda _cb, cs: cs,
}


def lum(c: Color) -> float:
    return 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2]


def clip_color(c: Color) -> Color:
    light, low, high = lum(c), min(c), max(c)
    if low < 0:
        c = tuple(light + (x - light) * light / (light - low) for x in c)  # type: ignore[assignment]
    if high > 1:
        c = tuple(light + (x - light) * (1 - light) / (high - light) for x in c)  # type: ignore[assignment]
    return c


def set_lum(c: Color, light: float) -> Color:
    d = light - lum(c)
    return clip_color((c[0] + d, c[1] + d, c[2] + d))


def sat(c: Color) -> float:
    return max(c) - min(c)


def set_sat(c: Color, s: float) -> Color:
    result = [0.0, 0.0, 0.0]
    low, mid, high = sorted(range(3), key=lambda i: c[i])
    if c[high] > c[low]:
        result[mid] = (c[mid] - c[low]) * s / (c[high] - c[low])
        result[high] = s
    return result[0], result[1], result[2]


OF_COLORS = {
    "hue": lambda cb, cs: set_lum(set_sat(cs, sat(cb)), lum(cb)),
    "saturation": lambda cb, cs: set_lum(set_sat(cb, sat(cs)), lum(cb)),
    "color": lambda cb, cs: set_lum(cs, lum(cb)),
    "luminosity": lambda cb, cs: set_lum(cb, lum(cs)),
}
FRACTIONS = {
    "plus": lambda ab, a_s: (1, 1),
    "dst-in": lambda ab, a_s: (0, a_s),
    "dst-out": lambda ab, a_s: (0, 1 - a_s),
    "src-atop": lambda ab, a_s: (ab, 1 - a_s),
    "dst-atop": lambda ab, a_s: (1 - ab, a_s),
}


def by_formula(mode: str, cb: Color, ab: float, cs: Color, a_s: float) -> tuple[float, ...]:
    """One pixel: straight color and alpha."""
    if mode in SEPARABLE:
        mixed = tuple(SEPARABLE[mode](b, s) for b, s in zip(cb, cs, strict=True))
    else:
        mixed = OF_COLORS[mode](cb, cs) if mode in OF_COLORS else cs
    own = [(1 - ab) * s + ab * m for s, m in zip(cs, mixed, strict=True)]
    fa, fb = FRACTIONS.get(mode, lambda _ab, a_s: (1, 1 - a_s))(ab, a_s)
    alpha = min(1, a_s * fa + ab * fb)
    premultiplied = [min(1, a_s * fa * s + ab * fb * b) for s, b in zip(own, cb, strict=True)]
    return (*(min(1, c / alpha) if alpha > 0 else 0.0 for c in premultiplied), alpha)


EDGES = (0.0, 0.2, 0.25, 0.5, 0.75, 1.0)
ALPHAS = (0.0, 0.3, 1.0)


def pixels_to_try() -> tuple[np.ndarray, np.ndarray]:
    """Below and above, (n, 4): all corners of the formulas, and colors in between."""
    rng = np.random.default_rng(0)
    grid = [(b, s) for b in EDGES for s in EDGES]
    below = [(b, 1 - b, 0.4, ab) for b, _ in grid for ab in ALPHAS for _ in ALPHAS]
    above = [(s, 0.6, 1 - s, a_s) for _, s in grid for _ in ALPHAS for a_s in ALPHAS]
    some = rng.random((2, 500, 4))
    return (
        np.concatenate((below, some[0])).astype(np.float32),
        np.concatenate((above, some[1])).astype(np.float32),
    )


@pytest.mark.parametrize("mode", sorted(MODES))
def test_a_mode_is_its_formula(mode):
    under, over = pixels_to_try()
    found = blended(mode, under, over)
    for below, above, pixel in zip(under.tolist(), over.tolist(), found.tolist(), strict=True):
        right = by_formula(mode[4:], tuple(below[:3]), below[3], tuple(above[:3]), above[3])
        assert pixel[3] == pytest.approx(right[3], abs=1e-5)
        # the color of what cannot be seen says nothing
        if right[3] > 0:
            assert pixel[:3] == pytest.approx(right[:3], abs=2e-4), (below, above)


def test_all_modes_of_the_specification_are_there():
    names = {*SEPARABLE, *OF_COLORS, *FRACTIONS}
    assert {f"svg:{name}" for name in names} == MODES


def picture(pixels: np.ndarray, at: tuple[int, int] = (0, 0)) -> Picture:
    height, width = pixels.shape[:2]
    return Picture(pixels=pixels, rect=(*at, width, height), document=(16, 12))


def layer(pixels: np.ndarray, at: tuple[int, int] = (0, 0), **kept: object) -> FileLayer:
    made = picture(pixels, at)
    return FileLayer(name="a", load=lambda: made, **kept)  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16", "float32"])
@pytest.mark.parametrize("mode", sorted(MODES - {"svg:dst-in", "svg:dst-atop"}))
def test_a_layer_that_shows_nothing_changes_no_bit(dtype, mode):
    rng = np.random.default_rng(3)
    top = np.iinfo(dtype).max if dtype.startswith("u") else 1
    ground = (rng.random((12, 16, 4)) * top).astype(dtype)
    ground[:3, ..., 3] = 0  # colors that nobody sees
    empty = (rng.random((12, 16, 4)) * top).astype(dtype)
    empty[..., 3] = 0
    nodes = [layer(empty, mode=mode), layer(ground)]
    assert (compose(nodes, (16, 12), like=picture(ground)).pixels == ground).all()


@pytest.mark.parametrize("mode", ["svg:dst-in", "svg:dst-atop"])
def test_what_is_not_covered_is_taken_away(mode):
    ground = np.full((12, 16, 4), 255, np.uint8)
    small = np.full((4, 5, 4), 255, np.uint8)
    seen = compose([layer(small, (2, 3), mode=mode), layer(ground)], (16, 12), like=picture(ground))
    kept = np.zeros((12, 16), bool)
    kept[3:7, 2:7] = True
    assert ((seen.pixels[..., 3] == 255) == kept).all()
    inside = Group(name="g", children=(layer(small, (2, 3), mode=mode), layer(ground)))
    seen = compose([inside, layer(ground)], (16, 12), like=picture(ground))
    assert (seen.pixels[..., 3] == 255).all(), "only within its group"


def test_depths_profiles_and_gray_come_together():
    deep = np.full((12, 16, 3), 40000, np.uint16)
    gray = np.full((12, 16, 2), 128, np.uint8)
    seen = compose([layer(gray), layer(deep)], (16, 12), like=picture(deep))
    alpha = 128 / 255
    assert seen.pixels.dtype == np.uint16
    right = alpha * 128 / 255 * 65535 + (1 - alpha) * 40000
    assert seen.pixels[0, 0] == pytest.approx([right] * 3, abs=2)


def test_light_brighter_than_white_stays_in_float_documents():
    bright = np.full((12, 16, 3), 4.0, np.float32)
    half = np.full((12, 16, 4), 0.5, np.float32)
    seen = compose([layer(half), layer(bright)], (16, 12), like=picture(bright))
    assert seen.pixels[0, 0] == pytest.approx([2.25] * 3)
    bright[0, 0] = np.nan
    seen = compose([layer(half[:, 8:], (8, 0)), layer(bright)], (16, 12), like=picture(bright))
    assert np.isnan(seen.pixels[0, 0]).all()


def test_a_document_without_visible_layers_is_empty():
    hidden = layer(np.full((12, 16, 4), 255, np.uint8), visible=False)
    seen = compose([hidden], (16, 12), like=hidden.load())
    assert not seen.pixels.any()
