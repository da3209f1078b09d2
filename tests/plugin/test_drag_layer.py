# SPDX-License-Identifier: Apache-2.0
"""Drags on a vector layer: what is written is read back, what other programs write is read, both sides in step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.plugin.drag_layer import DragLayer, alike, drags_of
from protocol.plugin.drags import DragList, Grip
from protocol.plugin.host import Extent
from protocol.plugin.svg_path import path_points
from protocol.plugin.svg_read import Drawn, matrix_of, read_svg, thinned
from protocol.plugin.svg_write import write_svg
from protocol.plugin.undo import Undo

DRAGS = DragList().add((10, 20), (30, 40)).add_pin((50, 60)).add((5, 5), (90, 5))


def test_what_is_written_is_read_back() -> None:
    drags = DRAGS.add_way_point(3, (40, 30))
    drawn = read_svg(write_svg(drags, 200, 100), 200, 100)
    assert [one.number for one in drawn] == [1, 2, 3]
    assert drags_of(drawn, drags).plain() == drags.plain()


coordinate = st.floats(-100, 3000).map(lambda value: round(value, 1))
place = st.tuples(coordinate, coordinate)


@given(st.lists(st.one_of(st.tuples(place), st.tuples(place, place)), max_size=8))
def test_any_list_of_drags_survives_the_layer(ways: list[tuple[tuple[float, float], ...]]) -> None:
    drags = DragList.of(ways)
    drawn = read_svg(write_svg(drags, 2000, 1000), 2000, 1000)
    assert alike(drags_of(drawn, drags), drags)


def test_a_drawing_in_points_with_groups_and_transforms_is_read() -> None:
    svg = """<?xml version="1.0" standalone="no"?>
      <!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 20010904//EN" "http://www.w3.org/TR/2001/REC-SVG-20010904/DTD/svg10.dtd">
      <svg xmlns="http://www.w3.org/2000/svg" width="144pt" height="72pt"
      viewBox="0 0 144 72"><defs><path id="x" d="M0 0L9 9"/></defs>
      <g transform="translate(10, 0)"><g transform="scale(2)">
      <path id="shape1" transform="translate(5,5)" d="M0 0L10 0"/></g></g>
      <path transform="matrix(1 0 0 1 20 30)" d="M40.5 0 L0 0"/>
      <ellipse cx="72" cy="36" rx="3" ry="2"/><text>words</text></svg>"""
    drawn = read_svg(svg, 288, 144)
    assert [one.points for one in drawn] == [
        ((40, 20), (80, 20)),
        ((121, 60), (40, 60)),
        ((144, 72),),
    ]
    assert [one.number for one in drawn] == [None, None, None]


def test_rotations_turn_about_their_middle() -> None:
    assert matrix_of("rotate(90, 10, 10)") == pytest.approx((0, 1, -1, 0, 20, 0))
    assert matrix_of("scale(2) translate(3 4)") == (2, 0, 0, 2, 6, 8)
    assert matrix_of("skewX(45)") == pytest.approx((1, 0, 1, 1, 0, 0))
    assert matrix_of("none") == matrix_of("spin(3)") == (1, 0, 0, 1, 0, 0)


@pytest.mark.parametrize(
    ("d", "points"),
    [
        ("M1 2L3 4", [(1, 2), (3, 4)]),
        ("m1 2 3 4 5 6", [(1, 2), (4, 6), (9, 12)]),
        ("M1,2H10V5h-1v-1", [(1, 2), (10, 2), (10, 5), (9, 5), (9, 4)]),
        ("M0 0C0 8 8 8 8 0", [(0, 0), (4, 6), (8, 0)]),
        ("M0 0q1 1 2 2t3 3", [(0, 0), (2, 2), (5, 5)]),
        ("M0 0L4 0L4 4Z", [(2, 2)]),
        ("M0 0L4 0L4 4L0 0", [(2, 2)]),
        ("M0 0L4 0M9 9L1 1", [(0, 0), (4, 0)]),
        ("M1e1.5L-2.5-.5", [(10, 0.5), (-2.5, -0.5)]),
        ("", []),
        ("L", []),
        ("M1", []),
    ],
)
def test_paths_are_read_by_the_points_they_go_through(
    d: str, points: list[tuple[float, float]]
) -> None:
    flat = [value for point in path_points(d) for value in point]
    assert flat == pytest.approx([value for point in points for value in point])


@given(st.text(max_size=60))
def test_no_path_breaks_the_reader(d: str) -> None:
    assert isinstance(path_points(d), list)


@given(st.text(alphabet="<svg path=\"M0 1L'/>& ", max_size=60))
def test_what_is_no_drawing_is_refused_with_a_sentence(svg: str) -> None:
    try:
        read_svg(svg, 10, 10)
    except ValueError as problem:
        assert "drawing" in str(problem)


def test_a_drawing_that_blows_up_is_refused() -> None:
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>'
    with pytest.raises(ValueError, match="declarations of its own"):
        read_svg(bomb, 10, 10)
    with pytest.raises(ValueError, match="are read"):
        read_svg("<" + " " * (5 << 20), 10, 10)


def test_a_freehand_line_keeps_its_shape_with_few_points() -> None:
    line = [(x / 2, 20 + (x / 2 if x < 100 else 100 - x / 2)) for x in range(200)]
    kept = thinned(line)
    assert kept[0] == line[0]
    assert kept[-1] == line[-1]
    assert len(kept) <= 5
    wild = [(x, (x * 7919) % 501) for x in range(5000)]
    assert len(thinned(wild)) <= 64


# ---------------------------------------------------------------- in step


class Canvas:
    """A program that stores what is drawn in its own words, like real ones do."""

    def __init__(self) -> None:
        self.svg: str | None = None
        self.writes = 0

    def extent_and_profile(self) -> Extent:
        return Extent(width=200, height=100)

    def drag_layer_svg(self) -> str | None:
        return self.svg

    def write_drag_layer(self, svg: str) -> None:
        self.writes += 1
        self.svg = svg.replace("<path ", '<path transform="translate(0.2,0.1)" ')


class Owner:
    def __init__(self) -> None:
        self.drags: Undo[DragList] = Undo(now=DragList())
        self.lifted = 0

    def set_drags(self, drags: DragList, *, step: bool = True) -> None:
        self.drags = self.drags.do(drags) if step else self.drags.adjust(drags)

    def let_go(self) -> None:
        self.lifted += 1


def table() -> tuple[Canvas, Owner, DragLayer]:
    canvas, owner = Canvas(), Owner()
    return canvas, owner, DragLayer(canvas, owner)


def test_nothing_is_drawn_unless_wished() -> None:
    canvas, owner, layer = table()
    owner.set_drags(DRAGS)
    layer.sync()
    assert canvas.svg is None
    assert not layer.is_there
    layer.make()
    assert layer.is_there
    assert canvas.writes == 1
    for _ in range(3):
        layer.sync()
    assert canvas.writes == 1  # at rest
    assert owner.drags.now == DRAGS  # and what the program rounds comes not back


def test_drags_changed_on_the_canvas_are_drawn_on_the_layer() -> None:
    canvas, owner, layer = table()
    layer.make()
    owner.set_drags(DRAGS)
    layer.sync()
    assert canvas.svg is not None
    assert canvas.svg.count("<path id") + canvas.svg.count("<path transform") >= 2
    owner.set_drags(DRAGS.delete(1))
    layer.sync()
    assert 'id="pullbrush-1"' not in canvas.svg


def test_arrows_moved_on_the_layer_move_the_drags() -> None:
    canvas, owner, layer = table()
    owner.set_drags(DRAGS.choose(Grip(number=1, at=1, part="target")))
    layer.make()
    assert canvas.svg is not None
    canvas.svg = canvas.svg.replace("30.00 40.00", "35.00 45.00")
    layer.sync()
    assert owner.drags.now[1].points[1] == pytest.approx((35.2, 45.1))
    assert owner.drags.now.chosen == Grip(number=1, at=1, part="target")
    assert owner.lifted == 1
    assert canvas.writes == 1  # what was drawn by hand is not drawn over
    owner.drags = owner.drags.undo()
    layer.sync()
    assert canvas.writes == 2


def test_a_saved_layer_brings_its_drags_along() -> None:
    canvas, owner, layer = table()
    canvas.svg = write_svg(DRAGS, 200, 100)
    layer.sync()
    assert owner.drags.now.plain() == DRAGS.plain()
    layer.sync()
    assert canvas.writes == 0


def test_a_layer_thrown_away_keeps_the_drags() -> None:
    canvas, owner, layer = table()
    owner.set_drags(DRAGS)
    layer.make()
    canvas.svg = None
    layer.sync()
    assert not layer.is_there
    assert owner.drags.now == DRAGS
    assert canvas.writes == 1


def test_a_copied_arrow_gets_a_number_of_its_own() -> None:
    way = ((1.0, 1.0), (9.0, 9.0))
    drags = drags_of([Drawn(points=way, number=4), Drawn(points=way, number=4)], DragList())
    assert [stroke.number for stroke in drags.strokes] == [4, 5]


def test_a_layer_that_cannot_be_read_says_so_and_does_no_harm() -> None:
    canvas, owner, layer = table()
    owner.set_drags(DRAGS)
    layer.make()
    canvas.svg = "<svg"
    layer.sync()
    assert layer.problem.startswith("The layer of arrows")
    assert owner.drags.now == DRAGS
    canvas.svg = "<svg>" + '<path d="M1 1L9 9"/>' * 40 + "</svg>"
    layer.sync()
    assert layer.problem == "There can be 32 arrows and pins. Remove one first."
