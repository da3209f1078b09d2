# SPDX-License-Identifier: Apache-2.0
"""Colors between documents and models; scaling, filling, and the hash all hosts agree on."""

from __future__ import annotations

import hashlib

import imagecodecs
import numpy as np
import pytest

from server.engine.api import Layer, Picture
from server.engine.canvas import (
    ModelGrid,
    choose_crop,
    flatten,
    mask_on,
    push_pull,
    resize,
    result_layer,
    source_hash,
    source_hash_pixels,
    srgb_and_alpha,
)
from server.engine.canvas.color import ColorSpace
from server.engine.canvas.resample import resize_part

SQUARE = ModelGrid(native=256, multiple=64, aspect=1.0)
ADOBE = imagecodecs.cms_profile("adobergb")


def picture(pixels: np.ndarray, **more) -> Picture:
    height, width = pixels.shape[:2]
    return Picture(pixels=pixels, rect=(0, 0, width, height), document=(width, height), **more)


@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize("kind", ["srgb", "linear", "profile"])
def test_colors_come_back(gray, kind):
    if kind == "profile" and gray:
        icc = imagecodecs.cms_profile("gray", whitepoint=[0.3127, 0.329, 1.0], gamma=1.8)
    else:
        icc = ADOBE if kind == "profile" else None
    space = ColorSpace(gray=gray, linear=kind == "linear", icc=icc)
    assert space.usable
    values = np.random.default_rng(1).random((20, 20, 1 if gray else 3), dtype=np.float32)
    assert space.from_srgb(space.to_srgb(values)) == pytest.approx(values, abs=1e-3)


def test_linear_documents_are_shown_encoded_and_keep_values_above_one():
    half = picture(np.full((4, 4, 3), 0.5, np.float32), linear=True)
    assert srgb_and_alpha(half)[0][0, 0] == pytest.approx([0.7354] * 3, abs=1e-3)
    space = ColorSpace(gray=False, linear=True)
    bright = np.full((1, 1, 3), 7.5, np.float32)
    assert space.from_srgb(space.to_srgb(bright)) == pytest.approx(bright, rel=1e-4)


def test_a_profile_is_honored_and_kept():
    pixels = np.full((64, 64, 3), (0, 255, 0), np.uint8)
    source = picture(pixels, icc=ADOBE)
    rgb, _ = srgb_and_alpha(source)
    assert rgb[0, 0, 0] < -0.1, "Adobe RGB's green lies outside sRGB and is not clipped"
    crop = choose_crop((10, 10, 20, 20), (64, 64), ModelGrid(native=64, aspect=1.0))
    blend = np.ones((64, 64), np.float32)
    edited = np.full((64, 64, 3), 0.5, np.float32)
    layer = result_layer(source, crop, edited, blend)
    assert layer.icc == ADOBE
    shown, _ = srgb_and_alpha(flatten(source, [Layer(picture=layer, name="x")]))
    assert shown[32, 32] == pytest.approx([0.5] * 3, abs=0.02)


def test_a_broken_profile_counts_as_none():
    assert not ColorSpace(gray=False, icc=b"no profile at all").usable
    assert not ColorSpace(gray=True, icc=ADOBE).usable
    values = np.full((1, 1, 3), 0.3, np.float32)
    assert (ColorSpace(gray=False, icc=b"junk").to_srgb(values) == values).all()


def test_push_pull_keeps_what_is_known_and_fills_the_rest_between():
    values = np.zeros((33, 47, 1), np.float32)
    values[:, 24:] = 1
    known = np.ones((33, 47), np.float32)
    known[10:25, 15:35] = 0
    filled = push_pull(values, known)
    assert (filled[known == 1] == values[known == 1]).all()
    hole = filled[known == 0]
    assert hole.min() >= 0
    assert hole.max() <= 1
    assert filled[17, 16, 0] < 0.3
    assert filled[17, 33, 0] > 0.7


def test_the_source_hash_is_the_same_for_the_same_picture_in_any_form():
    rng = np.random.default_rng(2)
    rgb = rng.integers(0, 256, (5, 7, 3), dtype=np.uint8)
    rgba = np.concatenate([rgb, np.full((5, 7, 1), 255, np.uint8)], axis=-1)
    deep = rgb.astype(np.uint16) * 257
    floats = rgb.astype(np.float32) / 255
    hashes = {source_hash(picture(p)) for p in (rgb, rgba, deep, floats)}
    assert len(hashes) == 1
    expected = np.concatenate([deep, np.full((5, 7, 1), 65535)], axis=-1).astype("<u2")
    assert source_hash_pixels(picture(rgb)) == expected.tobytes()
    named = b"pullbrush source 7x5 rgba16\n" + expected.tobytes()
    assert hashes == {hashlib.sha256(named).hexdigest()}


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_integers_hash_as_their_floats_do(dtype, channels):
    rng = np.random.default_rng(channels)
    pixels = rng.integers(0, np.iinfo(dtype).max, (40, 50, channels), endpoint=True).astype(dtype)
    floats = pixels.astype(np.float32) / np.iinfo(dtype).max
    assert source_hash_pixels(picture(pixels)) == source_hash_pixels(picture(floats))


def test_colors_under_transparency_do_not_count_in_the_hash():
    a = np.zeros((3, 3, 4), np.uint8)
    b = a.copy()
    b[..., :3] = 77
    assert source_hash(picture(a)) == source_hash(picture(b))
    b[0, 0, 3] = 1
    assert source_hash(picture(a)) != source_hash(picture(b))


def test_scaling_keeps_the_mean_and_does_not_alias():
    stripes = np.tile(np.array([0, 1], np.float32), (64, 32))
    assert resize(stripes, (8, 8), "area") == pytest.approx(np.full((8, 8), 0.5))
    assert resize(stripes, (8, 8), "lanczos")[2:6, 2:6] == pytest.approx(
        np.full((4, 4), 0.5), abs=0.02
    )


@pytest.mark.parametrize("how", ["area", "bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize("size", [(90, 70), (20, 16)])
def test_a_part_is_scaled_as_the_whole_is(how, size):
    values = np.random.default_rng(0).random((40, 50, 3), dtype=np.float32)
    part = (3, 5, 14, 9)
    whole = resize(values, size, how)[5:14, 3:17]
    assert resize_part(values, size, part, how) == pytest.approx(whole, abs=1e-4)


def test_a_mask_is_cut_and_padded_by_zeros():
    mask = np.ones((4, 4), np.float32)
    placed = mask_on(mask, (-2, 1, 4, 4), (0, 0, 4, 4))
    assert placed.tolist() == [[0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0]]
    assert not mask_on(mask, (90, 90, 4, 4), (0, 0, 4, 4)).any()
