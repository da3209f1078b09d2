# SPDX-License-Identifier: Apache-2.0
"""The working crop: context, size, padding, and nothing read beyond it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.engine.api import Picture
from server.engine.canvas import (
    ModelGrid,
    choose_crop,
    model_view,
    rects,
    result_layer,
)

SQUARE = ModelGrid(native=256, multiple=64, aspect=1.0)


def picture(pixels: np.ndarray, **more) -> Picture:
    height, width = pixels.shape[:2]
    return Picture(pixels=pixels, rect=(0, 0, width, height), document=(width, height), **more)


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
