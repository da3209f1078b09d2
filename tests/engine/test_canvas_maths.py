# SPDX-License-Identifier: Apache-2.0
"""Crop, masks, colors, detail: the canvas maths between the document and the model."""

from __future__ import annotations

import hashlib
from math import hypot

import imagecodecs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.engine.api import Layer, Picture
from server.engine.canvas import (
    MaskSettings,
    ModelGrid,
    blend_mask,
    change_of,
    choose_crop,
    composite_over,
    flatten,
    grow,
    identity_map,
    instead_layer,
    mask_of,
    mask_on,
    model_mask,
    model_view,
    needs_instead,
    over_layer,
    push_pull,
    rects,
    resize,
    result_layer,
    source_hash,
    source_hash_pixels,
    srgb_and_alpha,
)
from server.engine.canvas.color import ColorSpace
from server.engine.canvas.distance import depth_inside, distance_to
from server.engine.canvas.resample import resize_part
from server.engine.warp import move_warp

SQUARE = ModelGrid(native=256, multiple=64, aspect=1.0)
ADOBE = imagecodecs.cms_profile("adobergb")


def picture(pixels: np.ndarray, **more) -> Picture:
    height, width = pixels.shape[:2]
    return Picture(pixels=pixels, rect=(0, 0, width, height), document=(width, height), **more)


# ---- crop


