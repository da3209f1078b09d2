# SPDX-License-Identifier: Apache-2.0
"""Buttons that stay where they are, the queue as a list, and diagnostics whatever is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.connection import Asked
from fakes.panel_suite import WAY, applied, asked, computed
from test_panel_suite import PlainHand

from protocol.messages import Caps, Model
from protocol.messages.engine import EngineReport
from protocol.plugin.buttons import buttons, offers
from protocol.plugin.diagnosing import diagnostics
from protocol.plugin.drags import DragList
from protocol.plugin.guard import problems
from protocol.plugin.host import HostError
from protocol.plugin.job_queue import QueueRow
from protocol.plugin.launch import EngineState
from protocol.plugin.view import QueueView

ORDER = ["run", "stop", "apply", "drop"]
OFFERS = ["compute_again", "apply_anyway"]


@pytest.fixture
def hand(tmp_path: Path, watchful: None) -> Iterator[PlainHand]:
    problems.clear()
    made = PlainHand(tmp_path)
    yield made
    made.studio.close()
    problems.clear()


def repaint(hand: PlainHand) -> None:
    """Paint on the picture where the drag is."""
    hand.host.paint_over("paper", (50, 50, 80, 40), (255, 0, 0, 255))
    hand.desk.session.look()
    hand.wait()


STATES: dict[str, Callable[[PlainHand], object]] = {
    "at first": lambda hand: None,
    "with an arrow": lambda hand: hand.draw(WAY),
    "while it computes": asked,
    "with a result": computed,
    "applied": applied,
    "taken back": lambda hand: (applied(hand), hand.host.undo(), hand.wait()),
    "painted on": lambda hand: (computed(hand), repaint(hand)),
    "without an engine": lambda hand: hand.net.go(),
}


@pytest.mark.parametrize("state", STATES)
def test_buttons_stay_where_they_are(hand: PlainHand, state: str) -> None:
    STATES[state](hand)
    hand.wait()
    strings = hand.seat.strings
    assert [one.key for one in buttons(hand.desk, strings)] == ORDER
    assert [one.key for one in offers(hand.desk, strings)] == OFFERS
    assert [one.key for one in hand.state.buttons] == ORDER
    assert all(one.tip and one.label for one in (*hand.state.buttons, *hand.state.offers))


def test_without_a_document_the_same_buttons_are_grey(hand: PlainHand) -> None:
    found = buttons(None, hand.seat.strings)
    assert [one.key for one in found] == ORDER
    assert not any(one.enabled for one in (*found, *offers(None, hand.seat.strings)))
    assert found[0].tip == "Open a picture to begin."


def enabled(hand: PlainHand) -> list[str]:
    return [one.key for one in (*hand.state.buttons, *hand.state.offers) if one.enabled]


def test_which_buttons_can_be_pressed(hand: PlainHand) -> None:
    assert enabled(hand) == []
    job = asked(hand)
    hand.wait()
    assert enabled(hand) == ["stop", "apply"]
    hand.net.done(job)
    hand.wait()
    assert enabled(hand) == ["run", "apply", "drop"]
    hand.deeds.press("apply")
    hand.wait()
    assert enabled(hand) == ["run"]
    assert hand.state.button("apply").tip == "This result is in the picture already."


def test_a_changed_picture_is_offered_for_computing_again(hand: PlainHand) -> None:
    computed(hand)
    assert hand.host.preview_is_shown
    repaint(hand)
    assert not hand.host.preview_is_shown
    assert hand.state.stale.startswith("The picture was changed where the result lies")
    assert enabled(hand) == ["run", "drop", "compute_again", "apply_anyway"]
    hand.deeds.press("apply")
    hand.wait()
    assert len(hand.host.state.sheets) == 1
    hand.deeds.press("compute_again")
    hand.wait()
    hand.net.done(hand.net.last("edit"))
    hand.wait()
    assert (hand.state.stale, hand.host.preview_is_shown) == ("", True)
    hand.deeds.press("apply")
    hand.wait()
    assert len(hand.host.state.sheets) == 2


def test_it_can_be_applied_anyway(hand: PlainHand) -> None:
    computed(hand)
    repaint(hand)
    jobs = len(hand.net.jobs)
    hand.deeds.press("apply_anyway")
    hand.wait()
    assert (len(hand.host.state.sheets), len(hand.net.jobs)) == (2, jobs)
    assert hand.state.stale == ""


# ---------------------------------------------------------------- the queue


def begun(hand: PlainHand, document: int) -> Asked:
    """An edit of this document that the engine works on."""
    job = waiting(hand, document)
    hand.net.progress(job, 3, 20)
    hand.wait()
    return job


def waiting(hand: PlainHand, document: int) -> Asked:
    """An edit of this document that waits."""
    hand.turn(document)
    job = asked(hand)
    hand.net.done(hand.net.last("prepare"), layers=0)
    hand.wait()
    return job


def rows(hand: PlainHand) -> list[tuple[str, str, bool]]:
    return [(row.document, row.words, row.running) for row in hand.seat.queue]


def row_of(hand: PlainHand, job: Asked) -> QueueRow:
    return next(row for row in hand.seat.queue if row.id == job.id)


def test_the_queue_lists_what_runs_and_what_waits(hand: PlainHand) -> None:
    first = waiting(hand, 0)
    second = begun(hand, 1)
    assert rows(hand) == [
        ("1.xcf", "Editing: 3 of 20 · 1 s left", True),
        ("0.xcf", "waits, 1 before it", False),
    ]
    assert (row_of(hand, first).edit, row_of(hand, second).edit) == ("Drag", "Drag")
    view = QueueView.of(hand.seat)
    assert (view.shown, view.can_cancel_waiting, view.can_cancel_all) == (True, True, True)


def test_one_row_is_cancelled_and_the_others_go_on(hand: PlainHand) -> None:
    first, second = begun(hand, 0), waiting(hand, 1)
    hand.deeds.cancel_job(second.id)
    assert (first.cancels, second.cancels) == ([], [False])
    hand.net.cancelled(second)
    hand.wait()
    assert [row.id for row in hand.seat.queue] == [first.id]


def test_what_waits_is_left_out_and_what_runs_goes_on(hand: PlainHand) -> None:
    first, second = begun(hand, 0), waiting(hand, 1)
    hand.turn(0)
    hand.desk.seed_locked = True
    hand.desk.run()  # one more of the first document, behind the one that runs
    hand.wait()
    assert [row.running for row in hand.seat.queue] == [True, False, False]
    hand.deeds.cancel_waiting()
    hand.net.cancelled(second)
    hand.wait()
    assert (first.cancels, second.cancels) == ([], [False])
    assert [row.id for row in hand.seat.queue] == [first.id]
    hand.net.done(first)
    hand.wait()
    assert len([job for job in hand.net.jobs if job.task == "edit"]) == 2


def test_all_is_cancelled(hand: PlainHand) -> None:
    first, second = begun(hand, 0), waiting(hand, 1)
    hand.deeds.cancel_all()
    assert (first.cancels, second.cancels) == ([False], [False])


def test_what_other_programs_wait_for_is_told_but_not_ours_to_cancel(hand: PlainHand) -> None:
    begun(hand, 0)
    hand.seat.take(EngineReport(version="1", uptime_ms=1, workers=(), queued=3, running=1))
    *_, last = hand.seat.queue
    assert (last.words, last.can_cancel) == ("3 running or waiting", False)


def title(hand: PlainHand) -> str:
    return QueueView.of(hand.seat).title


def test_the_title_counts_what_the_rows_say(hand: PlainHand) -> None:
    """The engine's report may be seconds old: our own rows are newer."""
    begun(hand, 0)
    report = EngineReport(version="1", uptime_ms=1, workers=(), queued=0, running=1)
    hand.seat.take(report)
    waiting(hand, 1)
    assert title(hand).endswith("1 running, 1 waiting")
    waiting(hand, 2)
    assert title(hand).endswith("1 running, 2 waiting")
    assert [row[1] for row in rows(hand)][1:] == ["waits, 1 before it", "waits, 2 before it"]
    hand.deeds.cancel_all()
    for job in hand.net.jobs:
        if job.cancels:
            hand.net.cancelled(job)
    hand.wait()
    assert (rows(hand), title(hand)) == ([], "Being computed")


