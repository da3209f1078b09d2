# SPDX-License-Identifier: Apache-2.0
"""Promise 1: outside the region every pixel stays bit-identical, in every depth and color model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.engine.api import Layer, Picture
from server.engine.canvas import (
    ModelGrid,
    blend_mask,
    change_of,
    choose_crop,
    flatten,
    grown_blend_mask,
    instead_layer,
    mask_on,
    model_view,
    region_of,
    result_layer,
)
from server.engine.canvas.rects import bounds

DTYPES = ("uint8", "uint16", "float16", "float32")
GRID = ModelGrid(native=64, multiple=64, aspect=1.0)


def random_pixels(rng: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """Any values the type holds: for floats also negative, above 1, and no number at all."""
    if dtype.startswith("u"):
        return rng.integers(0, np.iinfo(dtype).max, shape, endpoint=True).astype(dtype)
    pixels = rng.normal(0.5, 0.6, shape).astype(dtype)
    pixels[rng.random(shape) < 0.01] = np.nan
    pixels[rng.random(shape) < 0.01] = np.inf
    if shape[-1] in (2, 4):
        pixels[..., -1] = np.clip(np.nan_to_num(pixels[..., -1]), 0, 1)
    return pixels


def random_picture(rng: np.random.Generator, dtype: str, channels: int, offset: bool) -> Picture:
    width, height = int(rng.integers(20, 120)), int(rng.integers(20, 120))
    rect = (0, 0, width, height)
    if offset and channels in (2, 4):
        rect = (-7, 9, width - 4, height + 3)
    pixels = random_pixels(rng, dtype, (rect[3], rect[2], channels))
    return Picture(pixels=pixels, rect=rect, document=(width, height), linear=bool(rng.integers(2)))


def random_mask(rng: np.random.Generator, document: tuple[int, int]) -> np.ndarray:
    """A blob with a hole, soft or hard."""
    width, height = document
    y, x = np.mgrid[:height, :width]
    cx, cy, r = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(3, 50)
    soft = np.clip(1 - np.hypot(x - cx, y - cy) / r, 0, 1).astype(np.float32)
    mask = soft if rng.integers(2) else (soft > 0).astype(np.float32)
    mask[height // 3 : height // 3 + 3] = 0
    if not mask.any():
        mask[height // 2, width // 2] = 1
    return mask


def same_bits(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Per pixel (h, w): whether all bytes agree, so that NaN equals itself and 0 is not -0."""
    bytes_a, bytes_b = (np.ascontiguousarray(p).view(np.uint8) for p in (a, b))
    return (bytes_a == bytes_b).reshape(*a.shape[:2], -1).all(axis=-1)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    dtype=st.sampled_from(DTYPES),
    channels=st.integers(1, 4),
    offset=st.booleans(),
    blend=st.sampled_from([0.0, 1.0, 8.0, 25.0]),
    full_size=st.booleans(),
)
def test_outside_the_mask_nothing_changes(seed, dtype, channels, offset, blend, full_size):
    rng = np.random.default_rng(seed)
    source = random_picture(rng, dtype, channels, offset)
    mask = random_mask(rng, source.document)
    whole = (0, 0, *source.document)
    crop = choose_crop(bounds(mask > 0, whole), source.document, GRID)
    shape = (crop.rect[3], crop.rect[2], 3) if full_size else (*crop.size[::-1], 3)
    edited = rng.random(shape, dtype=np.float32)
    reconstruction = rng.random(shape, dtype=np.float32) if rng.integers(2) else None
    put_back = blend_mask(mask_on(mask, whole, crop.rect), blend)
    layer = result_layer(source, crop, edited, put_back, reconstruction=reconstruction)

    assert layer.pixels.dtype == source.pixels.dtype
    assert layer.pixels.shape[2] == (2 if source.is_gray else 4)
    assert layer.icc == source.icc
    assert layer.linear == source.linear
    region = mask_on(region_of(layer).astype(np.float32), layer.rect, whole) > 0
    assert not (region & (mask == 0)).any(), "region must lie in {mask > 0}"
    assert not layer.pixels[~region_of(layer)].any(), "fully transparent pixels carry no color"

    flat = flatten(source, [Layer(picture=layer, name="result")])
    x, y = source.rect[0] - flat.rect[0], source.rect[1] - flat.rect[1]
    inner = flat.pixels[y : y + source.rect[3], x : x + source.rect[2]]
    on_source = mask_on(region.astype(np.float32), whole, source.rect) > 0
    assert same_bits(inner, source.pixels)[~on_source].all()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), dtype=st.sampled_from(DTYPES), channels=st.integers(1, 4))