@given(
    document=st.tuples(st.integers(1, 5000), st.integers(1, 5000)),
    corner=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    share=st.tuples(st.floats(0.001, 1), st.floats(0.001, 1)),
    aspect=st.sampled_from([1.0, 1.5, 2.0]),
    native=st.sampled_from([256, 512]),
)
def test_the_crop_holds_region_and_context_at_the_models_size(
    document, corner, share, aspect, native
):
    width, height = document
    region = rects.intersect(
        (
            int(corner[0] * (width - 1)),
            int(corner[1] * (height - 1)),
            max(1, int(share[0] * width)),
            max(1, int(share[1] * height)),
        ),
        (0, 0, width, height),
    )
    grid = ModelGrid(native=native, aspect=aspect)
    crop = choose_crop(region, document, grid)
    context = max(max(region[2:]) // 16, 32)
    wanted = rects.intersect(rects.pad(region, context), (0, 0, width, height))
    assert rects.contains(crop.rect, wanted)
    assert crop.rect[2] >= native
    assert crop.rect[3] >= native
    assert crop.size[0] % 64 == 0
    assert crop.size[1] % 64 == 0
    assert max(crop.size) / min(crop.size) <= aspect * 1.35
    assert 0.7 * native**2 <= crop.size[0] * crop.size[1] <= 1.35 * native**2
    ratio = crop.scale[0] / crop.scale[1]
    assert abs(ratio - 1) <= 2 / native, "pixels stay square"
    for axis in (0, 1):  # beyond the document only where it is too small
        if crop.rect[2 + axis] <= document[axis]:
            assert crop.rect[axis] >= 0
            assert crop.rect[axis] + crop.rect[2 + axis] <= document[axis]
    assert choose_crop(region, document, grid, kept=crop) is crop
    x, y = crop.to_document(*crop.to_model(12.5, 7.25))
    assert (x, y) == pytest.approx((12.5, 7.25))


def test_the_crop_is_kept_only_while_it_holds_the_region():
    first = choose_crop((500, 500, 50, 50), (2000, 2000), SQUARE)
    assert choose_crop((520, 510, 60, 60), (2000, 2000), SQUARE, kept=first) is first
    other = choose_crop((900, 510, 60, 60), (2000, 2000), SQUARE, kept=first)
    assert rects.contains(other.rect, (900, 510, 60, 60))


def test_a_small_document_is_padded_by_its_edges():
    pixels = np.zeros((100, 60, 3), np.uint8)
    pixels[:, :30] = (255, 0, 0)
    pixels[:, 30:] = (0, 0, 255)
    crop = choose_crop((10, 10, 20, 20), (60, 100), SQUARE)
    view = model_view(picture(pixels), crop)
    assert view.shape == (256, 256, 3)
    assert view[:, 0] == pytest.approx(np.tile([1, 0, 0], (256, 1)))
    assert view[:, -1] == pytest.approx(np.tile([0, 0, 1], (256, 1)))


def test_only_the_crop_of_a_huge_document_is_read(tmp_path):
    """16 384² on disk: reading it whole would map 1 GiB; the pages really read are counted."""
    side = 16384
    path = tmp_path / "huge.raw"
    with path.open("wb") as stream:
        stream.truncate(side * side * 4)
    pixels = np.memmap(path, np.uint8, "r+", shape=(side, side, 4))
    pixels[8000:8512, 8000:8512] = (10, 200, 30, 255)
    source = Picture(pixels=pixels, rect=(0, 0, side, side), document=(side, side))
    before = resident_bytes()
    crop = choose_crop((8100, 8100, 150, 150), (side, side), SQUARE)
    view = model_view(source, crop)
    blend = np.zeros((crop.rect[3], crop.rect[2]), np.float32)
    blend[50:100, 50:100] = 1
    layer = result_layer(source, crop, 1 - view, blend, reconstruction=view)
    grown = resident_bytes() - before
    assert layer.pixels.shape == (50, 50, 4)
    assert grown < 96 << 20, f"{grown >> 20} MiB became resident"
    assert view[128, 128] == pytest.approx(np.array([10, 200, 30]) / 255, abs=1e-5)


def resident_bytes() -> int:
    from pathlib import Path

    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * 4096


# ---- masks


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
    settings = MaskSettings()
    assert settings.feather_for((0, 0, 600, 800)) == pytest.approx(0.1 * hypot(600, 800))
    assert settings.feather_for((0, 0, 50, 50)) == 32
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


# ---- colors


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


# ---- putting back


def test_a_smooth_sixteen_bit_sky_stays_smooth():
    """A brightening by half a level of 8 bit: banding would show as few distinct values."""
    ramp = np.linspace(20000, 21000, 256)
    pixels = np.repeat(np.tile(ramp[None, :, None], (256, 1, 1)), 3, axis=2).astype(np.uint16)
    source = picture(pixels)
    crop = choose_crop((60, 60, 100, 100), (256, 256), SQUARE)
    view = model_view(source, crop)
    eight_bit = np.rint(view * 255) / 255  # what a model in 8 bit would give back
    layer = result_layer(
        source,
        crop,
        eight_bit + np.float32(0.5 / 255),
        np.ones((256, 256), np.float32),
        reconstruction=eight_bit,
    )
    values = layer.pixels[128, :, 0].astype(int)
    assert len(np.unique(values)) == len(np.unique(pixels[128, :, 0]))
    assert values - pixels[128, :, 0] == pytest.approx(0.5 / 255 * 65535, abs=1.5)


def test_detail_the_model_lost_travels_with_the_content():
    """Grain the model cannot see is moved by the map to where the content went."""
    rng = np.random.default_rng(3)
    base = np.full((64, 64, 3), 0.5, np.float32)
    base[20:30, 20:30] = 0.8
    grain = rng.normal(0, 0.02, (64, 64, 3)).astype(np.float32)
    moved = np.full((64, 64, 3), 0.5, np.float32)
    moved[20:30, 40:50] = 0.8
    source = picture(base + grain)
    crop = choose_crop((20, 20, 10, 10), (64, 64), ModelGrid(native=64, aspect=1.0))
    backward = identity_map((64, 64))
    backward[20:30, 40:50, 0] -= 20
    layer = result_layer(
        source, crop, moved, np.ones((64, 64), np.float32), reconstruction=base, backward=backward
    )
    inner = layer.pixels[22:28, 42:48, :3]
    assert inner == pytest.approx((base + grain)[22:28, 22:28], abs=2e-3)
    left = layer.pixels[22:28, 22:28, :3]
    assert np.abs(left - 0.5).max() < 0.08, "no ghost of the object's own detail remains"


def test_the_edge_of_a_moved_thing_is_as_sharp_as_in_the_document():
    """A model that blurs everything, at half the document's size: the disc that it moved correctly
    arrives with the document's own edge, and nothing sharp stays at the old place."""
    rows, columns = np.mgrid[:256, :256] + 0.5

    def scene(x: float) -> np.ndarray:
        disc = np.clip(20.5 - np.hypot(columns - x, rows - 128), 0, 1)[..., None]
        sky = np.linspace(0.2, 0.6, 256)[:, None, None]
        return (disc * (0.95, 0.8, 0.2) + (1 - disc) * sky).astype(np.float32)

    def model(pixels: np.ndarray) -> np.ndarray:
        return resize(resize(pixels, (48, 48), "area"), (128, 128), "bicubic")

    source, truth = picture(scene(80)), scene(170)
    crop = choose_crop((0, 0, 256, 256), (256, 256), ModelGrid(native=128, aspect=1.0))
    mask = np.clip(20.5 - np.hypot(columns - 80, rows - 128), 0, 1).astype(np.float32)
    backward = move_warp(mask, 90, 0).map
    everywhere = np.ones((256, 256), np.float32)
    edited, reconstruction = model(truth), model(source.pixels)
    errors = {}
    for name, way in (("carried", backward), ("in place", None)):
        layer = result_layer(
            source, crop, edited, everywhere, reconstruction=reconstruction, backward=way
        )
        errors[name] = float(np.sqrt(((layer.pixels[..., :3] - truth) ** 2).mean()))
    naive = result_layer(source, crop, edited, everywhere)
    errors["naive"] = float(np.sqrt(((naive.pixels[..., :3] - truth) ** 2).mean()))
    assert errors["carried"] < 0.5 * errors["in place"]
    assert errors["in place"] <= errors["naive"]


def test_no_fringe_from_colors_under_transparency():
    """A sprite whose transparent surroundings are black, as straight alpha often has."""
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[20:40, 20:40] = (250, 240, 10, 255)
    crop = choose_crop((20, 20, 20, 20), (64, 64), ModelGrid(native=64, aspect=1.0))
    view = model_view(picture(pixels), crop)
    assert view.min(axis=(0, 1)) == pytest.approx(np.array([250, 240, 10]) / 255, abs=0.01)


def test_transparency_stays_where_the_source_is_transparent():
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[20:40, 20:40] = (250, 240, 10, 255)
    source = picture(pixels)
    crop = choose_crop((10, 10, 40, 40), (64, 64), ModelGrid(native=64, aspect=1.0))
    edited = np.full((64, 64, 3), 0.2, np.float32)
    change = change_of(source, crop, edited, np.ones((64, 64), np.float32))
    flat = flatten(source, [Layer(picture=over_layer(change), name="x")])
    assert (flat.pixels[..., 3] == pixels[..., 3]).all()
    assert not needs_instead(change)
    assert flat.pixels[30, 30].tolist() == [51, 51, 51, 255]


def test_what_must_become_transparent_needs_a_full_copy():
    pixels = np.full((64, 64, 4), 255, np.uint8)
    source = picture(pixels)
    crop = choose_crop((10, 10, 40, 40), (64, 64), ModelGrid(native=64, aspect=1.0))
    alpha = np.ones((64, 64), np.float32)
    alpha[20:30, 20:30] = 0
    blend = np.zeros((64, 64), np.float32)
    blend[10:50, 10:50] = 1
    change = change_of(source, crop, np.ones((64, 64, 3), np.float32), blend, alpha=alpha)
    assert needs_instead(change)
    copy = instead_layer(change)
    assert copy.pixels[25, 25].tolist() == [0, 0, 0, 0]
    assert copy.pixels[5, 5].tolist() == [255, 255, 255, 255]
    flat = flatten(source, [Layer(picture=copy, name="x", placement="instead")])
    assert (flat.pixels == copy.pixels).all()


def test_over_is_porter_and_duffs():
    base = picture(np.array([[[200, 100, 50, 128]]], np.uint8))
    top = picture(np.array([[[10, 250, 30, 64]]], np.uint8))
    alpha, under = 64 / 255, 128 / 255
    total = alpha + under * (1 - alpha)
    color = (
        np.array([10, 250, 30]) * alpha + np.array([200, 100, 50]) * under * (1 - alpha)
    ) / total
    result = composite_over(base, top).pixels[0, 0]
    assert result.tolist() == [*np.rint(color).astype(int).tolist(), round(total * 255)]


def test_layers_of_another_kind_are_refused():
    base = picture(np.zeros((4, 4, 3), np.uint16))
    with pytest.raises(ValueError, match="uint8"):
        flatten(base, [Layer(picture=picture(np.zeros((4, 4, 4), np.uint8)), name="x")])
    with pytest.raises(ValueError, match="alpha"):
        flatten(base, [Layer(picture=picture(np.zeros((4, 4, 3), np.uint16)), name="x")])


# ---- filling, hashing


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
