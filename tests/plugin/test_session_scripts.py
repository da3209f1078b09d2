# SPDX-License-Identifier: Apache-2.0
"""The edit session for results that are edited again, for edits of a newer engine, and for scripts."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from session_table import DRAG, Table

from protocol.edits import EditModel, schema
from protocol.events import Arrived
from protocol.messages import Caps
from protocol.plugin.document.recipe_restore import again
from protocol.plugin.host import HostLayer
from protocol.plugin.session.blocking import finish, wait_until
from protocol.plugin.session.progress import SessionError
from protocol.recipe import Bundle, RecipeError

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
    assert set(table.engine.edits) == {"pull", "move", "drag-gan"}
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
    with pytest.raises(SessionError, match="was not finished within") as caught:
        finish(table.session, 0.05)
    assert caught.value.code == "deadline"
    table.net.go()
    with pytest.raises(SessionError, match="does not answer"):
        wait_until(table.session, lambda: False, 0.05)
