# SPDX-License-Identifier: Apache-2.0
"""Masks widen for the model and shrink for the result; distances are exact."""

from __future__ import annotations

from math import hypot

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.engine.api import Picture
from server.engine.canvas import (
    MaskSettings,
    ModelGrid,
    blend_mask,
    choose_crop,
    grow,
    mask_of,
    mask_on,
    model_mask,
)
from server.engine.canvas.distance import depth_inside, distance_to


def picture(pixels: np.ndarray, **more) -> Picture:
    height, width = pixels.shape[:2]
    return Picture(pixels=pixels, rect=(0, 0, width, height), document=(width, height), **more)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), limit=st.floats(1, 30))
def test_distances_are_exact(seed, limit):
    rng = np.random.default_rng(seed)
    inside = rng.random((23, 31)) < 0.02
    inside[rng.integers(23), rng.integers(31)] = True
    rows, columns = np.nonzero(inside)
    y, x = np.mgrid[:23, :31]
    brute = np.hypot(y[..., None] - rows, x[..., None] - columns).min(axis=-1)
    assert distance_to(inside, limit) == pytest.approx(np.minimum(brute, limit), abs=1e-4)
    deep = depth_inside(~inside, 100.0)
    edge = np.minimum.reduce([y + 1, x + 1, 23 - y, 31 - x])
    assert deep == pytest.approx(np.minimum(brute, edge), abs=1e-4)


@given(
    seed=st.integers(0, 2**32 - 1),
    grow_by=st.integers(0, 20),
    feather=st.floats(0, 80),
    blend=st.floats(0, 40),
)
def test_masks_widen_for_the_model_and_shrink_for_the_result(seed, grow_by, feather, blend):
    rng = np.random.default_rng(seed)
    mask = np.zeros((97, 120), np.float32)
    x, y, w, h = rng.integers(1, 60, 4)
    mask[y : y + h, x : x + w] = rng.uniform(0.2, 1)
    seen, put_back = model_mask(mask, grow_by, feather), blend_mask(mask, blend)
    assert (seen >= mask).all()
    assert seen.max() <= 1
    assert (
        seen[grow(mask > 0, grow_by)] >= (0.99 if feather == 0 and grow_by else mask.max())
    ).all()
    assert (put_back <= mask).all()
    assert put_back.max() > 0, "the middle of any region is put back"
    if grow_by + feather == 0:
        assert (seen == mask).all()
    if blend == 0:
        assert (put_back == mask).all()


def test_a_region_at_the_border_of_the_document_does_not_fade_there():
    """A sky selected up to the top edge: a fade there would show as a seam along the border."""
    mask = np.zeros((64, 64), np.float32)
    mask[:40] = 1
    faded = blend_mask(mask, 10.0)
    assert (faded[:25] == 1).all()
    assert faded[39].max() < 0.2
    crop = choose_crop((0, 0, 64, 40), (64, 64), ModelGrid(native=128, aspect=1.0))
    padded = mask_on(mask, (0, 0, 64, 64), crop.rect)
    assert (blend_mask(padded, 10.0, crop.part)[crop.part] == faded).all()


def test_automatic_feather_is_a_tenth_of_the_diagonal_and_at_least_32():
    automatic = MaskSettings()
    assert automatic.feather_for((0, 0, 600, 800)) == pytest.approx(0.1 * hypot(600, 800))
    assert automatic.feather_for((0, 0, 50, 50)) == 32
    assert MaskSettings(feather=3.0).feather_for((0, 0, 600, 800)) == 3
    with pytest.raises(ValueError, match="-2"):
        MaskSettings(feather=-2.0)


def test_what_a_mask_picture_means():
    opaque = np.zeros((2, 2, 4), np.uint8)
    opaque[..., 3] = 255
    opaque[0, 0, :3] = 255
    assert mask_of(picture(opaque)).tolist() == [[pytest.approx(1), 0], [0, 0]]
    painted = np.zeros((2, 2, 4), np.uint8)  # black paint on a transparent layer
    painted[0, 1, 3] = 255
    assert mask_of(picture(painted)).tolist() == [[0, 1], [0, 0]]
    assert mask_of(picture(np.full((1, 1, 1), 32768, np.uint16)))[0, 0] == pytest.approx(
        0.5, abs=1e-4
    )
