# SPDX-License-Identifier: Apache-2.0
"""The edit session when all goes well: from a drag to a layer, previews, steering."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.connection import ScriptedConnection
from session_table import DRAG, FAR, NEAR, Table

from protocol.client import Client
from protocol.plugin.binding import mask_of, unpack
from protocol.plugin.engine import Connection


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
    assert table.session.status.sentence == "Editing: 2 of 5"
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
            table.session.run()
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
    assert table.session.stage == "done"


def test_a_steered_result_is_applied_as_it_is_seen(table: Table) -> None:
    """“Done. Apply it”: so nothing is computed again for it."""
    job = table.running()
    table.session.change(NEAR)
    table.tick()
    table.net.progress(job, 3, rev=1)
    table.net.done(job)
    table.tick()
    assert table.session.stage == "done"
    table.session.apply()
    table.tick()
    assert table.net.last() is job
    assert len(table.host.state.sheets) == 2
    assert table.session.applied[0].params["drags"] == NEAR["drags"]


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