def test_own_jobs_that_just_ended_are_not_other_programs(hand: PlainHand) -> None:
    """The engine counted them before they ended; its answer comes after."""
    first = begun(hand, 0)
    hand.seat._asked = 0.0
    hand.seat.ask()
    hand.net.done(first)
    hand.wait()
    hand.seat.take(EngineReport(version="1", uptime_ms=1, workers=(), queued=0, running=1))
    assert hand.seat.queue == ()
    hand.seat.take(EngineReport(version="1", uptime_ms=1, workers=(), queued=1, running=1))
    assert [row.words for row in hand.seat.queue] == ["1 running or waiting"]


def read_ahead(hand: PlainHand) -> Asked:
    """A picture that is read ahead of time."""
    hand.draw(WAY)
    hand.wait()
    return hand.net.last("prepare")


def test_reading_ahead_that_is_cancelled_says_so_and_is_not_begun_anew(hand: PlainHand) -> None:
    job = read_ahead(hand)
    hand.deeds.cancel_job(job.id)
    assert row_of(hand, job).words == "Stopping …"
    hand.net.cancelled(job)
    hand.wait()
    assert hand.seat.queue == ()
    assert hand.net.last("prepare") is job


def test_nothing_is_read_ahead_after_waiting_edits_were_cancelled(hand: PlainHand) -> None:
    first, second = begun(hand, 0), waiting(hand, 1)
    before = len([job for job in hand.net.jobs if job.task == "prepare"])
    hand.deeds.cancel_waiting()
    hand.desk.session._wishes.ahead.add("prepare")  # one was wished for before
    hand.net.cancelled(second)
    hand.wait()
    assert len([job for job in hand.net.jobs if job.task == "prepare"]) == before
    assert [row.id for row in hand.seat.queue] == [first.id]


