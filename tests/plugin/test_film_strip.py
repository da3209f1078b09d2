# SPDX-License-Identifier: Apache-2.0
"""Small pictures of frames: made small truly, spread evenly, kept on one sheet that is small whatever it shows."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from protocol.edits import EDITS, EditModel
from protocol.events import Picture
from protocol.images import Image
from protocol.plugin.film import Film, moved
from protocol.plugin.film_sheet import MANY, SHEET_MAX, Sheet, few, sheet_in
from protocol.plugin.film_small import GRAY, SIDE, shrunk, small_size
from protocol.plugin.film_strip import KEPT, Seen, strip
from protocol.plugin.host import Pixels, Rect
from protocol.plugin.png import read_note, read_png, write_png
from protocol.plugin.strings import Strings

PLACE: Rect = (10, 20, 80, 80)
PLAIN = 3 * SIDE * SIDE


def even(rgba: tuple[int, int, int, int], rect: Rect = PLACE, **more: object) -> Pixels:
    """A picture of one color."""
    return Pixels(rect=rect, data=bytes(rgba) * (rect[2] * rect[3]), **more)  # type: ignore[arg-type]


def color(small: bytes, x: int, y: int, width: int = SIDE) -> tuple[int, ...]:
    return tuple(small[3 * (y * width + x) :][:3])


def noise(seed: int) -> bytes:
    return random.Random(seed).randbytes(PLAIN)


def test_a_small_picture_is_the_mean_of_what_it_shows() -> None:
    stripes = bytes((200, 100, 0, 255)) + bytes((100, 0, 50, 255))
    small = shrunk(Pixels(rect=PLACE, data=stripes * (80 * 40)), PLACE, PLACE)
    assert len(small) == PLAIN
    assert {color(small, x, y) for x in range(SIDE) for y in range(SIDE)} == {(150, 50, 25)}


def test_its_longer_side_is_the_same_for_all() -> None:
    assert small_size((0, 0, 512, 512)) == (SIDE, SIDE)
    assert small_size((0, 0, 900, 300)) == (SIDE, 13)
    assert small_size((0, 0, 2, 900)) == (1, SIDE)
    assert len(shrunk(even((1, 2, 3, 255)), PLACE, (10, 20, 80, 30))) == 3 * SIDE * 15


def test_what_lies_below_is_seen_through_and_beside_it() -> None:
    half: Rect = (10, 20, 40, 80)  # the left half of the place
    below = shrunk(even((0, 0, 200, 255)), PLACE, PLACE)
    small = shrunk(even((200, 0, 0, 128), half), half, PLACE, below)
    assert color(small, 5, 5) == (100, 0, 100)
    assert color(small, SIDE - 5, 5) == (0, 0, 200)
    assert color(shrunk(even((9, 9, 9, 0)), PLACE, PLACE), 3, 3) == (GRAY,) * 3


def test_any_depth_and_order_is_read() -> None:
    shorts = Pixels(
        rect=PLACE, data=b"\xff\xff\x00\x00\x00\x80\xff\xff" * 6400, dtype="u2", order="bgra"
    )
    assert color(shrunk(shorts, PLACE, PLACE), 3, 3) == (128, 0, 255)
    assert color(shrunk(even((10, 20, 30, 255), order="bgra"), PLACE, PLACE), 3, 3) == (30, 20, 10)
    opaque = even((10, 20, 30, 0), alpha="none")
    assert color(shrunk(opaque, PLACE, PLACE), 3, 3) == (10, 20, 30)


@pytest.mark.parametrize("count", [1, 2, 8, 9, 40, 1000])
def test_frames_are_spread_evenly_with_ends_and_the_chosen_one(count: int) -> None:
    kept = few(range(count), must={0, count - 1, count // 3})
    assert len(kept) == min(count, MANY)
    assert {0, count - 1, count // 3} <= set(kept)
    gaps = [b - a for a, b in itertools.pairwise(kept)]
    assert not gaps or max(gaps) <= 3 * count / MANY + 1


def test_what_must_be_there_is_there_even_if_it_is_too_much() -> None:
    assert few(range(20), must=range(12)) == [*range(12), 19]


def test_a_sheet_comes_back_as_it_was_and_can_be_looked_at() -> None:
    sheet = Sheet(place=PLACE, seen={n: bytes([n]) * PLAIN for n in range(0, 60, 3)})
    png = sheet.to_png(chosen=30, last=57)
    again = sheet_in(png, PLACE)
    assert again.seen == sheet.shown(30, 57)
    assert {0, 30, 57} <= set(again.seen)
    assert len(again.seen) == MANY
    _, width, height, channels = read_png(png)
    assert (width, height, channels) == (SIDE * MANY, SIDE, 3)
    assert again.to_png(chosen=30, last=57) == png  # the same recipe is the same


def test_a_sheet_is_small_even_if_it_shows_noise() -> None:
    sheet = Sheet(place=PLACE, seen={n: noise(n) for n in range(MANY)})
    png = sheet.to_png(0, MANY - 1)
    assert len(png) <= SHEET_MAX
    back = sheet_in(png, PLACE).seen[3]
    assert max(abs(a - b) for a, b in zip(back, noise(3), strict=True)) <= 7
    assert sheet_in(png, PLACE).to_png(0, MANY - 1) == png


@pytest.mark.parametrize(
    ("frames", "place"),
    [("0 1 2", PLACE), ("1 0", PLACE), ("0 x", PLACE), ("", PLACE), ("0 1", (0, 0, 80, 40))],
)
def test_a_picture_that_is_no_sheet_is_refused(frames: str, place: Rect) -> None:
    png = write_png(bytes(2 * PLAIN), 2 * SIDE, SIDE, 3, notes={"Frames": frames}, small=True)
    with pytest.raises(ValueError, match=r"sheet|literal"):
        sheet_in(png, place)


def test_a_png_keeps_notes_and_is_the_same_picture_when_it_is_small() -> None:
    data = noise(1)
    small = write_png(data, SIDE, SIDE, 3, notes={"A": "1 2", "B": "é"}, small=True)
    assert read_png(small) == read_png(write_png(data, SIDE, SIDE, 3)) == (data, SIDE, SIDE, 3)
    assert [read_note(small, key) for key in ("A", "B", "C")] == ["1 2", "é", ""]


def test_pictures_that_do_not_fit_their_place_are_refused() -> None:
    with pytest.raises(ValueError, match="frame 2 has 5 bytes, not 40 × 40 × 3"):
        Sheet(place=PLACE, seen={2: b"12345"})


def test_of_a_long_pull_few_are_kept_the_newest_among_them() -> None:
    seen, source = Seen(), even((0, 0, 0, 255))
    for number in range(0, 300, 3):
        seen.saw(number, even((number % 256, 0, 0, 255)), PLACE, source)
        assert len(seen.pictures) <= KEPT
        assert number in seen.pictures
    numbers = sorted(seen.pictures)
    assert numbers[0] == 0
    assert max(b - a for a, b in itertools.pairwise(numbers)) <= 60
    seen.saw(0, even((5, 0, 0, 255)), PLACE, source)  # it began anew
    assert list(seen.pictures) == [0]


def test_a_frame_that_was_never_seen_gets_its_picture_from_the_result() -> None:
    seen = Seen()
    for number in (0, 8):
        seen.saw(number, even((number, 0, 0, 255)), PLACE, None)
    image = Image(
        name="layer.0", shape=(80, 80, 4), dtype="u1", order="rgba", alpha="straight", rect=PLACE
    )
    top = Picture(image=image, pixels=bytes((255, 0, 0, 128)) * 6400)
    sheet = seen.with_result(seen.sheet(None, (0, 0, 1, 1)), 5, top, even((0, 0, 255, 255)))
    assert sheet.place == PLACE
    assert list(sheet.made) == [5]
    assert color(sheet.made[5], 9, 9) == (128, 0, 127)
    assert list(sheet.shown(5, 8)) == [0, 5, 8]
    assert list(sheet.shown(8, 8)) == [0, 8]  # what else was chosen once is not shown for good
    assert seen.with_result(sheet, 8, top, None) is sheet


def test_the_strip_says_which_frame_is_chosen() -> None:
    sheet = Sheet(place=PLACE, seen={n: bytes(PLAIN) for n in (0, 2, 5, 9)})
    strings = Strings("de")
    marked = {
        value: [one.number for one in strip(sheet, 6, value, strings) if one.chosen]
        for value in (-1, 5, 2, 4, "many", None)
    }
    assert marked == {-1: [5], 5: [5], 2: [2], 4: [], "many": [], None: []}
    shown = strip(sheet, 6, 0, strings)
    assert [one.label for one in shown] == ["Bild 0", "Bild 2", "Bild 5"]
    assert strip(None, 6, 0, strings) == strip(sheet, 1, 0, strings) == ()


def test_pictures_move_along_with_the_layer() -> None:
    model = EditModel.of(EDITS["drag-gan"])
    params = {"drags": [[[1, 2], [3, 4]]]}
    film = Film(
        frames=1, columns=1, data=b"12", params={}, chooses="frame", sheet=Sheet(place=PLACE)
    )
    there = moved(film, model, params, 5, -5)
    assert there is not None
    assert there.sheet == replace(Sheet(place=PLACE), place=(15, 15, 80, 80))
