# SPDX-License-Identifier: Apache-2.0
"""A second edit goes on from the result that is active: what is seen is what is edited."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.connection import ScriptedConnection
from fakes.noted import NotedHost

from protocol.plugin.document.document_controller import DocumentController
from protocol.plugin.drags import DragList
from protocol.plugin.engine import Engine
from protocol.plugin.host import Placement, Rect
from protocol.plugin.lineage import made_of, picture_on

FIRST = DragList().add((10.0, 10.0), (16.0, 12.0))
SECOND = DragList().add((11.0, 11.0), (14.0, 13.0))


class Around:
    """A desk, its document, and an engine that inverts whatever it gets."""

    def __init__(self) -> None:
        self.host = NotedHost.opened()
        self.net = ScriptedConnection()
        self.desk = DocumentController(self.host, Engine(self.net), notes=self.host, kind="drag")
        self.desk.auto_run = False
        self.desk.look()

    def edit(self, drags: DragList, placement: Placement = "over") -> str:
        """Draw, run, apply; returns the result's key."""
        before = len(self.desk.session.applied)
        self.desk.set_drags(drags)
        self.desk.run()
        self.ticks()
        self.net.done(self.net.last("edit"), placement=placement, opaque=True)
        self.ticks()
        self.desk.apply()
        self.ticks()
        assert len(self.desk.session.applied) == before + 1, self.desk.error
        self.desk.look()
        return self.host.active()

    def ticks(self) -> None:
        for _ in range(5):
            self.desk.tick()

    def source(self) -> tuple[Rect, bytes]:
        """Place and pixels of what the newest edit was made of."""
        job = self.net.last("edit")
        return job.image("source").rect, self.net.source(job)


def pixel(place: tuple[Rect, bytes], x: int, y: int) -> tuple[int, ...]:
    (left, top, width, _), data = place
    at = ((y - top) * width + x - left) * 4
    return tuple(data[at : at + 4])


@pytest.fixture
def around() -> Around:
    return Around()


def test_a_new_edit_on_a_result_edits_what_is_seen(around: Around) -> None:
    first = around.edit(FIRST)
    before = pixel(around.source(), 12, 11)
    around.desk.start_over()
    assert around.desk.source.key == ""
    second = around.edit(SECOND)
    seen = around.source()
    assert pixel(seen, 12, 11) == (*(255 - value for value in before[:3]), 255), (
        "not the first result"
    )
    assert made_of(around.host, around.host, second) == ("paper", first)
    assert picture_on(around.host, around.host, second) == ("paper", first, second)
    assert around.host.visible_keys() == ["paper", first, second]


def test_another_kind_of_edit_goes_on_as_well(around: Around) -> None:
    first = around.edit(FIRST)
    around.desk.choose_edit("move")
    around.desk.choose_edit("drag")
    around.edit(SECOND)
    assert made_of(around.host, around.host, around.host.active()) == ("paper", first)


def test_more_arrows_beside_the_first_ones_begin_with_the_original(around: Around) -> None:
    """The arrows are still there: the new result is that of all of them, and covers the first one."""
    first = around.edit(FIRST)
    around.edit(FIRST.add((20.0, 15.0), (22.0, 15.0)))
    assert made_of(around.host, around.host, around.host.active()) == ("paper",)
    assert around.host.active() != first


def test_all_arrows_removed_and_new_ones_drawn_go_on(around: Around) -> None:
    first = around.edit(FIRST)
    around.desk.set_drags(DragList())
    around.edit(SECOND)
    assert made_of(around.host, around.host, around.host.active()) == ("paper", first)


def test_a_full_copy_is_gone_on_with_alone(around: Around) -> None:
    first = around.edit(FIRST, placement="instead")
    assert not around.host.sheet("paper").visible
    around.desk.start_over()
    second = around.edit(SECOND)
    assert made_of(around.host, around.host, second) == (first,)


def test_a_full_copy_of_a_result_hides_all_it_was_made_of(around: Around) -> None:
    first = around.edit(FIRST)
    around.desk.start_over()
    second = around.edit(SECOND, placement="instead")
    assert around.host.visible_keys() == [second]
    around.host.undo()
    assert around.host.visible_keys() == ["paper", first]


def test_edit_again_takes_what_the_result_was_made_of(around: Around) -> None:
    first = around.edit(FIRST)
    around.desk.start_over()
    second = around.edit(SECOND)
    before = around.source()
    around.host.activate(second)
    around.desk.look()
    assert around.desk.edit_again("")
    assert around.desk.source.key == first
    around.desk.run()
    around.ticks()
    assert around.source() == before
    around.net.done(around.net.last("edit"), opaque=True)
    around.ticks()
    around.desk.apply()
    around.ticks()
    third = around.host.active()
    assert around.host.visible_keys() == ["paper", first, third], "it takes the second's place"
    assert made_of(around.host, around.host, third) == ("paper", first)


def test_the_history_makes_a_result_again_of_the_same(around: Around) -> None:
    around.edit(FIRST)
    around.desk.start_over()
    around.edit(SECOND)
    before = around.source()
    assert around.desk.redo(around.desk.results.history.entries[-1].id)
    around.ticks()
    assert around.source() == before


def test_a_hidden_original_is_told_with_a_way_on(around: Around) -> None:
    first = around.edit(FIRST, placement="instead")
    around.host.activate("paper")
    around.desk.start_over()
    around.desk.look()
    assert around.desk.source.cover == first
    assert "hidden" in around.desk.status.grey
    around.desk.set_drags(SECOND)
    around.desk.go_on()
    around.desk.look()
    assert around.desk.status.grey == ""
    assert around.desk.source.works_on == around.host.sheet(first).name
    around.edit(SECOND)
    assert made_of(around.host, around.host, around.host.active()) == (first,)


def test_no_way_on_where_the_result_is_hidden_too(around: Around) -> None:
    first = around.edit(FIRST, placement="instead")
    sheets = (replace(s, visible=False) if s.key == first else s for s in around.host.state.sheets)
    around.host.state = replace(around.host.state, sheets=tuple(sheets), active="paper")
    around.desk.look()
    assert around.desk.source.cover == ""
    around.desk.go_on()
    assert around.desk.source.key == "paper"


def test_a_layer_that_was_deleted_is_left_out(around: Around, tmp_path: Path) -> None:
    first = around.edit(FIRST)
    around.desk.start_over()
    second = around.edit(SECOND)
    state = around.host.state
    around.host.state = replace(state, sheets=tuple(s for s in state.sheets if s.key != first))
    assert made_of(around.host, around.host, second) == ("paper",)
    around.desk.look()
    assert around.desk.edit_again(second)
    assert around.desk.source.key == "paper"
