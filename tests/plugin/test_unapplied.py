# SPDX-License-Identifier: Apache-2.0
"""A finished result that was not applied is not lost with its document: opened again, it is offered again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.around import Around
from fakes.noted import NotedHost
from fakes.tied import painted, plain, ready, running, turns

from protocol.plugin.document import unapplied_store


@pytest.fixture
def around(tmp_path: Path) -> Around:
    made = Around(tmp_path)
    made.desk.auto_run = False
    return made


def close_and_open(around: Around, width: int = 32, height: int = 24) -> None:
    """Close the document without saving it, and open its file again: the layers have other keys then."""
    around.desk.close()
    around.host = NotedHost.opened(width, height)
    state, key = around.host.state, "another key"
    sheets = (replace(state.sheets[0], key=key),)
    around.host.state = replace(state, sheets=sheets, active=key)
    around.desk = around.new_desk()
    turns(around)


def offered(around: Around) -> list[str]:
    return [entry.id for entry in around.desk.results.history.entries]


def said(around: Around) -> list[str]:
    return [text for _, text in around.host.messages if "never applied" in text]


def test_a_result_that_was_not_applied_is_offered_again(around: Around) -> None:
    ready(around)
    outcome = around.desk.session.outcome
    assert outcome is not None
    drags = plain(around)
    close_and_open(around)
    assert offered(around) == [outcome.recipe.id]
    assert around.desk.results.history.entries[0].thumbnail
    assert len(said(around)) == 1
    assert around.host.notes == {}, "a document is not changed by being looked at"
    turns(around)
    assert around.desk.results.can_edit(around.desk.source.active)
    assert around.desk.edit_again()
    assert plain(around) == drags
    around.desk.apply()
    turns(around, 8)
    again = around.net.last("edit")
    assert again.params["drags"] == drags
    assert again.params["seed"] == outcome.seed
    around.net.done(again)
    turns(around)
    (made,) = around.desk.session.applied
    assert made.recipe.id == outcome.recipe.id, "the very same result"
    assert made.layers[0].pixels == outcome.layers[0].pixels
    close_and_open(around)
    assert offered(around) == []


def test_what_came_when_the_document_was_being_closed_is_offered_too(around: Around) -> None:
    job = running(around)
    around.net.done(job)
    around.engine.pump()
    close_and_open(around)
    assert len(offered(around)) == 1


def test_it_is_computed_again_from_the_history(around: Around) -> None:
    job = ready(around)
    (recipe,) = [around.desk.session.outcome.recipe] if around.desk.session.outcome else []
    close_and_open(around)
    assert around.desk.redo(recipe.id)
    turns(around, 8)
    again = around.net.last("edit")
    assert again is not job
    assert again.image("source").rect == job.image("source").rect
    assert around.net.source(again) == around.net.source(job)


def apply(around: Around) -> None:
    around.desk.apply()
    turns(around)


@pytest.mark.parametrize("deed", [apply, lambda around: around.desk.discard(), Around.tick])
def test_what_was_applied_or_discarded_is_not(
    around: Around, deed: Callable[[Around], object]
) -> None:
    ready(around)
    deed(around)
    close_and_open(around)
    assert bool(offered(around)) == (deed is Around.tick)


def test_of_several_results_the_last_one_is(around: Around) -> None:
    ready(around)
    around.desk.run()  # a variation
    turns(around, 8)
    around.net.done(around.net.last("edit"))
    turns(around)
    outcome = around.desk.session.outcome
    assert outcome is not None
    close_and_open(around)
    assert offered(around) == [outcome.recipe.id]


def test_it_is_offered_for_its_own_picture_only(around: Around) -> None:
    ready(around)
    close_and_open(around, 40, 24)
    assert offered(around) == []
    around.desk.close()
    around.host = NotedHost.opened()
    painted(around)
    around.desk = around.new_desk()
    turns(around)
    assert offered(around) == []
    close_and_open(around)
    assert len(offered(around)) == 1


def test_what_is_taken_out_of_the_history_is_not_offered_again(around: Around) -> None:
    ready(around)
    close_and_open(around)
    around.desk.results.forget(offered(around)[0])
    close_and_open(around)
    assert offered(around) == []


def test_the_oldest_make_room(
    around: Around, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unapplied_store, "KEPT", 1)
    ready(around)
    close_and_open(around)
    around.desk.new_seed()
    ready(around)
    close_and_open(around)
    assert len(list((tmp_path / "recipes" / "unapplied").iterdir())) == 1
    assert len(offered(around)) == 1


@pytest.mark.parametrize("content", [b"", b"PK", b"{}"])
def test_a_damaged_file_costs_nothing(around: Around, tmp_path: Path, content: bytes) -> None:
    ready(around)
    around.desk.close()
    (file,) = (tmp_path / "recipes" / "unapplied").iterdir()
    file.write_bytes(content)
    (file.parent / "notes-of-mine.zip").write_bytes(b"mine")
    close_and_open(around)
    assert offered(around) == []
    assert (file.parent / "notes-of-mine.zip").read_bytes() == b"mine"
