# SPDX-License-Identifier: Apache-2.0
"""The state machine of an edit session: its table by itself, and a real session through every line of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from session_table import DRAG, FAR, Table

from protocol.plugin import guard
from protocol.plugin.session import state_machine
from protocol.plugin.session.outcome import Outcome
from protocol.plugin.session.state_machine import (
    REGION_OF,
    TRANSITIONS,
    Apply,
    Edit,
    Event,
    Facts,
    Life,
    Link,
    Region,
    ResultState,
    Stage,
    StateMachine,
    States,
    UnknownEventError,
    stage_of,
)

STATES = {"life": Life, "link": Link, "edit": Edit, "apply": Apply}
PAIRS = [(region, state, event) for region in TRANSITIONS for state in get_args(STATES[region])
         for event in get_args(Event) if REGION_OF[event] == region]  # fmt: skip
KNOWN = {
    (region, state, event, after)
    for region, states in TRANSITIONS.items()
    for state, events in states.items()
    for event, after in events.items()
}

# ---------------------------------------------------------------- the table


def test_the_table_is_whole() -> None:
    assert set(TRANSITIONS) == set(get_args(Region)) == set(STATES) == set(vars(States()))
    assert set(REGION_OF) == set(get_args(Event))
    for region, states in TRANSITIONS.items():
        assert set(states) == set(get_args(STATES[region]))
        reached = {after for events in states.values() for after in events.values()}
        assert reached | {vars(States())[region]} == set(states), "every state can be reached"
        for events in states.values():
            assert {REGION_OF[event] for event in events} <= {region}


def at(region: str, state: str) -> StateMachine:
    machine = StateMachine()
    machine.states = replace(States(), **{region: state})
    return machine


@pytest.mark.parametrize(("region", "state", "event"), PAIRS, ids=str)
def test_an_event_goes_where_the_table_says_and_nowhere_else(
    region: str, state: str, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = at(region, state)
    before = machine.states
    after = next((one[3] for one in KNOWN if one[:3] == (region, state, event)), None)
    if after is not None:
        machine.fire(event)
        assert machine.states == replace(before, **{region: after})
        return
    with pytest.raises(UnknownEventError, match=f"{region} {state} does not know {event}"):
        machine.fire(event)
    monkeypatch.setattr(state_machine, "strict", False)
    guard.problems.clear()
    machine.fire(event)  # in use it is kept for the diagnostics, and nothing is lost
    assert machine.states == before
    assert f"{state} does not know {event}" in guard.problems.pop()


def test_what_is_shown_of_all_that_can_be() -> None:
    shown: set[Stage] = set()
    everything = product(
        *(get_args(one) for one in (Life, Link, Edit, Apply, ResultState)), *[(False, True)] * 4
    )
    for life, link, edit, apply, result, ready, ahead, reading, has_outcome in everything:
        states = States(life=life, link=link, edit=edit, apply=apply)
        facts = Facts(
            ready=ready, ahead=ahead, reading=reading, has_outcome=has_outcome, result=result
        )
        found = stage_of(states, facts)
        shown.add(found)
        if life == "chosen" and ready and edit.startswith(("waiting", "running", "stopping")):
            assert found == edit.removesuffix("_next")
        if found == "lost":
            assert not ready
            assert ahead or edit != "idle"
        if life == "chosen" and edit == "idle" and not ahead:
            assert found == state_machine.RESTING[result]
    assert shown == set(get_args(Stage))


# ---------------------------------------------------------------- a session

Seen = set[tuple[str, str, str, str]]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """What every session goes through from now on."""
    found: Seen = set()
    fire = StateMachine.fire

    def watched(machine: StateMachine, event: Event) -> None:
        region = REGION_OF[event]
        before = vars(machine.states)[region]
        fire(machine, event)
        found.add((region, before, event, vars(machine.states)[region]))

    monkeypatch.setattr(StateMachine, "fire", watched)
    return found


def computed(table: Table) -> None:
    """With a result that is not in the document."""
    table.net.done(table.running())
    table.tick()


def waiting_and_running(table: Table) -> None:
    job = table.running()
    table.net.fail(job, code="worker.lost")
    table.tick()  # it is tried once more
    job = table.net.last()
    for _ in range(2):
        table.net.progress(job)
    table.tick()
    table.session.cancel()
    table.net.progress(job)
    table.tick()
    table.session.cancel()
    table.net.cancelled(job)
    table.tick()
    table.session.run()
    table.session.run()
    table.session.cancel()
    job = table.running()
    table.net.progress(job)
    table.tick()
    table.net.fail(job, code="worker.lost")
    table.tick()
    table.session.cancel_job(table.net.last().id)
    table.net.cancelled(table.net.last())
    table.tick()
    table.net.done(table.running())
    table.tick()
    job = table.running(FAR)
    table.net.progress(job)
    table.net.done(job)
    table.tick()


def another_waits_behind(table: Table) -> None:
    """At each place on the way of the first: asked for, left out, asked for again, then what comes next."""

    def ask_and_leave_out() -> None:
        for _ in range(2):
            table.session.run()
        table.session.cancel_job(table.session.status.next_id)
        table.session.run()

    job = table.running()
    ask_and_leave_out()
    table.net.fail(job, code="worker.lost")
    table.tick()
    job = table.net.last()
    table.net.progress(job)
    table.tick()
    ask_and_leave_out()
    for _ in range(2):
        table.net.progress(job)
    table.tick()
    table.session.cancel_job(job.id)
    ask_and_leave_out()
    table.net.progress(job)
    table.tick()
    table.session.cancel_job(job.id)
    table.net.cancelled(job)
    table.session.tick()
    table.tick()
    for begins in (False, True):
        job = table.net.last()
        table.session.run()
        if begins:
            table.net.progress(job)
            table.session.tick()
        table.net.done(job)
        table.tick()
    job = table.net.last()
    table.session.run()
    table.session.cancel_job(job.id)
    table.net.cancelled(job)
    table.tick()
    job = table.net.last()
    table.net.progress(job)
    table.tick()
    table.session.run()
    table.net.fail(job, code="worker.lost")
    table.tick()


def the_engine_goes_and_comes_back(table: Table) -> None:
    table.net.go()
    table.net.go()
    table.net.come_back()
    table.net.come_back()
    table.tick()


def a_document_is_closed(table: Table) -> None:
    table.session.close()
    other = Table(table.store.folder.parent / "other")
    other.session.choose("drag", DRAG)
    other.session.choose("drag", FAR)
    other.host.key = None
    other.tick()


def apply_is_pressed(table: Table) -> None:
    table.session.choose("drag", DRAG)
    table.session.apply()
    table.session.apply()
    table.session.cancel()
    table.session.apply()
    table.tick()
    table.net.done(table.net.last())
    table.tick()
    assert len(table.session.applied) == 1
    table.session.change(FAR)
    table.session.apply()
    table.session.change(DRAG)
    table.session.apply()  # this one is in the document already
    table.session.discard()
    computed(table)
    table.session.apply()
    table.tick()


def apply_is_pressed_once_more(table: Table) -> None:
    """The result is in the document: is its picture still the same?"""
    computed(table)
    table.session.apply()
    table.tick()
    table.session.apply()
    table.tick()  # it is
    table.host.paint_over("paper", (8, 8, 4, 4), (9, 9, 9, 255))
    table.session.apply()
    table.tick()  # it is not
    table.session.cancel()


def what_is_found_out_takes_its_time(table: Table) -> None:
    """A new result is there before it is known whether the picture of the older one is still the same."""
    computed(table)
    table.session.apply()
    table.tick()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "protocol.plugin.session.layer_writer.compare", lambda *_: iter(lambda: None, 0)
        )
        table.session.apply()
    table.session.run()
    table.tick()
    table.net.done(table.net.last())
    table.tick()
    assert table.session.stage == "applied"


def the_picture_is_shifted(table: Table) -> None:
    computed(table)
    table.host.move(table.host.state.active, 3, 2)
    table.session.look()
    for _ in range(2):
        table.session.apply()
    table.tick()
    assert table.session.stage == "applied"
    computed(table)
    table.session._applying.start(outcome(table))
    table.host.move(table.host.state.active, -3, -2)
    table.session.look()
    table.tick()
    assert len(table.session.applied) == 2  # put together anew where it belongs
    table.running(FAR)
    table.session.apply()
    basis = table.session.artifacts.basis
    assert basis is not None
    table.host.move(basis.keys[-1], 3, 2)
    table.session.look()
    table.session.apply()


def outcome(table: Table) -> Outcome:
    assert table.session.outcome is not None
    return table.session.outcome


WAYS = (
    waiting_and_running,
    another_waits_behind,
    the_engine_goes_and_comes_back,
    a_document_is_closed,
    apply_is_pressed,
    apply_is_pressed_once_more,
    what_is_found_out_takes_its_time,
    the_picture_is_shifted,
)


def test_a_session_goes_every_way_there_is_and_no_other(seen: Seen, tmp_path: Path) -> None:
    for way in WAYS:
        way(Table(tmp_path / way.__name__))
    assert seen == KNOWN
