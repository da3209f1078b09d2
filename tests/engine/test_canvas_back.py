# SPDX-License-Identifier: Apache-2.0
"""Putting back what changed: depth, detail, edges, transparency."""

from __future__ import annotations

import numpy as np
import pytest

from server.engine.api import Layer, Picture
from server.engine.canvas import (
    ModelGrid,
    change_of,
    choose_crop,
    composite_over,
    flatten,
    identity_map,
    instead_layer,
    model_view,
    needs_instead,
    over_layer,
    resize,
    result_layer,
)
from server.engine.warp import move_warp

SQUARE = ModelGrid(native=256, multiple=64, aspect=1.0)


def picture(pixels: np.ndarray, **more) -> Picture:
    height, width = pixels.shape[:2]
    return Picture(pixels=pixels, rect=(0, 0, width, height), document=(width, height), **more)


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
