# SPDX-License-Identifier: Apache-2.0
"""A program's own paths as drags: both sides follow each other, and nothing runs before the anchor was let go."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from fakes.connection import ScriptedConnection
from fakes.noted import NotedHost

from protocol.edits import Point
from protocol.plugin.document.document_controller import DocumentController
from protocol.plugin.document.path_sync import SETTLED_S, PathWatch, Ways
from protocol.plugin.drag_layer import NAME
from protocol.plugin.drags import DragList
from protocol.plugin.engine import Engine
from protocol.plugin.session import picture_watch


class Pathed(NotedHost):
    """A paint program of bytes that has paths."""

    ways: Ways = ()
    written: Sequence[str] = ()

    def paths(self) -> Ways:
        return self.ways

    def write_paths(self, ways: Sequence[Sequence[Point]], name: str = NAME) -> None:
        self.ways = tuple(tuple(way) for way in ways)
        self.written = (*self.written, name)


class Board:
    """A document with its desk, the watch between them, and a clock that the test moves."""

    def __init__(self, kind: str = "drag") -> None:
        self.host = Pathed.opened(200, 100)
        self.net = ScriptedConnection()
        self.desk = DocumentController(self.host, Engine(self.net), notes=self.host, kind=kind)
        self.now = 100.0
        self.watch = PathWatch(self.host, self.desk, clock=lambda: self.now)
        self.beat()

    def beat(self, times: int = 3, passes: float = 0.0) -> None:
        for _ in range(times):
            self.desk.look()
            self.watch.look()
            self.desk.tick()
            self.now += passes

    def draw(self, *ways: tuple[Point, ...]) -> None:
        self.host.ways = ways
        self.beat()


def test_an_open_stroke_is_a_drag_one_with_three_anchors_has_a_way_and_one_anchor_is_a_pin() -> (
    None
):
    board = Board()
    board.draw(((10, 20), (30, 40)), ((50, 50), (60, 55), (70, 50)), ((5, 5),))
    strokes = board.desk.drags.now.strokes
    assert [stroke.is_pin for stroke in strokes] == [False, False, True]
    assert [stroke.part(1) for stroke in strokes[:2]] == ["target", "way"]
    assert board.desk.panel.params()["drags"][1] == [[50.0, 50.0], [60.0, 55.0], [70.0, 50.0]]
    assert board.host.written == ()


def test_a_moved_anchor_bends_at_once_and_computes_only_when_it_rests() -> None:
    board = Board()
    board.draw(((10, 20), (30, 40)))
    board.draw(((10, 20), (34, 40)))
    assert board.watch.is_moving
    assert not [job for job in board.net.jobs if job.task == "edit"]
    board.beat(passes=SETTLED_S)
    assert not board.watch.is_moving
    board.beat()
    assert [job.params["drags"] for job in board.net.jobs if job.task == "edit"] == [
        [[[10.0, 20.0], [34.0, 40.0]]]
    ]


def test_what_lay_there_before_the_panel_came_is_shown_but_not_computed() -> None:
    board = Board()
    other = PathWatch(board.host, board.desk, clock=lambda: board.now)
    board.host.ways = (((10, 20), (30, 40)),)
    other.look()
    assert len(board.desk.drags.now.strokes) == 1
    assert not other.is_moving


def test_drags_of_a_recipe_are_drawn_as_a_path_and_not_read_back_as_news() -> None:
    board = Board()
    board.desk.set_drags(DragList().add((10, 10), (20, 12)).add_pin((40, 40)))
    board.beat()
    assert board.host.ways == (((10.0, 10.0), (20.0, 12.0)), ((40.0, 40.0),))
    assert board.host.written == (NAME,)
    board.beat(passes=SETTLED_S)
    assert board.host.written == (NAME,)
    assert not board.watch.is_moving


def test_start_over_empties_the_path() -> None:
    board = Board()
    board.draw(((10, 20), (30, 40)))
    board.desk.start_over()
    board.beat()
    assert board.host.ways == ()
    assert board.desk.drags.now.strokes == ()


def test_too_many_strokes_are_said_and_the_ones_before_stay() -> None:
    board = Board()
    board.draw(((10, 20), (30, 40)))
    board.draw(*(((i, 1.0), (i, 9.0)) for i in range(40)))
    assert "32" in board.watch.problem
    assert len(board.desk.drags.now.strokes) == 1


def test_a_path_of_one_stroke_moves_the_selected_object() -> None:
    board = Board("move")
    board.host.select((20, 20, 30, 30))
    board.draw(((25, 25), (45.5, 15)))
    assert (board.desk.panel.value("dx"), board.desk.panel.value("dy")) == (20.5, -10.0)


def test_a_path_that_is_led_elsewhere_moves_to_its_end_and_says_so() -> None:
    board = Board("move")
    board.host.select((20, 20, 30, 30))
    board.draw(((25, 25), (90, 90), (45, 15)))
    assert (board.desk.panel.value("dx"), board.desk.panel.value("dy")) == (20.0, -10.0)
    assert "last anchor" in board.watch.problem
    board.draw(((25, 25), (45, 15)))
    assert board.watch.problem == ""


def test_an_older_path_moves_the_object_only_if_it_begins_there() -> None:
    board = Board("drag")
    board.host.select((20, 20, 30, 30))
    board.draw(((100, 25), (120, 25)))
    board.desk.choose_edit("move")
    board.beat()
    assert board.desk.panel.value("dx") == 0
    board.desk.choose_edit("drag")
    board.draw(((25, 25), (45, 25)))
    board.desk.choose_edit("move")
    board.beat()
    assert board.desk.panel.value("dx") == 20.0


PATH = ((40.0, 20.0), (80.0, 40.0))


def waiting() -> Board:
    """A board on which the result of a path waits to be applied, and everything is computed by itself."""
    board = Board()
    board.draw(PATH)
    board.beat(passes=SETTLED_S)
    board.beat()
    board.net.done(board.net.last("edit"))
    board.beat(8, passes=SETTLED_S)
    assert board.desk.session.stage == "done"
    return board


def edits(board: Board) -> int:
    return sum(job.task == "edit" for job in board.net.jobs)


@pytest.mark.parametrize("how", ["scaled", "turned", "mirrored"])
def test_a_path_that_went_along_with_its_picture_costs_no_result_that_waits(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_watch, "WATCH_S", 0.0)
    board = waiting()
    made, asked, seen = board.desk.session.outcome, edits(board), board.host.previews[-1]
    if how == "scaled":
        board.host.scale(100, 50)
        board.host.ways = (((20.0, 10.0), (40.0, 20.0)),)
    elif how == "turned":
        board.host.rotate()
        board.host.ways = (((80.0, 40.0), (60.0, 80.0)),)
    else:
        board.host.mirror()
        board.host.ways = (((160.0, 20.0), (120.0, 40.0)),)
    board.beat(12, passes=SETTLED_S)
    assert edits(board) == asked, "nobody pulled the path"
    board.net.done(board.net.last("warp"))
    board.beat(4, passes=SETTLED_S)
    assert board.host.previews[-1] != seen
    board.host.undo()
    board.host.ways = (PATH,)
    board.beat(12, passes=SETTLED_S)
    assert edits(board) == asked
    assert board.desk.session.outcome is made
    assert (board.desk.session.stage, board.desk.error) == ("done", "")
    assert board.host.previews[-1] == seen, "what is seen is what Apply adds"


def test_a_path_that_went_along_is_computed_when_asked_for_and_fits() -> None:
    board = waiting()
    asked = edits(board)
    board.host.scale(100, 50)
    board.host.ways = (((20.0, 10.0), (40.0, 20.0)),)
    board.beat(12, passes=SETTLED_S)
    board.desk.run()
    board.beat(8)
    assert edits(board) == asked + 1
    assert board.net.last("edit").params["drags"] == [[[20.0, 10.0], [40.0, 20.0]]]
    assert board.desk.error == "", "the arrows are not where they were drawn before"


def test_an_anchor_that_is_pulled_after_the_picture_was_scaled_is_computed_by_itself() -> None:
    board = waiting()
    asked = edits(board)
    board.host.scale(100, 50)
    board.host.ways = (((20.0, 10.0), (40.0, 20.0)),)
    board.beat(12, passes=SETTLED_S)
    board.host.ways = (((20.0, 10.0), (44.0, 20.0)),)
    board.beat(12, passes=SETTLED_S)
    assert edits(board) == asked + 1
