# SPDX-License-Identifier: Apache-2.0
"""A result that waits is not thrown away for something that cannot be done, and is told of as it stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.around import END, START, Around
from fakes.tied import READ, layers, painted, ready, running, turns

from protocol.plugin.buttons import offers
from protocol.plugin.drags import DragList
from protocol.plugin.flat import flat_strokes
from protocol.plugin.host import HostError
from protocol.plugin.standing import hint, standing
from protocol.plugin.strings.for_host import HostStrings

pytestmark = pytest.mark.usefixtures("watchful")


def words(around: Around) -> str:
    return standing(around.desk, around.engine.models, around.desk.strings).words


def plan(around: Around) -> str:
    return standing(around.desk, around.engine.models, around.desk.strings).plan


# ---------------------------------------------------------------- what cannot be done costs nothing


def another_layer(around: Around, *, visible: bool) -> None:
    other = replace(around.host.sheet("paper"), key="other", name="Other", visible=visible)
    around.host.do("Add", replace(around.host.state, sheets=(other, *around.host.state.sheets)))


@pytest.mark.parametrize("left", ["a hidden layer", "none"])
def test_compute_again_without_its_layer_keeps_the_result_for_undo(
    around: Around, left: str
) -> None:
    if left == "a hidden layer":
        another_layer(around, visible=False)
    ready(around)
    made = around.desk.session.outcome
    around.host.delete("paper")
    turns(around)
    around.desk.compute_again()
    turns(around)
    assert around.desk.error
    assert around.desk.session.outcome is made
    around.host.undo()
    turns(around)
    assert (around.desk.session.stage, around.desk.status.stale) == ("done", "")
    around.desk.apply()
    turns(around)
    assert layers(around)[-1] == READ


def test_a_picture_that_cannot_be_read_keeps_the_result(
    around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(around)
    made = around.desk.session.outcome
    painted(around)
    turns(around)

    def unreadable(_rect: object) -> None:
        raise HostError("There is no memory left.")

    with monkeypatch.context() as full:
        full.setattr(around.host, "read_selection", unreadable)
        around.desk.compute_again()
        around.tick()
    assert around.desk.session.failure is not None
    assert around.desk.session.outcome is made
    around.host.undo()
    turns(around)
    around.desk.apply()
    turns(around)
    assert layers(around)[-1] == READ


@pytest.mark.parametrize("end", ["fail", "cancelled"])
def test_what_failed_or_was_cancelled_leaves_the_older_result(around: Around, end: str) -> None:
    ready(around)
    made = around.desk.session.outcome
    painted(around)
    turns(around)
    around.desk.compute_again()
    turns(around, 8)
    again = around.net.last("edit")
    if end == "cancelled":
        around.desk.cancel()
    getattr(around.net, end)(again)
    turns(around)
    assert around.desk.session.outcome is made
    assert "changed where the result lies" in around.desk.status.stale


@pytest.mark.parametrize("deed", ["edit_again", "redo"])
def test_a_recipe_that_cannot_be_taken_up_keeps_the_result(around: Around, deed: str) -> None:
    ready(around)
    around.desk.apply()
    turns(around)
    around.desk.look()
    around.desk.set_drags(DragList().add(START, (18.0, 12.0)))
    around.desk.run()
    turns(around)
    around.net.done(around.net.last("edit"))
    turns(around)
    made = around.desk.session.outcome
    assert made is not None
    entry = around.desk.results.history.entries[0]
    edits = around.engine.edits
    around.engine.edits = {kind: model for kind, model in edits.items() if kind != "drag"}
    done = (
        around.desk.edit_again(around.host.active())
        if deed == "edit_again"
        else around.desk.redo(entry.id)
    )
    around.engine.edits = edits
    assert not done
    assert around.desk.session.outcome is made


# ---------------------------------------------------------------- another geometry


def test_a_picture_scaled_down_is_not_told_as_cropped(tmp_path: Path) -> None:
    """The place of the edit lies beside the canvas of half the size."""
    around = Around(tmp_path)
    around.desk.auto_run = False
    around.desk.set_drags(DragList().add((24.0, 16.0), (28.0, 18.0)))
    around.desk.run()
    turns(around)
    around.net.done(around.net.last("edit"))
    turns(around)
    around.host.scale(16, 12)
    turns(around)
    assert around.desk.session.stale is not None
    assert around.desk.session.stale.change == "resized"
    _, anyway = offers(around.desk, around.desk.strings)
    assert "does not fit the picture any more" in anyway.tip
    turns(around, 6)
    assert "scaled, turned or distorted" in around.desk.status.stale


def test_the_first_reason_stays_after_apply_anyway_and_undo(around: Around) -> None:
    ready(around)
    around.host.scale(64, 48)
    turns(around)
    said = around.desk.status.stale
    assert "scaled" in said
    around.desk.apply_anyway()
    turns(around)
    around.host.undo()
    turns(around, 8)
    assert around.desk.status.stale == said


def test_arrows_of_a_picture_of_another_size_are_told(around: Around) -> None:
    ready(around)
    around.host.scale(64, 48)
    turns(around)
    around.desk.compute_again()
    assert "where they were drawn before" in around.desk.error
    turns(around, 8)
    around.net.done(around.net.last("edit"))
    turns(around)
    assert around.desk.session.stage == "done"


# ---------------------------------------------------------------- an anchor pulled away and back


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_is_seen_is_the_result_again_when_its_arrow_is_back(around: Around, when: str) -> None:
    """A bent preview of the other place must not stand for it, whenever the engine sends that."""
    job = running(around)
    around.net.done(job, opaque=True)
    turns(around)
    result = around.host.previews[-1]
    around.desk.set_drags(DragList().add(START, (17.0, 13.0)))
    turns(around, 8)
    bent = around.net.last("warp")
    if when == "before":
        around.net.done(bent)
        turns(around)
        assert around.host.previews[-1] != result
    around.desk.set_drags(DragList().add(START, END))
    if when == "after":
        around.net.done(bent)
    turns(around, 8)
    assert around.desk.session.stage == "done"
    assert around.host.previews[-1] == result


# ---------------------------------------------------------------- how it stands


def test_what_a_plan_foresees_is_told_once_when_the_edit_is_refused_for_it(around: Around) -> None:
    """As of an arrow that begins outside the selected area: foreseen by the plan, then why nothing can be computed."""
    ready(around)
    around.desk.notice = around.desk.session.warning = "An arrow begins outside."
    stands = standing(around.desk, around.engine.models, around.desk.strings)
    assert (stands.warning, stands.error) == ("", "An arrow begins outside.")
    around.desk.notice = ""
    stands = standing(around.desk, around.engine.models, around.desk.strings)
    assert (stands.warning, stands.error) == ("An arrow begins outside.", "")


def test_start_over_takes_the_plan_line_down(around: Around) -> None:
    ready(around)
    assert plan(around)
    around.desk.start_over()
    turns(around)
    assert plan(around) == ""


def test_a_hidden_source_is_told_with_what_can_still_be_done(around: Around) -> None:
    ready(around)
    sheets = (replace(s, visible=False) for s in around.host.state.sheets)
    around.host.do("Hide", replace(around.host.state, sheets=tuple(sheets)))
    turns(around)
    assert around.desk.status.grey
    assert around.desk.status.grey in words(around)
    assert not words(around).startswith("Done.")


def test_an_object_that_is_not_moved_is_not_run(tmp_path: Path) -> None:
    around = Around(tmp_path, "move")
    around.host.select((8, 8, 6, 6))
    turns(around)
    assert around.desk.status.grey.startswith("Nothing moves yet")
    assert words(around) == around.desk.status.grey
    assert not around.desk.status.can_apply
    around.desk.set("dx", 4.0)
    turns(around)
    assert around.desk.status.grey == ""


def test_gimp_says_to_draw_a_path_because_nothing_is_pulled_on_its_canvas() -> None:
    assert "draw a path" in HostStrings("gimp").text("move.nothing")
    assert "move the object on the picture" in HostStrings("krita").text("move.nothing")


def test_what_is_to_be_selected_is_told_in_one_sentence(tmp_path: Path) -> None:
    around = Around(tmp_path, "move")
    around.desk.set("dx", 4.0)
    turns(around)
    assert around.desk.status.grey == "Select the object first."


def test_an_arrow_beside_the_picture_is_not_told_as_an_even_area(around: Around) -> None:
    around.desk.set_drags(DragList().add((50.0, 50.0), END))
    turns(around)
    assert flat_strokes(around.host, around.desk.drags.now, "paper")
    found = hint(around.desk, around.desk.strings, drawing=True)
    assert "begins beside the picture" in found


def test_go_on_begins_afresh_with_the_result(around: Around) -> None:
    ready(around)
    around.net.jobs.clear()
    around.desk.session.discard()
    around.desk.run()
    turns(around, 8)
    around.net.done(around.net.last("edit"), placement="instead", opaque=True)
    turns(around)
    around.desk.apply()
    turns(around)
    result = around.host.active()
    around.host.activate("paper")
    turns(around)
    assert around.desk.source.cover == result
    around.desk.go_on()
    turns(around)
    assert around.desk.source.key == result
    assert around.desk.session.stage == "ready"
    assert around.desk.drags.now.plain() == []  # they made the result
    around.desk.set_drags(DragList().add(START, END))
    turns(around)
    assert around.desk.session.stage == "ready"
    assert around.desk.status.can_apply
