# SPDX-License-Identifier: Apache-2.0
"""What GIMP's panel shows of an image: zoom, pan and fit, in numbers."""

from __future__ import annotations

import pytest
from fakes.carried import carry_gimp
from hypothesis import given
from hypothesis import strategies as st

carry_gimp()

from plugin_gimp.pullbrush.looking import STOPS, Looking  # noqa: E402

IMAGE, WINDOW = (4000, 3000), (350, 260)
REGION = (1000, 800, 300, 200)


def at_all() -> Looking:
    return Looking.at_all(IMAGE, WINDOW)


def test_at_first_the_whole_image_is_seen_and_no_larger_than_it_is() -> None:
    look = at_all()
    assert (look.rect, look.zoom) == ((0, 0, *IMAGE), 260 / 3000)
    assert Looking.at_all((100, 80), WINDOW).zoom == 1


def test_a_change_is_fitted_in_with_what_is_around_it() -> None:
    look = at_all().following(REGION)
    left, top, width, height = look.rect
    assert left < 1000
    assert top < 800
    assert left + width > 1300
    assert top + height > 1000
    assert look.step == 1


def test_the_view_stays_while_a_changing_region_can_be_judged() -> None:
    look = at_all().following(REGION)
    assert look.following((1010, 810, 280, 180)) is look
    assert look.following((1000, 800, 20, 10)) is not look, "too small by now"
    assert look.following((2500, 2000, 300, 200)) is not look, "somewhere else"


@given(st.sampled_from(STOPS), st.tuples(st.floats(0, 350), st.floats(0, 260)), st.integers(-4, 4))
def test_what_is_under_the_pointer_stays_there(
    zoom: float, at: tuple[float, float], steps: int
) -> None:
    look = at_all().following(REGION).zoomed(zoom)
    point, after = look.point(at), look.stepped(steps, at)
    if after.zoom * IMAGE[0] > 2 * WINDOW[0] and 400 < point[0] < 3600 and 400 < point[1] < 2600:
        assert after.place(point) == pytest.approx(at, abs=1e-6) or at_the_border(after)


def at_the_border(look: Looking) -> bool:
    x, y, width, height = look.rect
    return x == 0 or y == 0 or x + width == IMAGE[0] or y + height == IMAGE[1]


@given(st.floats(0.01, 16), st.tuples(st.floats(-9000, 9000), st.floats(-9000, 9000)))
def test_what_is_read_covers_what_is_seen_on_a_grid_of_its_step(
    zoom: float, shift: tuple[float, float]
) -> None:
    look = at_all().zoomed(zoom).panned(*shift)
    x, y, width, height = look.rect
    assert x % look.step == y % look.step == width % look.step == height % look.step == 0
    assert look.step & (look.step - 1) == 0
    assert look.zoom * look.step <= 1.001 or look.step == 1
    left, top = look.point((0, 0))
    right, bottom = look.point(WINDOW)
    assert x <= max(0, left) + 1e-6
    assert y <= max(0, top) + 1e-6
    assert x + width >= min(right, IMAGE[0]) - 1e-6
    assert y + height >= min(bottom, IMAGE[1]) - 1e-6
    assert 0 <= look.center[0] <= IMAGE[0]


def test_a_pull_moves_the_picture_as_far_as_its_border() -> None:
    look = at_all().zoomed(1)
    assert look.panned(10, 20).center == (look.center[0] - 10, look.center[1] - 20)
    assert look.panned(1e6, 1e6).rect[:2] == (0, 0)
