# SPDX-License-Identifier: Apache-2.0
"""A result is applied once; taken back, it is put back without computing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.around import START, Around
from fakes.tied import ready, turns

from protocol.plugin.drags import DragList

pytestmark = pytest.mark.usefixtures("watchful")


# ---------------------------------------------------------------- applied, once


def test_a_result_taken_back_is_put_back_without_computing(around: Around) -> None:
    job = ready(around)
    for _ in range(3):
        around.desk.apply()
        turns(around)
    assert len(around.host.state.sheets) == 2
    around.host.undo()
    turns(around)
    assert around.desk.session.stage == "taken_back"
    assert "Apply” puts it back" in around.desk.session.status.sentence
    around.desk.apply()
    turns(around)
    assert len(around.host.state.sheets) == 2
    assert around.net.last("edit") is job
    around.host.delete(around.host.active())
    turns(around)
    assert around.desk.session.stage == "taken_back"


def test_a_double_click_on_apply_leaves_no_wish_behind(tmp_path: Path) -> None:
    around = Around(tmp_path)
    around.host.prepares = 4
    ready(around)
    for _ in range(2):
        around.desk.apply()
    turns(around, 8)
    around.desk.set_drags(DragList().add(START, (18.0, 12.0)))
    around.desk.run()
    turns(around)
    around.net.done(around.net.last("edit"))
    turns(around, 8)
    assert around.desk.session.stage == "done"  # nobody asked to apply this one
    assert len(around.host.state.sheets) == 2


def test_changed_and_changed_back_the_result_is_still_there(around: Around) -> None:
    job = ready(around)
    around.desk.set("strength", 0.5)
    turns(around)
    assert around.desk.session.stage == "changed"
    around.desk.set("strength", 1.0)
    turns(around)
    assert around.desk.session.stage == "done"
    around.desk.apply()
    turns(around)
    assert around.net.last("edit") is job
    assert len(around.host.state.sheets) == 2


def test_edit_again_after_undo_hides_the_older_result_once_more(around: Around) -> None:
    ready(around)
    around.desk.apply()
    turns(around)
    first = around.host.active()
    assert around.desk.edit_again()
    around.desk.set_drags(DragList().add(START, (18.0, 12.0)))
    around.desk.run()
    turns(around)
    around.net.done(around.net.last("edit"))
    turns(around)
    for _ in range(2):
        around.desk.apply()
        turns(around)
        assert not around.host.sheet(first).visible
        around.host.undo()
        turns(around)
        assert around.host.sheet(first).visible


def test_another_layer_is_worked_on_after_a_result_was_taken_back(around: Around) -> None:
    other = replace(around.host.sheet("paper"), key="other", name="Other")
    around.host.do("Add", replace(around.host.state, sheets=(*around.host.state.sheets, other)))
    ready(around)
    around.desk.apply()
    turns(around)
    around.host.undo()
    turns(around)
    around.host.activate("other")
    turns(around)
    assert around.desk.source.key == "other"
    assert around.desk.session.stage == "ready"