def test_a_full_copy_keeps_every_bit_outside(seed, dtype, channels):
    rng = np.random.default_rng(seed)
    source = random_picture(rng, dtype, channels, offset=True)
    mask = random_mask(rng, source.document)
    whole = (0, 0, *source.document)
    crop = choose_crop(bounds(mask > 0, whole), source.document, GRID)
    on_crop = mask_on(mask, whole, crop.rect)
    alpha = rng.random(on_crop.shape, dtype=np.float32)
    edited = rng.random((*crop.size[::-1], 3), dtype=np.float32)
    copy = instead_layer(change_of(source, crop, edited, blend_mask(on_crop, 5.0), alpha=alpha))
    x, y = source.rect[0] - copy.rect[0], source.rect[1] - copy.rect[1]
    inner = copy.pixels[y : y + source.rect[3], x : x + source.rect[2]]
    outside = mask_on(mask, whole, source.rect) == 0
    colors = source.pixels.shape[2]
    kept = inner if source.has_alpha else np.ascontiguousarray(inner[..., :colors])
    assert same_bits(kept, source.pixels)[outside].all()
    assert source.has_alpha or (inner[..., -1][outside] == np.asarray(opaque_of(dtype))).all()


def opaque_of(dtype: str) -> float:
    return np.iinfo(dtype).max if dtype.startswith("u") else 1.0


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), grow_by=st.integers(0, 12))
def test_a_moves_region_is_source_and_target_grown_by_the_number_given(seed, grow_by):
    rng = np.random.default_rng(seed)
    area = np.zeros((50, 45), dtype=bool)
    x, y = rng.integers(2, 30, 2)
    area[y : y + 9, x : x + 12] = True
    area[40:45, 4:14] = True
    blend = grown_blend_mask(area, grow_by)
    rows, columns = np.nonzero(area)
    everywhere = np.stack(np.mgrid[:50, :45], axis=-1).reshape(-1, 1, 2)
    nearest = np.hypot(*(everywhere - np.stack([rows, columns], -1)[None]).transpose(2, 0, 1))
    distance = nearest.min(axis=1).reshape(50, 45)
    assert (blend[area] == 1).all()
    assert ((blend > 0) == (distance <= grow_by)).all()


def test_an_unchanged_picture_gives_back_the_source_exactly():
    """The model's own losses never reach the document: no difference, no change, in any depth."""
    rng = np.random.default_rng(5)
    for dtype in DTYPES:
        pixels = rng.random((150, 150, 3))
        scale = opaque_of(dtype)
        source = Picture(
            pixels=(pixels * scale).astype(dtype), rect=(0, 0, 150, 150), document=(150, 150)
        )
        crop = choose_crop((40, 40, 60, 60), source.document, GRID)
        view = model_view(source, crop) * 0.9  # a model that loses a lot
        blend = np.ones((crop.rect[3], crop.rect[2]), dtype=np.float32)
        layer = result_layer(source, crop, view, blend, reconstruction=view)
        flat = flatten(source, [Layer(picture=layer, name="same")]).pixels
        error = np.abs(flat.astype(np.float64) - source.pixels.astype(np.float64)).max()
        assert error <= (0 if dtype.startswith("u") else 1e-3 if dtype == "float16" else 2e-7)


def test_an_empty_region_is_refused():
    source = Picture(pixels=np.zeros((64, 64, 3), np.uint8), rect=(0, 0, 64, 64), document=(64, 64))
    crop = choose_crop((0, 0, 10, 10), (64, 64), GRID)
    with pytest.raises(ValueError, match="empty"):
        result_layer(
            source, crop, np.zeros((64, 64, 3), np.float32), np.zeros((64, 64), np.float32)
        )
    with pytest.raises(ValueError, match="no pixel"):
        choose_crop((100, 100, 5, 5), (64, 64), GRID)
