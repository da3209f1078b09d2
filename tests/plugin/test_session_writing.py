# SPDX-License-Identifier: Apache-2.0
"""A large result goes into the document in bites: nothing of it is seen before the last one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from session_table import Table

from protocol.plugin.host import Pixels, Preparing
from protocol.plugin.placing import Placing
from protocol.plugin.session.blocking import put_in
from protocol.plugin.session.progress import SessionError

BREATHS = 5


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """A host that breathes while it puts a result together, with a result ready to apply."""
    table = Table(tmp_path, prepares=BREATHS)
    table.net.done(table.running())
    table.session.tick()
    assert table.session.stage == "done"
    return table


def bite(table: Table) -> None:
    """One turn in which there is no time for more than one bite."""
    table.session.tick(budget=0.0)


def begin(table: Table) -> None:
    """Press Apply in a program that has no time at all."""
    table.session._applying.start(table.session.outcome)  # type: ignore[arg-type]


def test_after_a_fault_of_the_host_apply_can_be_pressed_again(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Krita's wrappers may be dead between two of its calls; that must not cost the result."""

    def dead(*_: object) -> list[str]:
        raise RuntimeError("wrapped C/C++ object has been deleted")

    with monkeypatch.context() as patched:
        patched.setattr(table.host, "write_layers", dead)
        begin(table)
        with pytest.raises(RuntimeError):
            table.session.tick(budget=10.0)
    assert (table.session.stage, table.session.status.is_reading) == ("done", False)
    table.session.apply()
    table.tick()
    assert table.session.stage == "applied"


def test_between_the_bites_the_program_breathes_and_the_document_is_as_it_was(table: Table) -> None:
    before = table.host.state
    begin(table)
    for _ in range(BREATHS):
        assert table.session.status.is_reading, "the next turn must come soon"
        bite(table)
        assert table.host.state == before
        assert table.session.stage == "done"
    bite(table)
    assert table.session.stage == "applied"
    assert not table.session.status.is_reading
    assert len(table.host.past) == 1


def test_apply_once_more_changes_nothing(table: Table) -> None:
    begin(table)
    bite(table)
    table.session.apply()
    for _ in range(2 * BREATHS):
        bite(table)
    assert len(table.host.past) == 1
    assert len(table.session.applied) == 1


def test_discard_on_the_way_leaves_nothing(table: Table) -> None:
    before = table.host.state
    begin(table)
    bite(table)
    table.session.discard()
    for _ in range(2 * BREATHS):
        bite(table)
    assert table.host.state == before
    assert table.session.applied == []


def test_the_document_is_closed_on_the_way(table: Table) -> None:
    begin(table)
    bite(table)
    table.host.key = None
    bite(table)
    assert table.session.stage == "closed"
    assert table.host.past == []


def test_the_host_refuses_at_the_last_moment(table: Table) -> None:
    begin(table)
    bite(table)
    table.host.full = True
    for _ in range(2 * BREATHS):
        bite(table)
    assert table.session.stage == "failed"
    assert "memory" in table.session.status.sentence
    assert not table.session.status.is_reading


def test_an_idle_program_takes_it_at_once(table: Table) -> None:
    table.session.apply()
    table.session.tick(budget=60.0)
    assert table.session.stage == "applied"


def test_a_result_that_takes_a_place_is_prepared_for_that_place(table: Table) -> None:
    seen: list[str] = []

    class Watched(type(table.host)):  # type: ignore[misc]
        def prepare_layers(self, layers, group):  # type: ignore[no-untyped-def]
            seen.extend(f"{one.above} {one.placement} hides {one.hides}" for one in layers)
            return iter(())

    older = replace(table.host.sheet("paper"), key="older")
    state = replace(table.host.state, sheets=(*table.host.state.sheets, older))
    host = Watched(table.host.width, table.host.height, state)
    assert isinstance(host, Preparing)
    placing = Placing(host)
    placing.replaces = "older"
    outcome = table.session.outcome
    assert outcome is not None
    list(placing.prepare_layers(outcome.layers, None))
    assert seen == ["older over hides ('older',)"]
    placing.replaces = "gone"
    list(placing.prepare_layers(outcome.layers, None))
    assert seen[1:] == ["paper over hides ()"]


def test_the_same_picture_is_told_from_one_that_differs_in_its_last_byte() -> None:
    data = bytes(200_000)
    one = Pixels(rect=(0, 0, 250, 200), data=data)
    assert one.same_picture(Pixels(rect=(0, 0, 250, 200), data=memoryview(data)))
    assert not one.same_picture(Pixels(rect=(0, 0, 250, 200), data=data[:-1] + b"x"))
    assert not one.same_picture(Pixels(rect=(1, 0, 250, 200), data=data))
    assert not one.same_picture(Pixels(rect=(0, 0, 250, 200), data=data, order="bgra"))
    assert not one.same_picture(None)


def test_a_program_whose_timers_go_off_while_it_adds_a_layer_adds_it_once(table: Table) -> None:
    add = table.host.write_layers

    def adding(layers, group, undo_name):  # type: ignore[no-untyped-def]
        bite(table)  # Krita's own timers, and so ours
        table.session.apply()
        return add(layers, group, undo_name)

    table.host.write_layers = adding  # type: ignore[method-assign]
    begin(table)
    for _ in range(2 * BREATHS):
        bite(table)
    assert len(table.host.past) == 1
    assert len(table.session.applied) == 1


def test_a_script_waits_until_the_result_is_in_the_document(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However little of it can be done in one turn: a command that only pressed Apply wrote files without it."""
    monkeypatch.setattr("protocol.plugin.session.layer_writer.APPLY_S", 0.0)
    table.session.apply()
    assert table.session.applied == [], "one turn is not enough here"
    outcome = put_in(table.session, 60.0)
    assert table.session.applied == [outcome]
    assert len(table.host.past) == 1


def test_a_script_is_told_when_the_document_takes_nothing(table: Table) -> None:
    table.host.key = None
    with pytest.raises(SessionError):
        put_in(table.session, 1.0)
