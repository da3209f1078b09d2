# SPDX-License-Identifier: Apache-2.0
"""A document on the panel: values, drags, run, apply, history, edit again, against a scripted engine."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.around import END, START, Around

from protocol.edits import schema
from protocol.events import Arrived
from protocol.messages import Caps
from protocol.plugin.drags import DragList
from protocol.plugin.png import read_png


class Working(Around):
    """An artist who has edited before."""

    def applied(self) -> None:
        """Draw one drag, run, let it end, apply."""
        self.desk.set_drags(DragList().add(START, END))
        self.desk.run()
        self.tick()
        self.net.done(self.net.last())
        self.tick()
        self.desk.apply()
        self.tick()
        self.desk.look()


@pytest.fixture
def around(tmp_path: Path) -> Working:
    return Working(tmp_path)


def test_a_drag_on_the_desk_becomes_a_layer(around: Working) -> None:
    desk = around.desk
    assert desk.kind == "drag"
    assert desk.panel.edit.drags_field == "drags"
    assert not desk.panel.edit.moves_object
    assert desk.status.grey == "Draw an arrow on the picture first."
    assert not desk.status.can_apply
    desk.run()
    assert desk.error == desk.status.grey
    around.applied()
    assert desk.error == ""
    assert [name.split(" (")[0] for name in around.host.names] == ["Paper", "drag [Pullbrush]"]
    assert len(around.host.past) == 1
    assert [entry.bundle.recipe.edit for entry in desk.results.history.entries] == ["drag"]
    _, width, height, channels = read_png(desk.results.history.entries[0].thumbnail)
    assert (width, height, channels) == (14, 10, 4)


def test_the_version_grows_when_there_is_something_to_draw_and_only_then(around: Working) -> None:
    around.tick()
    before = around.desk.version
    around.tick(10)
    assert around.desk.version == before
    around.desk.set_drags(DragList().add(START, END))
    around.tick(1)
    assert around.desk.version > before


def test_pulling_bends_the_preview_and_is_one_step(around: Working) -> None:
    desk = around.desk
    desk.set_drags(DragList().add(START))
    assert desk.session.stage == "empty"
    desk.set_drags(desk.drags.now.move(1, -1, (14, 11)), step=False)
    around.tick()
    desk.set_drags(desk.drags.now.move(1, -1, END), step=False)
    around.tick()
    assert "warp" in around.net.tasks()
    assert around.net.last("warp").params["drags"] == [[list(START), list(END)]]
    desk.undo_drag()
    assert desk.drags.now.strokes == ()
    assert desk.session.stage in ("empty", "ready")  # nothing pulled, nothing wanted
    desk.redo_drag()
    assert desk.drags.now.plain() == [[list(START), list(END)]]


def test_taking_the_last_drag_away_takes_the_preview_away(around: Working) -> None:
    desk = around.desk
    desk.set_drags(DragList().add(START, END))
    desk.run()
    around.tick()
    around.net.preview(around.net.last())
    around.tick()
    assert around.host.preview_is_shown
    desk.set_drags(DragList())
    assert not around.host.preview_is_shown
    assert around.net.last().cancels


def test_the_same_once_more_is_a_variation_unless_the_seed_is_locked(around: Working) -> None:
    desk = around.desk
    around.applied()
    first = around.net.last().params["seed"]
    desk.run()
    around.tick()
    assert around.net.last().params["seed"] != first
    around.net.done(around.net.last())
    around.tick()
    desk.seed_locked = True
    seed = desk.panel.value("seed")
    desk.run()
    around.tick()
    assert around.net.last().params["seed"] == seed


def test_a_second_try_starts_from_the_source_not_from_the_result(around: Working) -> None:
    around.applied()
    assert around.host.state.active.startswith("new-")
    around.desk.apply()
    around.tick()
    assert around.net.last().image("source").rect == (6, 6, 14, 10)
    assert around.net.source(around.net.last()) == around.net.source(around.net.jobs[0])


def test_starting_over_forgets_the_drags_and_can_be_undone(around: Working) -> None:
    around.applied()
    around.desk.start_over()
    assert around.desk.drags.now.strokes == ()
    assert around.desk.status.grey == "Draw an arrow on the picture first."
    around.desk.undo_drag()
    assert len(around.desk.drags.now.strokes) == 1


def test_edit_again_brings_everything_back(around: Working) -> None:
    around.host.select((8, 8, 9, 6))
    around.desk.look()
    around.desk.set("prompt", "a sun")
    around.applied()
    around.host.select(None)
    result = around.host.state.active
    around.desk = around.new_desk()  # the document was closed and opened
    assert len(around.desk.results.history.entries) == 1
    assert around.desk.edit_again(result)
    around.tick()
    desk = around.desk
    assert desk.drags.now.plain() == [[list(START), list(END)]]
    assert desk.panel.value("prompt") == "a sun"
    assert desk.seed_locked
    assert desk.status.grey == ""
    desk.set_drags(desk.drags.now.move(1, -1, (15, 11)))
    desk.apply()
    around.tick()
    job = around.net.last()
    assert job.params["drags"] == [[list(START), [15.0, 11.0]]]
    assert job.image("mask").rect == job.image("source").rect
    around.net.done(job)
    around.tick()
    assert len(around.host.state.sheets) == 3
    assert [sheet.visible for sheet in around.host.state.sheets] == [True, False, True]
    around.host.undo()
    assert [sheet.visible for sheet in around.host.state.sheets] == [True, True]
    around.host.redo()
    assert len(desk.results.history.entries) == 2


def test_a_layer_without_recipe_says_so(around: Working) -> None:
    assert not around.desk.edit_again("paper")
    assert around.desk.error.startswith("This layer has no recipe")


def test_redo_from_the_history_runs_the_same(around: Working) -> None:
    around.applied()
    entry = around.desk.results.history.entries[0]
    first = around.net.last().params
    around.desk.start_over()
    assert around.desk.redo(entry.id)
    around.tick()
    assert around.net.last().params == first
    assert not around.desk.redo("0" * 32)


def test_a_result_edited_again_twice_still_starts_from_the_painted_layer(around: Working) -> None:
    around.applied()
    for x in (15, 14):
        assert around.desk.edit_again()
        around.desk.set_drags(around.desk.drags.now.move(1, -1, (x, 11)))
        around.desk.apply()
        around.tick()
        around.net.done(around.net.last())
        around.tick()
    assert [sheet.visible for sheet in around.host.state.sheets] == [True, False, False, True]
    assert around.desk.edit_again()
    assert around.desk.source.key == "paper"


def test_lifting_the_pen_computes_by_itself_if_wished(around: Working) -> None:
    desk = around.desk
    desk.set_drags(DragList().add(START, END))
    desk.let_go()
    around.tick()
    assert around.net.last().task == "edit"
    count = len(around.net.jobs)
    desk.let_go()  # nothing changed since
    around.tick()
    assert len(around.net.jobs) == count
    desk.auto_run = False
    desk.set_drags(DragList().add(START, (15, 15)))
    desk.let_go()
    around.tick()
    assert "edit" not in around.net.tasks()[count:]


def test_favorites_and_forgetting_are_saved(around: Working) -> None:
    around.applied()
    entry = around.desk.results.history.entries[0]
    around.desk.results.favor(entry.id, True)
    assert around.new_desk().results.history.entries[0].favorite
    around.desk.results.forget(entry.id)
    assert around.new_desk().results.history.entries == ()


def test_move_needs_a_selection_and_says_so(around: Working) -> None:
    desk = around.desk
    desk.choose_edit("move")
    assert desk.panel.edit.moves_object
    assert desk.panel.edit.drags_field is None
    assert desk.status.grey == "Select the object first."
    around.host.select((8, 8, 4, 4))
    desk.look()
    assert desk.status.grey.startswith("Nothing moves yet")
    desk.set("dx", 5)
    desk.run()
    around.tick()
    assert around.net.last().op == "move"
    desk.choose_edit("drag")
    desk.choose_edit("move")
    assert desk.panel.value("dx") == 5  # what was typed is kept


def test_an_impossible_value_stays_on_the_panel_and_does_no_harm(around: Working) -> None:
    around.applied()
    around.desk.type_in("strength", "a lot")
    assert around.desk.status.grey == "“Strength” must be a number, not “a lot”. Type it again."
    around.desk.run()
    assert around.desk.error == around.desk.status.grey
    around.desk.type_in("strength", "0,5")
    assert around.desk.status.grey == ""


def test_the_layer_with_the_arrows_is_not_what_is_edited(around: Working) -> None:
    paper = around.host.sheet("paper")
    arrows = replace(paper, key="arrows", name="Pullbrush drags")
    around.host.state = replace(around.host.state, sheets=(paper, arrows), active="arrows")
    around.desk = around.new_desk()  # a document saved with the arrows active
    assert around.desk.source.active is not None
    assert around.desk.source.active.key == "paper"
    around.applied()
    assert around.desk.source.key == "paper"
    around.host.activate("arrows")
    around.desk.look()
    around.tick()
    assert around.desk.source.key == "paper"


def test_a_locked_layer_is_grey_with_its_reason(around: Working) -> None:
    sheets = tuple(replace(one, locked=True) for one in around.host.state.sheets)
    around.host.state = replace(around.host.state, sheets=sheets)
    around.desk.set_drags(DragList().add(START, END))
    around.desk.look()
    assert around.desk.status.grey == "The layer Paper is locked. Unlock it first."


def test_handles_on_flat_places_are_found(around: Working) -> None:
    paper = around.host.sheet("paper").pixels
    around.host.paint("paper", replace(paper, data=bytes([80]) * len(paper.data)))
    around.desk.set_drags(DragList().add(START, END))
    around.desk.look()
    assert around.desk.source.flat == {1}
    version = around.desk.version
    around.desk.set_drags(DragList())
    around.desk.look()
    around.tick(1)
    assert around.desk.source.flat == frozenset()
    assert around.desk.version > version


def test_errors_of_the_engine_are_said_and_go_with_the_next_try(around: Working) -> None:
    desk = around.desk
    desk.set_drags(DragList().add(START, END))
    desk.run()
    around.tick()
    around.net.fail(around.net.last(), "model.missing", "That model is not installed.")
    around.tick()
    assert desk.error == "That model is not installed."
    desk.run()
    assert desk.error == ""


def test_an_edit_of_a_later_engine_appears(around: Working) -> None:
    node = json.loads(json.dumps(schema()))  # texts are shared
    node["$defs"]["sparkle"] = json.loads(json.dumps(node["$defs"]["move"]))
    node["$defs"]["sparkle"]["x-pullbrush"] |= {"kind": "sparkle", "label": "edit.sparkle"}
    node["x-pullbrush"]["messages"]["en"] |= {"edit.sparkle": "Sparkle"}
    around.desk.set("prompt", "kept")
    around.net.come_back(caps=Caps(schema="a" * 64))
    around.tick()
    around.net.inbox.append(Arrived(blob="a" * 64, data=json.dumps(node).encode()))
    around.tick()
    assert "sparkle" in around.engine.edits
    assert around.desk.panel.value("prompt") == "kept"
    around.desk.choose_edit("sparkle")
    assert around.desk.panel.label == "Sparkle"


def test_a_closed_document_is_left_alone(around: Working) -> None:
    around.desk.set_drags(DragList().add(START, END))
    around.host.key = None
    around.tick()
    around.desk.look()
    assert around.desk.session.stage == "closed"
    around.desk.set_drags(DragList())
    around.desk.run()
