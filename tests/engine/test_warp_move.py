# SPDX-License-Identifier: Apache-2.0
"""The move warp: any part of a pixel, any scale, nothing wrapped around, holes known and filled."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.engine.api import Layer, Picture
from server.engine.canvas import (
    blend_mask,
    flatten,
    grown_blend_mask,
    instead_layer,
    needs_instead,
    over_layer,
    region_of,
)
from server.engine.canvas.rects import bounds
from server.engine.warp import move_change, move_warp, object_center
from server.engine.warp.timing import preview_milliseconds

WHOLE = (0, 0, 128, 128)


def disc(x: float, y: float, radius: float, side: int = 128) -> np.ndarray:
    """An anti-aliased disc, 0..1."""
    rows, columns = np.mgrid[:side, :side] + 0.5
    return np.clip(radius + 0.5 - np.hypot(columns - x, rows - y), 0, 1).astype(np.float32)


def center_of(mask: np.ndarray) -> np.ndarray:
    rows, columns = np.mgrid[: mask.shape[0], : mask.shape[1]] + 0.5
    return np.array([(columns * mask).sum(), (rows * mask).sum()]) / mask.sum()


@settings(max_examples=40)
@given(dx=st.floats(-40, 40), dy=st.floats(-40, 40), scale=st.floats(0.4, 2.2))
def test_the_object_arrives_to_a_part_of_a_pixel_and_in_size(dx, dy, scale):
    mask = disc(64, 64, 10)
    warp = move_warp(mask, dx, dy, scale)
    assert center_of(warp.cover) == pytest.approx(np.array([64 + dx, 64 + dy]), abs=0.1)
    assert warp.cover.sum() == pytest.approx(mask.sum() * scale**2, rel=0.05)
    assert warp.valid.all()
    assert (warp.hole <= mask).all()
    moved = warp.cover > 0.99
    expected = (np.stack(np.nonzero(moved)[::-1], -1) + 0.5 - (64 + dx, 64 + dy)) / scale + 64
    assert warp.map[moved] == pytest.approx(expected, abs=1e-3)


def test_an_object_moved_over_the_border_is_not_wrapped_around():
    warp = move_warp(disc(20, 64, 12), -20, 0)
    assert warp.cover[:, 64:].max() == 0
    assert warp.cover[64, 0] == 1
    cut = np.zeros((128, 128), np.float32)
    cut[50:70, :10] = 1  # an object already cut by the border does not smear when it comes in
    warp = move_warp(cut, 30, 0)
    assert bounds(warp.cover > 0, WHOLE) == (30, 50, 10, 20)


def test_a_hole_is_filled_from_around_and_the_object_is_kept():
    pixels = np.zeros((128, 128, 3), np.uint16)
    pixels[...] = (np.arange(128) * 200 + 10000)[None, :, None]  # a smooth sky
    mask = disc(40, 64, 12)
    pixels[mask > 0] = (60000, 50000, 1000)
    source = Picture(pixels=pixels, rect=WHOLE, document=(128, 128))
    warp = move_warp(mask, 50, 0)
    area = (mask > 0) | (warp.cover > 0)
    blend = grown_blend_mask(area, 4)
    layer = over_layer(move_change(source, WHOLE, warp, mask, blend))
    flat = flatten(source, [Layer(picture=layer, name="moved")]).pixels
    assert flat[64, 90].tolist() == [60000, 50000, 1000]
    assert flat[64, 40] == pytest.approx(np.array([18000] * 3), abs=1500)
    assert (flat[blend == 0] == pixels[blend == 0]).all()
    assert flat[64, 78 : 78 + 24, 2].max() < 30000


@settings(max_examples=25)
@given(
    dx=st.integers(-60, 60),
    dy=st.integers(-60, 60),
    scale=st.floats(0.3, 2),
    grown=st.integers(0, 9),
)
def test_the_region_is_source_and_target_grown_and_nothing_else(dx, dy, scale, grown):
    mask = disc(64, 60, 11)
    pixels = np.random.default_rng(0).integers(0, 255, (128, 128, 3), dtype=np.uint8)
    source = Picture(pixels=pixels, rect=WHOLE, document=(128, 128))
    warp = move_warp(mask, dx, dy, scale)
    blend = grown_blend_mask((mask > 0) | (warp.cover > 0), grown)
    layer = over_layer(move_change(source, WHOLE, warp, mask, blend, scale))
    region = np.zeros((128, 128), bool)
    x, y, w, h = layer.rect
    region[y : y + h, x : x + w] = region_of(layer)
    assert not (region & (blend == 0)).any()
    assert (region | (blend < 0.5 / 255))[blend > 0].all()


def test_a_sprite_leaves_transparency_behind_without_a_fringe():
    pixels = np.zeros((128, 128, 4), np.uint8)
    mask = disc(40, 64, 12)
    pixels[..., :3] = (250, 240, 10)
    pixels[mask == 0] = 0
    pixels[..., 3] = np.rint(mask * 255)
    source = Picture(pixels=pixels, rect=WHOLE, document=(128, 128))
    warp = move_warp(mask, 45.5, 0)
    blend = grown_blend_mask((mask > 0) | (warp.cover > 0), 4)
    change = move_change(source, WHOLE, warp, mask, blend)
    assert needs_instead(change), "the old place must become transparent"
    copy = instead_layer(change).pixels
    assert copy[64, 40].tolist() == [0, 0, 0, 0]
    assert copy[64, 85].tolist() == [250, 240, 10, 255]
    seen = copy[..., 3] > 8
    assert np.abs(copy[seen][:, :3].astype(int) - (250, 240, 10)).max() <= 12


def test_shrinking_averages_instead_of_picking():
    pixels = np.zeros((128, 128, 1), np.uint8)
    pixels[:, ::2] = 255
    source = Picture(pixels=pixels, rect=WHOLE, document=(128, 128))
    mask = np.zeros((128, 128), np.float32)
    mask[20:100, 20:100] = 1
    warp = move_warp(mask, 0, 0, 0.25)
    blend = (warp.cover > 0).astype(np.float32)
    change = move_change(source, WHOLE, warp, mask, blend, 0.25)
    inner = change.colors[4:-4, 4:-4]
    assert inner == pytest.approx(np.full(inner.shape, 0.5), abs=0.15)


def test_what_cannot_be_moved_is_said():
    with pytest.raises(ValueError, match="empty"):
        move_warp(np.zeros((8, 8), np.float32), 1, 1)
    with pytest.raises(ValueError, match="scale must be above 0, got 0"):
        move_warp(disc(64, 64, 5), 1, 1, 0.0)
    assert object_center(disc(64, 32, 10)) == (64, 32)


def test_a_blend_mask_of_a_thin_object_still_replaces_its_middle():
    mask = np.zeros((64, 64), np.float32)
    mask[30:33, 5:60] = 1
    assert blend_mask(mask, 25.0)[31, 30] == 1


def test_the_preview_can_be_timed():
    assert 0 < preview_milliseconds(64, 3) < 10_000
