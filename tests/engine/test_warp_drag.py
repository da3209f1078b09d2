# SPDX-License-Identifier: Apache-2.0
"""The drag warp: handles arrive, pins hold, nothing tears, opposite drags do not cancel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from server.engine.api import Layer, Picture
from server.engine.canvas import apply_map, flatten, identity_map, over_layer, resize_map
from server.engine.warp import (
    auto_region,
    auto_region_bounds,
    dense_targets,
    drag_change,
    drag_warp,
)


def source_of(warp, point) -> np.ndarray:
    """The source point (x, y) that the map shows at a point."""
    return apply_map(warp.map, np.array([[point]], np.float32))[0, 0]


def distance(a, b) -> float:
    return float(np.hypot(a[0] - b[0], a[1] - b[1]))


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    side=st.sampled_from([40, 130, 300]),
    handles=st.integers(1, 8),
    pins=st.integers(0, 3),
)
def test_content_arrives_where_it_was_dragged_and_pins_hold(seed, side, handles, pins):
    rng = np.random.default_rng(seed)
    region = np.ones((side, side), bool)
    paths = [rng.uniform(0.15 * side, 0.85 * side, (2, 2)).tolist() for _ in range(handles)]
    paths += [rng.uniform(0.15 * side, 0.85 * side, (1, 2)).tolist() for _ in range(pins)]
    ends = np.array([path[-1] for path in paths])
    apart = np.hypot(*(ends[:, None] - ends[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    assume(apart.min() > max(8.0, side / 16))  # two different wishes for one place have no answer
    warp = drag_warp(paths, region)
    for path in paths:
        assert distance(source_of(warp, path[-1]), path[0]) < 0.5


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32 - 1), steps=st.integers(2, 5))
def test_way_points_are_passed_and_the_end_is_exact(seed, steps):
    rng = np.random.default_rng(seed)
    path = rng.uniform(40, 216, (steps + 1, 2)).tolist()
    warp = drag_warp([path], np.ones((256, 256), bool))
    assert distance(source_of(warp, path[-1]), path[0]) < 0.5


def blob(rng: np.random.Generator, side: int) -> np.ndarray:
    y, x = np.mgrid[:side, :side] + 0.5
    angle = np.arctan2(y - side / 2, x - side / 2)
    waves = 1 + 0.25 * np.sin(3 * angle + rng.uniform(0, 6))
    return np.hypot(x - side / 2, y - side / 2) < 0.38 * side * waves


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), side=st.sampled_from([64, 256]))
def test_outside_and_at_the_edge_of_the_region_nothing_moves(seed, side):
    rng = np.random.default_rng(seed)
    region = blob(rng, side)
    start, end = rng.uniform(0.4 * side, 0.6 * side, (2, 2))
    warp = drag_warp([[tuple(start), tuple(end)]], region)
    shift = warp.map - identity_map((side, side))
    assert not shift[~region].any()
    inner_edge = region & ~np.roll(region, 1, axis=0)
    moved = np.hypot(*np.moveaxis(shift, -1, 0))
    assert moved[inner_edge].max() <= max(3.0, 0.3 * distance(start, end))
    assert (warp.cover == region).all()
    assert warp.valid.all()


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    far=st.floats(5, 140),
    angle=st.floats(0, 6.28),
)
def test_one_drag_neither_tears_nor_folds(seed, far, angle):
    """Every pixel has a source in the region, neighbors have neighboring sources, and no area is
    turned over."""
    rng = np.random.default_rng(seed)
    start = rng.uniform(100, 156, 2)
    end = start + 0.5 * far * np.array([np.cos(angle), np.sin(angle)])
    warp = drag_warp([[tuple(start), tuple(end)]], np.ones((256, 256), bool))
    assert np.isfinite(warp.map).all()
    assert warp.valid.all()
    (xy, xx), (yy, yx) = np.gradient(warp.map[..., 0]), np.gradient(warp.map[..., 1])
    area = xx * yy - xy * yx
    assert area[4:-4, 4:-4].min() > 0
    assert max(np.abs(xx).max(), np.abs(yy).max()) < 12


def test_opposite_drags_do_not_cancel():
    """Pulling two points apart: each carries its own surroundings fully; their average would not
    move at all."""
    paths = [[(110.0, 128.0), (80.0, 128.0)], [(146.0, 128.0), (176.0, 128.0)]]
    both = drag_warp(paths, np.ones((256, 256), bool))
    for path, sign in zip(paths, (1, -1), strict=True):
        alone = drag_warp([path], np.ones((256, 256), bool))
        x, y = path[1]
        for near in ((x, y + 12), (x, y - 12), (x + 12 * -sign, y)):
            together = near[0] - source_of(both, near)[0]
            single = near[0] - source_of(alone, near)[0]
            assert together * -sign > 0.75 * abs(single) > 5


def test_a_pin_stops_what_would_follow():
    drag = [(128.0, 128.0), (128.0, 98.0)]
    beside = (150.0, 110.0)
    free = drag_warp([drag], np.ones((256, 256), bool))
    held = drag_warp([drag, [beside]], np.ones((256, 256), bool))
    assert distance(source_of(free, beside), beside) > 5
    assert distance(source_of(held, beside), beside) < 0.1


def test_a_peak_is_raised_and_the_ground_stretches():
    """The picture of the mountain: content between base and peak is stretched evenly."""
    warp = drag_warp([[(128.0, 120.0), (128.0, 80.0)]], np.ones((256, 256), bool))
    column = warp.map[:, 128, 1]
    assert (np.diff(column) > 0).all()
    assert column[79] == pytest.approx(119.5, abs=1.0)
    assert abs(column[250] - 250.5) < 5


def test_what_is_stretched_beyond_belief_is_a_hole():
    region = np.zeros((128, 256), bool)
    region[32:96, 8:248] = True
    far = drag_warp([[(24.0, 64.0), (232.0, 64.0)]], region)
    near = drag_warp([[(120.0, 64.0), (124.0, 64.0)]], region)
    assert far.hole.sum() > 500
    assert near.hole.sum() == 0
    assert not far.hole[~region].any()


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        ([], "no drag"),
        ([[(10.0, 10.0)]], "no drag"),
        ([[(5.0, 5.0), (60.0, 60.0)]], "begins at .5, 5., outside the region"),
        ([[(50.0, 50.0), (200.0, 50.0)]], "ends at .200, 50., outside the region"),
        ([[(50.0, 50.0), (float("nan"), 50.0)]], "finite|outside"),
    ],
)
def test_what_cannot_be_dragged_is_said(paths, words):
    region = np.zeros((100, 100), bool)
    region[30:70, 30:70] = True
    with pytest.raises(ValueError, match=words):
        drag_warp(paths, region)


def test_an_empty_region_is_refused():
    with pytest.raises(ValueError, match="empty"):
        drag_warp([[(5.0, 5.0), (6.0, 6.0)]], np.zeros((10, 10), bool))


# ---- the area that may change when there is no mask


@settings(max_examples=20)
@given(
    size=st.tuples(st.integers(64, 900), st.integers(64, 900)),
    ends=st.tuples(*[st.floats(0.02, 0.98)] * 4),
)
def test_without_a_mask_the_region_holds_the_drag_and_something_moves(size, ends):
    path = [(ends[0] * size[0], ends[1] * size[1]), (ends[2] * size[0], ends[3] * size[1])]
    assume(distance(*path) > 1)
    rect = auto_region_bounds([path], size)
    region = auto_region([path], size, rect)
    assert region.max() == 1
    local = [(x - rect[0], y - rect[1]) for x, y in path]
    for x, y in local:
        assert region[int(y), int(x)] == 1
    warp = drag_warp([local], region)
    assert distance(source_of(warp, local[1]), local[0]) < 0.5


def test_the_automatic_region_is_soft_inside_the_document_and_no_larger_than_its_bounds():
    path = [(30.0, 100.0), (90.0, 100.0)]
    bounds = auto_region_bounds([path, [(200.0, 200.0)]], (256, 256))
    everywhere = auto_region([path, [(200.0, 200.0)]], (256, 256), (-50, -50, 400, 400))
    rows, columns = np.nonzero(everywhere)
    assert columns.min() - 50 >= bounds[0]
    assert rows.min() - 50 >= bounds[1]
    assert columns.max() - 50 < bounds[0] + bounds[2]
    assert rows.max() - 50 < bounds[1] + bounds[3]
    assert everywhere[250, 250] == 0, "a pin adds nothing"
    soft = everywhere[(everywhere > 0) & (everywhere < 1)]
    assert soft.size > 500


# ---- using it


def test_the_preview_moves_pixels_of_every_depth_and_only_in_the_region():
    rng = np.random.default_rng(0)
    for dtype in (np.uint8, np.uint16, np.float16, np.float32):
        for channels in (1, 2, 3, 4):
            top = 1 if np.issubdtype(dtype, np.floating) else np.iinfo(dtype).max
            pixels = np.zeros((128, 128, channels))
            pixels[50:60, 40:50, : channels - (channels in (2, 4))] = 0.8
            pixels += rng.uniform(0, 0.05, pixels.shape)
            if channels in (2, 4):
                pixels[..., -1] = 1
            source = Picture(
                pixels=(pixels * top).astype(dtype), rect=(0, 0, 128, 128), document=(128, 128)
            )
            path = [(45.0, 55.0), (75.0, 55.0)]
            region = auto_region([path], (128, 128), (0, 0, 128, 128))
            warp = drag_warp([path], region)
            layer = over_layer(drag_change(source, (0, 0, 128, 128), warp, region))
            flat = flatten(source, [Layer(picture=layer, name="warp")]).pixels
            assert flat.dtype == dtype
            assert (flat == source.pixels)[region == 0].all()
            assert flat[55, 75, 0] / top == pytest.approx(0.8, abs=0.06)
            assert flat[55, 45, 0] / top < 0.2, "the place it left shows what was beside it"


def test_transparent_neighbors_lend_no_color():
    """A yellow sprite on transparent black: its dragged edge must not turn dark."""
    pixels = np.zeros((128, 128, 4), np.uint8)
    pixels[40:80, 40:80] = (250, 240, 10, 255)
    source = Picture(pixels=pixels, rect=(0, 0, 128, 128), document=(128, 128))
    warp = drag_warp([[(60.0, 60.0), (70.3, 66.6)]], np.ones((128, 128), bool))
    change = drag_change(source, (0, 0, 128, 128), warp, np.ones((128, 128), np.float32))
    seen = change.alpha > 0.02
    assert (change.colors[seen] - np.array([250, 240, 10]) / 255).__abs__().max() < 0.02


def test_the_map_fits_a_latent_grid():
    warp = drag_warp([[(100.0, 128.0), (140.0, 128.0)]], np.ones((256, 256), bool))
    small = resize_map(warp.map, (32, 32))
    assert apply_map(small, np.array([[(17.5, 16.0)]], np.float32))[0, 0] * 8 == pytest.approx(
        [100, 128], abs=2.5
    )
    again = resize_map(identity_map((256, 128)), (32, 64))
    assert again == pytest.approx(identity_map((32, 64)))


def test_dense_targets_pair_cells_with_their_sources():
    warp = drag_warp([[(100.0, 128.0), (140.0, 128.0)]], np.ones((256, 256), bool))
    pairs = dense_targets(warp, (32, 32))
    at = {tuple(cell): source for cell, source in zip(pairs.targets, pairs.sources, strict=True)}
    assert at[(17, 16)] == pytest.approx([12.5, 16.5], abs=0.35)
    assert (0, 0) not in at, "what does not move is no target"
    assert pairs.map.shape == (32, 32, 2)
    assert (pairs.sources >= 0).all()
    assert (pairs.sources <= 32).all()
