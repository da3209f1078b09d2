# SPDX-License-Identifier: Apache-2.0
"""The edit session against an engine that does what each test says, in a paint program of bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes.connection import Asked, ScriptedConnection
from fakes.host import FakeHost, open_host

from protocol.client import Client
from protocol.edits import EditModel, ParamError, schema
from protocol.events import Arrived
from protocol.messages import Caps
from protocol.plugin.again import again
from protocol.plugin.binding import mask_of, unpack
from protocol.plugin.engine import Connection, Engine
from protocol.plugin.host import HostLayer, Pixels
from protocol.plugin.script import finish, wait_until
from protocol.plugin.session import EditSession
from protocol.plugin.work import SessionError
from protocol.recipe import Bundle, RecipeError
from protocol.store import Store

DRAG: dict[str, Any] = {"drags": [[[10, 10], [16, 12]]], "seed": 5}
NEAR: dict[str, Any] = {"drags": [[[10, 10], [15, 11]]], "seed": 5}
FAR: dict[str, Any] = {"drags": [[[10, 10], [28, 20]]], "seed": 5}


class Table:
    """A session with all that is around it."""

    def __init__(self, tmp_path: Path, **host: Any) -> None:
        self.host: FakeHost = open_host(**host)
        self.net = ScriptedConnection()
        self.engine = Engine(self.net)
        self.store = Store(tmp_path / "recipes")
        self.session = EditSession(self.host, self.engine, store=self.store)

    def tick(self, times: int = 4) -> None:
        for _ in range(times):
            self.session.tick()

    def running(self, params: dict[str, Any] | None = None) -> Asked:
        """Choose and run, until the edit is with the engine."""
        self.session.choose("drag", params or DRAG)
        self.session.run()
        self.tick()
        return self.net.last("edit")


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path)


def test_the_real_client_is_a_connection() -> None:
    def needs(connection: Connection) -> None: ...

    needs(Client("test"))
    needs(ScriptedConnection())


# ---------------------------------------------------------------- the usual way


def test_choosing_an_edit_plans_reads_only_that_and_prepares(table: Table) -> None:
    assert table.session.stage == "empty"
    table.session.choose("drag", DRAG)
    assert table.session.stage == "planning"
    table.tick()
    assert table.net.tasks() == ["prepare"]
    assert table.session.stage == "ready"
    assert table.session.plan is not None
    assert table.host.reads == [table.session.plan.read_rect] == [(6, 6, 14, 10)]
    image = table.net.last("prepare").image("source")
    assert image.rect == (6, 6, 14, 10)
    assert (image.dtype, image.order, image.alpha, image.space) == (
        "u1",
        "rgba",
        "straight",
        "srgb",
    )
    table.tick()
    assert len(table.net.plans) == len(table.net.jobs) == 1  # and then rests


def test_from_drag_to_layer_to_undo(table: Table) -> None:
    before = table.host.state
    job = table.running()
    assert table.session.stage == "waiting"
    assert job.params["drags"] == DRAG["drags"]
    assert job.params["preset"] == "balanced"  # complete, with defaults
    table.net.progress(job, 2)
    table.net.preview(job)
    table.tick()
    assert table.session.stage == "running"
    assert table.session.sentence == "Editing: 2 of 5"
    assert table.host.preview_is_shown
    assert job.drawn == 1
    table.net.done(job)
    table.tick()
    assert table.session.stage == "done"
    assert table.host.state is before  # nothing is written before Apply
    table.session.apply()
    assert table.session.stage == "applied"
    assert not table.host.preview_is_shown
    outcome = table.session.applied[0]
    assert table.host.names == ["Paper", outcome.recipe.layer_name]
    assert [name for name, _ in table.host.past] == ["Pullbrush: Drag"]
    table.host.undo()
    assert table.host.state == before


def test_the_layer_holds_its_recipe_and_so_does_the_store(table: Table) -> None:
    table.host.select((8, 8, 4, 3))
    job = table.running()
    table.net.done(job, seed=77)
    table.session.apply()
    table.tick()
    sheet = table.host.state.sheets[-1]
    assert sheet.recipe is not None
    bundle = unpack(sheet.recipe)
    recipe = bundle.recipe
    assert (recipe.edit, recipe.seed, recipe.engine) == ("drag", 77, "9.9")
    assert recipe.model.sha256 == "a" * 64
    assert recipe.source.sha256 == "b" * 64
    assert recipe.source.document == (32, 24)
    assert recipe.source.layer == "Paper"
    assert recipe.source.layer_offset == (2, 1)
    assert recipe.params["drags"] == DRAG["drags"]
    assert recipe.to_edit().seed == 77
    assert table.store.get(recipe.id) == bundle
    mask = mask_of(bundle)
    assert mask is not None
    assert mask.rect == (8, 8, 4, 3)  # no more of it than there is
    assert bytes(mask.data) == b"\xff" * 12


def test_apply_before_anything_runs_computes_and_then_writes(table: Table) -> None:
    table.session.choose("drag", DRAG)
    table.session.apply()
    table.tick()
    table.net.done(table.net.last())
    table.tick()
    assert len(table.host.state.sheets) == 2
    assert table.net.tasks() == ["edit"]  # nothing was prepared that runs anyway


def test_again_starts_from_the_source_not_from_the_result(table: Table) -> None:
    for _ in range(2):
        job = table.running() if not table.net.jobs else None
        if job is None:
            table.session.choose("drag", DRAG, source="paper")
            table.session.apply()
            table.tick()
            job = table.net.last()
        table.net.done(job)
        table.session.apply()
        table.tick()
    first, second = table.session.applied
    assert first.recipe.id == second.recipe.id
    assert [layer.above for layer in second.layers] == ["paper"]


def test_what_did_not_change_is_not_sent_again(table: Table) -> None:
    job = table.running()
    table.net.done(job)
    table.tick()
    table.session.run()
    table.tick()
    again = table.net.last()
    assert again is not job
    assert again.images == job.images
    assert len(table.net.blobs) == 1
    assert len(table.host.reads) == 2  # but it was looked at again


def test_a_picture_that_is_the_same_after_all_is_not_prepared_again(table: Table) -> None:
    table.session.choose("drag", DRAG)
    table.tick()
    table.session.picture_changed()
    table.net.done(table.net.last("prepare"), layers=0)
    table.tick()
    assert len(table.host.reads) == 2
    assert table.net.tasks() == ["prepare"]


def test_what_did_change_is_sent_and_the_old_is_dropped(table: Table) -> None:
    job = table.running()
    table.net.done(job)
    table.tick()
    old = table.host.sheet("paper").pixels
    table.host.paint("paper", replace(old, data=bytes(255 - v for v in bytes(old.data))))
    table.session.run()
    table.tick()
    again = table.net.last()
    assert again.images != job.images
    assert table.net.dropped == [job.image("source").blob]


def test_pixels_a_job_needs_are_kept_until_it_ends(table: Table) -> None:
    job = table.running()
    old = table.host.sheet("paper").pixels
    table.host.paint("paper", replace(old, data=bytes(len(old.data))))
    table.session.run()  # queued behind the running one
    table.tick()
    assert table.net.tasks() == ["edit"]
    assert table.net.dropped == []
    table.net.done(job)
    table.tick()
    assert table.net.tasks() == ["edit", "edit"]
    assert table.net.dropped == [job.image("source").blob]


def test_reading_takes_only_a_bite_per_tick(tmp_path: Path) -> None:
    table = Table(tmp_path, bite=1)
    table.session.choose("drag", DRAG)
    table.session.run()
    for _ in range(40):
        table.session.tick(budget=0.0)
        if table.session.stage != "reading" and table.net.jobs:
            break
    else:
        pytest.fail("never read to the end")
    assert table.net.last().image("source").rect == (6, 6, 14, 10)


def test_a_bite_by_bite_reading_goes_on_while_a_handle_moves(tmp_path: Path) -> None:
    table = Table(tmp_path, bite=1)
    table.session.choose("drag", FAR)
    for i in range(60):
        table.session.tick(budget=0.0)
        table.session.change({"drags": [[[10, 10], [12 + i % 10, 15]]]})
    assert "prepare" in table.net.tasks() or "warp" in table.net.tasks()


# ---------------------------------------------------------------- previews and steering


def test_moving_a_handle_bends_the_preview_without_reading_again(table: Table) -> None:
    table.session.choose("drag", DRAG)
    table.tick()
    table.session.change(NEAR)
    table.tick()
    warp = table.net.last("warp")
    assert warp.params["drags"] == NEAR["drags"]
    assert warp.images == table.net.last("prepare").images
    assert len(table.host.reads) == 1
    table.net.done(warp)
    table.tick()
    assert table.host.preview_is_shown
    assert table.session.stage == "ready"


def test_of_many_moves_only_the_newest_is_bent(table: Table) -> None:
    table.session.choose("drag", DRAG)
    table.tick()
    for i in range(10):
        table.session.change({"drags": [[[10, 10], [11 + i / 2, 12]]]})
        table.tick(1)
    warps = [job for job in table.net.jobs if job.task == "warp"]
    assert len(warps) == 1  # one at a time, whatever the pen does meanwhile
    table.net.done(warps[0])
    table.tick()
    assert table.net.last("warp").params["drags"] == [[[10.0, 10.0], [15.5, 12.0]]]
    assert len([job for job in table.net.jobs if job.task == "warp"]) == 2


def test_a_handle_moved_beyond_what_was_read_reads_more(table: Table) -> None:
    table.session.choose("drag", DRAG)
    table.tick()
    table.session.change(FAR)
    table.tick()
    assert len(table.host.reads) == 2
    assert table.net.last("warp").image("source").rect == table.host.reads[-1] == (6, 6, 26, 18)


def test_moving_a_handle_steers_the_running_edit(table: Table) -> None:
    job = table.running()
    table.session.change(NEAR)
    table.tick()
    assert job.updates == [{"drags": NEAR["drags"]}]
    assert table.net.last("warp").params["drags"] == NEAR["drags"]
    table.net.progress(job, 3, rev=1)
    table.net.done(job)
    table.tick()
    assert table.session.outcome is not None
    assert not table.session.outcome.final
    assert table.session.stage == "done"


def test_a_steered_result_is_run_once_more_before_it_is_applied(table: Table) -> None:
    job = table.running()
    table.session.change(NEAR)
    table.tick()
    table.net.progress(job, 3, rev=1)
    table.net.done(job)
    table.tick()
    table.session.apply()
    assert len(table.host.state.sheets) == 1
    table.tick()
    fresh = table.net.last()
    assert fresh is not job
    assert fresh.params["drags"] == NEAR["drags"]
    table.net.done(fresh)
    table.tick()
    assert len(table.host.state.sheets) == 2
    assert table.session.applied[0].final


def test_a_change_that_came_too_late_is_computed_anew_by_itself(table: Table) -> None:
    job = table.running()
    table.session.change(NEAR)
    table.tick()
    table.net.done(job)  # without ever reporting the revision
    table.tick()
    assert table.net.last() is not job
    assert table.net.last().params["drags"] == NEAR["drags"]


def test_words_cannot_be_steered_so_the_job_makes_way(table: Table) -> None:
    job = table.running()
    table.session.change({**DRAG, "prompt": "a red sun"})
    table.tick()
    assert job.updates == []
    assert job.cancels == [False]
    table.net.cancelled(job)
    table.tick()
    assert table.net.last().params["prompt"] == "a red sun"
    assert table.session.stage == "waiting"


def test_a_handle_that_leaves_the_crop_makes_the_job_start_anew(table: Table) -> None:
    job = table.running()
    table.session.change(FAR)
    table.tick()
    assert job.updates == []
    assert job.cancels == [False]
    table.net.cancelled(job)
    table.tick()
    assert table.net.last().image("source").rect == (6, 6, 26, 18)


def test_one_runs_and_only_the_newest_waits(table: Table) -> None:
    job = table.running()
    for i in range(5):
        table.session.change({**DRAG, "seed": i})
        table.session.run()
        table.tick()
    assert [j.task for j in table.net.jobs].count("edit") == 1
    table.net.cancelled(job)
    table.tick()
    assert [j.params["seed"] for j in table.net.jobs if j.task == "edit"] == [5, 4]


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
    assert table.session.sentence == "The device ran out of memory."
    assert table.host.messages == [("error", "The device ran out of memory.")]
    table.session.run()
    table.tick()
    table.net.done(table.net.last())
    table.tick()
    assert table.session.stage == "done"


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
    assert table.session.warning == "Select the object first: The object to move."
    assert table.net.plans == []
    assert table.session.roles == {"source"}
    table.host.select((8, 8, 4, 3), value=128)
    table.session.picture_changed()
    table.session.run()
    table.tick()
    job = table.net.last()
    assert table.net.plans[-1][2] == (8, 8, 4, 3)
    mask = job.image("mask")
    assert (mask.shape[2], mask.dtype, mask.order) == (1, "u1", "gray")
    assert table.net.blobs[mask.blob or ""].count(128) == 12
    assert table.session.roles == {"source", "mask"}


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
    table.session.choose("drag", outside)
    table.tick()
    assert table.session.warning == "The edit lies wholly outside the picture."
    table.session.run()
    table.tick()
    assert table.session.stage == "failed"
    table.session.change(DRAG)
    table.session.run()
    table.tick()
    assert table.session.stage == "waiting"


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
    with pytest.raises(ParamError, match="not known to this engine"):
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


# ---------------------------------------------------------------- edit again


def made(table: Table) -> Bundle:
    """A result with a mask, applied."""
    table.host.select((8, 8, 4, 3))
    job = table.running({**DRAG, "prompt": "sun"})
    table.net.done(job, seed=77)
    table.session.apply()
    table.tick()
    table.host.select(None)
    return table.session.applied[-1].bundle


def paper(table: Table) -> HostLayer:
    (layer,) = table.host.read_layers(None, ["paper"])
    assert layer is not None
    return layer


def test_edit_again_restores_everything(table: Table) -> None:
    bundle = made(table)
    taken = again(bundle, table.engine.edits, paper(table), table.host.extent_and_profile())
    taken.take_up(table.session, "paper")
    table.session.apply()
    table.tick()
    job = table.net.last()
    assert (job.params["drags"], job.params["prompt"], job.params["seed"]) == (
        DRAG["drags"],
        "sun",
        77,
    )
    assert job.image("source").rect == bundle.recipe.source.crop
    assert table.net.blobs[job.image("mask").blob or ""].count(255) == 12
    table.net.done(job)
    table.tick()
    assert table.session.applied[-1].recipe.id == bundle.recipe.id


def test_edit_again_follows_a_layer_that_was_moved(table: Table) -> None:
    bundle = made(table)
    moved = replace(paper(table), offset=(5, 3))  # it was at (2, 1)
    extent = table.host.extent_and_profile()
    taken = again(bundle, table.engine.edits, moved, extent)
    assert taken.params["drags"] == [[[13, 12], [19, 14]]]
    assert taken.mask is not None
    assert taken.mask.rect == (11, 10, 4, 3)
    assert taken.crop == (9, 8, 14, 10)
    small = again(bundle, table.engine.edits, moved, replace(extent, width=20))
    assert small.crop is None


def test_edit_again_leaves_out_what_this_engine_does_not_know(table: Table) -> None:
    bundle = made(table)
    odd = Bundle(
        recipe=replace(bundle.recipe, params={**bundle.recipe.params, "later": 1}),
        files=bundle.files,
    )
    taken = again(odd, table.engine.edits, paper(table), table.host.extent_and_profile())
    assert taken.dropped == ("later",)
    assert "later" not in taken.params
    gone = Bundle(recipe=replace(bundle.recipe, edit="teleport"), files=bundle.files)
    with pytest.raises(RecipeError, match="does not know the edit “teleport”"):
        again(gone, table.engine.edits, paper(table), table.host.extent_and_profile())


# ---------------------------------------------------------------- edits from the engine, scripts


def test_edits_and_texts_come_from_the_running_engine(table: Table) -> None:
    node = schema()
    node = json.loads(
        json.dumps(node).replace('"drag"', '"pull"').replace("#/$defs/drag", "#/$defs/pull")
    )
    node["x-pullbrush"]["messages"]["de"]["edit.drag"] = "Zupfen"
    table.net.come_back(caps=Caps(schema="c" * 64))
    table.tick()
    assert table.net.asked_schema == "c" * 64
    table.net.inbox.append(Arrived(blob="c" * 64, data=json.dumps(node).encode()))
    table.tick()
    assert set(table.engine.edits) == {"pull", "move"}
    assert table.engine.texts["de"]["edit.drag"] == "Zupfen"
    table.session.choose("pull", DRAG)
    table.session.run()
    table.tick()
    assert table.net.last().op == "pull"


@pytest.mark.parametrize("data", [b"", b"nonsense", b"[]", b"{}", b"[" * 100_000])
def test_a_broken_schema_leaves_what_is_known(table: Table, data: bytes) -> None:
    known = dict(table.engine.edits)
    table.net.inbox.append(Arrived(blob="c" * 64, data=data))
    table.tick()
    assert table.engine.edits == known
    assert all(isinstance(model, EditModel) for model in known.values())


def test_a_script_waits_for_the_result(table: Table) -> None:
    table.session.choose("drag", DRAG)
    ticks = 0

    def on_tick() -> None:
        nonlocal ticks
        ticks += 1
        if ticks == 5:
            table.net.done(table.net.last())

    outcome = finish(table.session, 20, on_tick)
    assert outcome.metrics == {"evaluations": 7}
    table.session.apply()
    assert len(table.host.state.sheets) == 2


def test_a_script_hears_why_it_failed(table: Table) -> None:
    table.session.choose("drag", DRAG)

    def on_tick() -> None:
        if table.net.jobs:
            table.net.fail(table.net.jobs[-1])

    with pytest.raises(SessionError, match="out of memory") as caught:
        finish(table.session, 20, on_tick)
    assert caught.value.code == "gpu.oom"


def test_a_script_does_not_wait_forever(table: Table) -> None:
    table.session.choose("drag", DRAG)
    with pytest.raises(SessionError, match=r"within 0.05 s") as caught:
        finish(table.session, 0.05)
    assert caught.value.code == "deadline"
    table.net.go()
    with pytest.raises(SessionError, match="does not answer"):
        wait_until(table.session, lambda: False, 0.05)