def test_what_an_edit_has_read_is_not_read_ahead(hand: PlainHand) -> None:
    """The edit came before the reading ahead: nothing is left to read."""
    hand.desk.set_drags(DragList().add(*WAY))
    hand.desk.run()
    hand.wait()
    job = hand.net.last("edit")
    before = len(hand.net.jobs)
    hand.net.done(job)
    hand.wait()
    hand.desk.session.picture_changed()
    hand.wait()
    assert "prepare" not in [one.task for one in hand.net.jobs[before:]]


def test_models_keep_their_names_while_the_engine_is_away(hand: PlainHand) -> None:
    models = (Model(name="scenes", label="Scenes at 512", family="x"),)
    hand.net.come_back(caps=Caps(models=models))
    hand.wait()
    read_ahead(hand)
    assert "Scenes at 512" in hand.state.plan
    hand.net.go()
    hand.net.come_back(restarted=True)
    hand.wait()
    assert hand.seat.engine.models == {}
    assert "Scenes at 512" in hand.state.plan


# ---------------------------------------------------------------- diagnostics


def closed(hand: PlainHand) -> None:
    hand.host.key = None


def broken(hand: PlainHand) -> None:
    def raises() -> None:
        raise HostError("The program does not answer.")

    hand.host.extent_and_profile = raises  # type: ignore[method-assign, assignment]


BROKEN: dict[str, tuple[Callable[[PlainHand], object], str]] = {
    "no document": (lambda hand: hand.seat.sit(None), "document: none"),
    "closed document": (closed, "document: closed"),
    "a host that raises": (broken, "document: not known (HostError)"),
    "lost engine": (lambda hand: hand.net.go(), "connected: no"),
    "no engine": (
        lambda hand: setattr(hand.wire, "state", EngineState(kind="absent", sentence="It ended.")),
        "engine: absent It ended.",
    ),
    "an error": (lambda hand: hand.net.fail(asked(hand)), "failure: gpu.oom"),
    "a changed picture": (lambda hand: (computed(hand), repaint(hand)), "picture: painted"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_diagnostics_can_be_copied_whatever_is_broken(hand: PlainHand, what: str) -> None:
    breaks, expected = BROKEN[what]
    breaks(hand)
    if what in ("an error", "a changed picture", "lost engine"):
        hand.wait()
    text = diagnostics(hand.seat)
    assert expected in text
    assert "engine version: unknown" in text
    assert "Python 3" in text
