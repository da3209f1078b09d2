# SPDX-License-Identifier: Apache-2.0
"""The edit session when it is stopped, refused, lost, closed or full."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes.host import open_host
from session_table import DRAG, FAR, NEAR, Table

from protocol.edits import ParamError
from protocol.plugin.host import Pixels
from protocol.plugin.session.edit_session import EditSession
from protocol.plugin.session.progress import SessionError
from protocol.store import Store

# ---------------------------------------------------------------- stopping


def test_cancel_stops_and_writes_nothing(table: Table) -> None:
    job = table.running()
    table.session.cancel()
    assert table.session.stage == "stopping"
    table.net.preview(job)  # still on its way
    table.tick()
    assert not table.host.preview_is_shown
    table.net.cancelled(job)
    table.tick()
    assert table.session.stage == "ready"
    assert len(table.host.state.sheets) == 1
    table.tick()
    assert table.net.tasks() == ["edit"]


def test_cancel_again_is_by_force(table: Table) -> None:
    job = table.running()
    table.session.cancel()
    table.session.cancel()
    assert job.cancels == [False, True]


def test_a_result_that_came_before_the_cancel_is_not_taken(table: Table) -> None:
    job = table.running()
    table.session.apply()
    table.session.cancel()
    table.net.done(job)
    table.tick()
    assert table.session.outcome is None
    assert len(table.host.state.sheets) == 1


def test_discard_forgets_the_result_and_its_preview(table: Table) -> None:
    job = table.running()
    table.net.done(job)
    table.tick()
    assert table.host.preview_is_shown
    table.session.discard()
    assert not table.host.preview_is_shown
    assert table.session.stage == "ready"


def test_a_cancelled_edit_can_be_run_again_at_once(table: Table) -> None:
    job = table.running()
    table.session.cancel()
    table.session.run()
    table.tick()
    assert table.net.tasks() == ["edit"]
    table.net.cancelled(job)
    table.tick()
    assert table.net.tasks() == ["edit", "edit"]


# ---------------------------------------------------------------- what goes wrong


def test_a_failure_is_told_and_the_next_run_works(table: Table) -> None:
    job = table.running()
    table.net.fail(job)
    table.tick()
    assert table.session.stage == "failed"
    assert table.session.status.sentence == "The device ran out of memory."
    assert table.host.messages == [("error", "The device ran out of memory.")]
    table.session.run()
    table.tick()
    table.net.done(table.net.last())
    table.tick()
    assert table.session.stage == "done"


def test_what_was_remarked_of_an_edit_goes_with_it(table: Table) -> None:
    table.running()
    table.session.warning = "The selection lies beside the picture."
    table.session.discard()
    assert table.session.warning == ""


def test_a_lost_worker_costs_one_more_try_and_no_more(table: Table) -> None:
    job = table.running()
    table.net.fail(job, "worker.lost", "The computing process stopped.")
    table.tick()
    again = table.net.last()
    assert again is not job
    assert again.images == job.images
    assert table.host.messages == []
    table.net.fail(again, "worker.lost", "The computing process stopped.")
    table.tick()
    assert table.session.stage == "failed"
    assert table.net.tasks() == ["edit", "edit"]


def test_a_refused_job_has_failed_but_a_refused_update_has_not(table: Table) -> None:
    job = table.running()
    table.net.refuse(job)
    table.tick()
    assert table.session.stage == "failed"
    table.session.run()
    table.tick()
    job = table.net.last()
    table.net.accept(job)
    table.net.refuse(job, "param.invalid", "That handle is outside.")
    table.tick()
    assert table.session.stage in ("waiting", "running")
    assert table.session.warning == "That handle is outside."


def test_the_engine_goes_and_comes_back(table: Table) -> None:
    job = table.running()
    table.net.go()
    table.tick()
    assert table.session.stage == "lost"
    table.net.come_back()
    table.net.progress(job, 4)
    table.tick()
    assert table.session.stage == "running"
    table.net.done(job)
    table.tick()
    assert table.session.stage == "done"
    assert [level for level, _ in table.host.messages] == ["warning", "info"]


def test_without_an_engine_nothing_is_read(table: Table) -> None:
    table.net.connected = False
    table.session.choose("drag", DRAG)
    table.session.run()
    table.tick()
    assert table.session.stage == "lost"
    assert table.host.reads == []
    table.net.come_back()
    table.tick()
    assert table.net.tasks() == ["edit"]


def test_a_document_closed_meanwhile_ends_the_session(table: Table) -> None:
    job = table.running()
    table.net.preview(job)
    table.tick()
    table.host.key = None
    table.tick()
    assert table.session.stage == "closed"
    assert job.cancels == [False]
    assert set(table.net.dropped) == {image.blob for image in job.images}
    table.net.done(job)
    table.tick()
    assert len(table.host.state.sheets) == 1
    with pytest.raises(SessionError, match="closed"):
        table.session.run()
    table.session.close()


def test_another_document_does_not_get_this_ones_result(tmp_path: Path) -> None:
    table = Table(tmp_path)
    other_host = open_host(key="doc-2")
    other = EditSession(other_host, table.engine)
    other.choose("drag", NEAR)
    job = table.running()
    for _ in range(4):
        other.tick()
    table.net.done(job)
    other.tick()
    table.session.apply()
    table.tick()
    assert len(table.host.state.sheets) == 2
    assert len(other_host.state.sheets) == 1
    assert {job.document.key for job in table.net.jobs} == {"doc-1", "doc-2"}


def test_a_locked_layer_is_refused_with_the_reason(table: Table) -> None:
    sheets = tuple(replace(sheet, locked=True) for sheet in table.host.state.sheets)
    table.host.state = replace(table.host.state, sheets=sheets)
    table.session.choose("drag", DRAG)
    table.tick()
    assert table.session.warning == "The layer Paper is locked. Unlock it first."
    assert table.host.messages == []  # nobody asked for anything yet
    table.session.run()
    table.tick()
    assert table.session.stage == "failed"
    assert table.host.messages == [("error", "The layer Paper is locked. Unlock it first.")]
    assert table.net.jobs == []


def test_a_layer_deleted_meanwhile_is_said(table: Table) -> None:
    table.session.choose("drag", DRAG, source="gone")
    table.session.run()
    table.tick()
    assert table.session.failure is not None
    assert "not there any more" in table.session.failure.message


def test_moving_needs_a_selection(table: Table) -> None:
    table.session.choose("move", {"dx": 4})
    table.tick()
    assert table.session.warning == "Select the object first."
    assert table.net.plans == []
    table.host.select((8, 8, 4, 3), value=128)
    table.session.picture_changed()
    table.session.run()
    table.tick()
    job = table.net.last()
    assert table.net.plans[-1][2] == (8, 8, 4, 3)
    mask = job.image("mask")
    assert (mask.shape[2], mask.dtype, mask.order) == (1, "u1", "gray")
    assert table.net.blobs[mask.blob or ""].count(128) == 12


def test_a_selection_removed_while_it_runs_does_not_disturb_it(table: Table) -> None:
    table.host.select((8, 8, 4, 3))
    table.session.choose("move", {"dx": 4})
    table.session.run()
    table.tick()
    job = table.net.last()
    table.host.select(None)
    table.session.picture_changed()
    table.tick()
    table.net.done(job)
    table.session.apply()
    table.tick()
    assert len(table.host.state.sheets) == 2


def test_a_recipes_mask_stands_for_the_selection_until_it_changes(table: Table) -> None:
    mask = Pixels(rect=(9, 9, 2, 2), data=b"\xff" * 4, channels=1, order="gray", alpha="none")
    table.host.select((0, 0, 20, 20))
    table.session.choose("move", {"dx": 4}, mask=mask)
    table.session.run()
    table.tick()
    assert table.net.plans[-1][2] == (9, 9, 2, 2)
    sent = table.net.last().image("mask")
    assert table.net.blobs[sent.blob or ""].count(255) == 4
    table.net.done(table.net.last())
    table.tick()
    table.session.picture_changed()
    table.tick()
    assert table.net.plans[-1][2] == (0, 0, 20, 20)


def test_a_recipes_crop_is_read_while_the_region_fits(table: Table) -> None:
    crop = (1, 1, 29, 20)
    table.session.choose("drag", DRAG, crop=crop)
    table.session.run()
    table.tick()
    assert table.host.reads == [crop]
    assert table.net.last().image("source").rect == crop
    table.net.done(table.net.last())
    table.tick()
    assert table.session.outcome is not None
    assert table.session.outcome.recipe.source.crop == crop
    table.session.choose("drag", {"drags": [[[10, 10], [31, 23]]]}, crop=crop)
    table.session.run()
    table.tick()
    assert table.host.reads[-1] == (6, 6, 26, 18)


def test_a_plan_that_cannot_be_is_told_when_it_was_asked_for(table: Table) -> None:
    outside = {"drags": [[[900, 900], [950, 950]]]}
    table.host.move("paper", 893, 893)  # a layer may reach beyond the canvas
    table.session.choose("drag", outside)
    table.tick()
    assert table.session.warning == "The edit lies wholly outside the picture."
    table.session.run()
    table.tick()
    assert table.session.stage == "failed"
    table.host.undo()
    table.session.change(DRAG)
    table.session.run()
    table.tick()
    assert table.session.stage == "waiting"


@pytest.mark.parametrize(
    ("kind", "params", "sentence"),
    [
        ("drag", {"drags": [[[1, 10], [8, 10]]]}, "beside the picture of “Paper”"),
        ("move", {"dx": 4}, "selection lies beside the picture of “Paper”"),
    ],
)
def test_what_begins_beside_the_layer_is_refused_before_anything_is_computed(
    table: Table, kind: str, params: dict[str, Any], sentence: str
) -> None:
    table.host.select((0, 0, 2, 9))
    table.session.choose(kind, params)
    table.session.run()
    table.tick()
    assert table.session.failure is not None
    assert sentence in table.session.failure.message
    assert (table.net.plans, table.net.jobs) == ([], [])


def test_an_edit_waits_for_the_plan_of_its_own_parameters(table: Table) -> None:
    table.net.answer_plans = False
    table.session.choose("drag", DRAG)
    table.tick()
    table.session.choose("drag", FAR)
    table.session.run()
    table.net.answer_plans = True
    table.net.inbox += table.net.waiting_plans
    table.tick()
    assert table.host.reads == [(6, 6, 26, 18)]
    assert table.net.last().params["drags"] == FAR["drags"]


def test_impossible_parameters_change_nothing(table: Table) -> None:
    table.session.choose("drag", DRAG)
    table.tick()
    for bad in ({}, {"drags": []}, {**DRAG, "seed": -1}, {**DRAG, "what": 1}):
        with pytest.raises(ParamError):
            table.session.change(bad)
    with pytest.raises(ParamError, match="engine does not know the edit"):
        table.session.choose("teleport", {})
    table.tick()
    assert len(table.net.plans) == 1


def test_before_an_edit_is_chosen_there_is_nothing_to_run(table: Table) -> None:
    for call in (table.session.run, table.session.apply):
        with pytest.raises(SessionError, match="Choose what to do"):
            call()
    with pytest.raises(SessionError):
        table.session.change(DRAG)
    table.session.cancel()
    table.session.picture_changed()
    table.tick()


def test_a_host_that_cannot_write_keeps_the_result(table: Table) -> None:
    job = table.running()
    table.net.done(job)
    table.tick()
    table.host.full = True
    table.session.apply()
    assert table.session.stage == "failed"
    assert table.session.outcome is not None
    table.host.full = False
    table.session.apply()
    assert table.session.stage == "applied"
    assert len(table.host.state.sheets) == 2


def test_several_layers_come_in_one_group_and_one_step(table: Table) -> None:
    job = table.running()
    table.net.done(job, layers=3)
    table.session.apply()
    table.tick()
    new = table.host.state.sheets[1:]
    assert {sheet.group for sheet in new} == {"[Pullbrush] Drag"}
    assert [sheet.name[-2:] for sheet in new] == [" 1", " 2", " 3"]
    assert len(table.host.past) == 1


def test_a_result_instead_hides_its_source_in_the_same_step(table: Table) -> None:
    job = table.running()
    table.net.done(job, placement="instead")
    table.session.apply()
    table.tick()
    assert not table.host.sheet("paper").visible
    table.host.undo()
    assert table.host.sheet("paper").visible


def test_a_full_disk_costs_the_stored_copy_only(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Store, "put", full)
    job = table.running()
    table.net.done(job)
    table.session.apply()
    table.tick()
    assert len(table.host.state.sheets) == 2
    assert table.host.messages[0][0] == "warning"
