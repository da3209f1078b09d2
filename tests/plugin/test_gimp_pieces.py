# SPDX-License-Identifier: Apache-2.0
"""Previews of large regions in GIMP are written in pieces, and only where they are others than before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.carried import carry_gimp

from protocol.plugin.host import Pixels, Rect

carry_gimp()

from plugin_gimp.pullbrush.pieces import PIECE, Stretched  # noqa: E402

REGION: Rect = (100, 50, 3000, 2000)


def stretched(
    width: int = 300, height: int = 200, rect: Rect = REGION, value: int = 9
) -> Stretched:
    data = bytes((value, value, value, 255)) * (width * height)
    return Stretched(picture=Pixels(rect=(100, 50, width, height), data=data), rect=rect)


def dotted(one: Stretched, x: int, y: int) -> Stretched:
    """With one pixel of the picture changed."""
    data = bytearray(one.picture.data)
    at = 4 * (y * one.picture.rect[2] + x)
    data[at : at + 4] = b"\xff\xff\xff\xff"
    return replace(one, picture=replace(one.picture, data=bytes(data)))


def area(pieces: list[Rect]) -> int:
    return sum(width * height for _, _, width, height in pieces)


def test_the_first_picture_is_written_whole_in_small_pieces_that_do_not_overlap() -> None:
    pieces = list(stretched().pieces(None))
    assert area(pieces) == REGION[2] * REGION[3]
    assert max(width * height for _, _, width, height in pieces) <= PIECE
    corners = {(x, y) for x, y, _, _ in pieces}
    assert len(corners) == len(pieces)
    assert (100, 50) in corners
    assert max(x + width for x, _, width, _ in pieces) == 3100
    assert max(y + height for _, y, _, height in pieces) == 2050


def test_a_small_region_is_one_piece() -> None:
    small = (7, 8, 1024, 1024)
    assert list(stretched(rect=small).pieces(None)) == [small]


def test_what_is_transparent_is_not_written_first() -> None:
    nothing = replace(stretched(), picture=Pixels(rect=(0, 0, 300, 200), data=bytes(4 * 60000)))
    assert list(nothing.pieces(None)) == []
    assert 0 < area(list(dotted(nothing, 150, 100).pieces(None))) <= 4 * 512 * 512


def test_the_same_picture_is_not_written_again() -> None:
    assert list(stretched().pieces(stretched())) == []


@pytest.mark.parametrize("spot", [(0, 0), (299, 199), (51, 51), (51, 0), (150, 120)])
def test_a_changed_pixel_is_written_with_what_it_is_mixed_into(spot: tuple[int, int]) -> None:
    before = stretched()
    pieces = list(dotted(before, *spot).pieces(before))
    assert area(pieces) <= 4 * 512 * 512
    left, top = 100 + 10 * (spot[0] - 1), 50 + 10 * (spot[1] - 1)  # its neighbors are mixed too
    for x in (max(100, left), min(3099, left + 29)):
        for y in (max(50, top), min(2049, top + 29)):
            inside = [p for p in pieces if p[0] <= x < p[0] + p[2] and p[1] <= y < p[1] + p[3]]
            assert len(inside) == 1, (x, y)


def test_another_place_or_size_is_written_whole() -> None:
    moved = stretched(rect=(101, 50, 3000, 2000))
    assert area(list(moved.pieces(stretched()))) == REGION[2] * REGION[3]
    finer = stretched(600, 400)
    assert area(list(finer.pieces(stretched()))) == REGION[2] * REGION[3]
