# SPDX-License-Identifier: Apache-2.0
"""What both panels share beside their toolkit: documents and their beat, the seat, how an edit stands, the line."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from fakes.noted import NotedHost
from fakes.wire import Wire
from patience import PATIENCE_S

from protocol.client import Client
from protocol.line import Line
from protocol.messages import EngineReport
from protocol.plugin.diagnosing import diagnostics
from protocol.plugin.document.document_manager import BEAT_MS, READING_MS, DocumentManager, Open
from protocol.plugin.drags import DragList
from protocol.plugin.guard import guarded, problems
from protocol.plugin.seat import Seat
from protocol.plugin.session.session_status import SessionStatus
from protocol.plugin.standing import about_result, counted, hint, standing
from protocol.plugin.strings import Strings
from protocol.plugin.strings.for_host import HostStrings
from protocol.store import Store

STRINGS = Strings()
WAY = ((60.0, 60.0), (120.0, 80.0))


class Office:
    """A studio with two documents of bytes, and a seat."""

    def __init__(self, folder: Path) -> None:
        self.wire, self.hosts = Wire(), dict[str, NotedHost]()
        self.changed: list[Open | None] = []
        self.previews: list[Any] = []
        self.studio = DocumentManager(
            self.wire, self._host, app="test", store=Store(folder / "recipes"), strings=STRINGS
        )
        self.studio.on_changed = self.changed.append
        self.studio.on_preview = lambda one: self.previews.append(one.preview)
        self.seat = Seat(self.studio, "Pullbrush in a test")
        assert self.seat.sit("one")

    def _host(self, document: Any, key: str, show: Any, tell: Any) -> NotedHost:
        made = NotedHost.opened(400, 300, name=f"{document}.xcf")
        made.key, made.show, made.tell = key, show, tell
        self.hosts[document] = made
        return made

    def beat(self, times: int = 4) -> int:
        wait = 0
        for _ in range(times):
            self.studio.looked = 0.0
            wait = self.studio.beat()
        return wait

    def computed(self) -> None:
        """One drag with its result."""
        desk = self.seat.desk
        assert desk is not None
        desk.set_drags(DragList().add(*WAY))
        desk.run()
        self.beat()
        self.wire.net.done(self.wire.net.last())
        self.beat()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_document_has_one_desk_for_as_long_as_it_is_open(office: Office) -> None:
    first = office.seat.open
    assert not office.seat.sit("one")
    assert office.seat.sit("two")
    assert office.seat.sit("one")
    assert office.seat.open is first
    assert len({one.host.key for one in office.studio.all}) == 2
    office.hosts["one"].key = None
    office.beat()
    assert office.seat.leave_closed()
    assert (office.seat.desk, len(office.studio.all)) == (None, 1)


class ClosedMeanwhile(NotedHost):
    """Its document is closed between two questions: an answer is missing, and something goes wrong with that."""

    asked = False

    def read_layers(self, rect: Any, keys: Any) -> Any:
        self.asked, self.key = True, None
        raise TypeError("Argument 0 does not allow None as a value")


def test_a_document_that_is_closed_between_two_questions_is_only_closed(office: Office) -> None:
    assert office.seat.sit("two")
    one = office.hosts["two"]
    one.__class__ = ClosedMeanwhile
    office.beat(1)
    assert isinstance(one, ClosedMeanwhile)
    assert one.asked
    office.beat(1)
    assert [other.document for other in office.studio.all] == ["one"]
    assert office.seat.leave_closed()


def test_what_goes_wrong_with_an_open_document_is_told(office: Office) -> None:
    one = office.hosts["one"]
    one.read_layers = lambda *_: 1 / 0  # type: ignore[method-assign, assignment]
    with pytest.raises(ZeroDivisionError):
        office.beat(1)


def test_the_beat_is_fast_only_while_pixels_are_read(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert office.beat() == BEAT_MS
    monkeypatch.setattr(SessionStatus, "is_reading", property(lambda _self: True))
    assert office.beat() == READING_MS
    office.hosts["one"].key = None
    assert office.beat() == BEAT_MS


def test_previews_and_messages_come_with_their_document(office: Office) -> None:
    office.computed()
    assert office.previews
    assert office.previews[-1] is not None
    assert office.seat.desk is not None
    office.seat.desk.apply()
    office.beat()
    assert office.previews[-1] is None
    office.hosts["one"].message("warning", "Careful.")
    assert office.seat.messages[-1] == ("warning", "Careful.")
    assert office.changed


def test_what_others_have_on_their_way_is_told(office: Office) -> None:
    desk = office.seat.desk
    assert desk is not None
    desk.set_drags(DragList().add(*WAY))
    desk.run()
    office.beat()
    assert office.seat.busy_elsewhere == []
    office.seat.sit("two")
    assert office.seat.busy_elsewhere == [desk]


def test_a_line_that_is_there_without_an_answer_is_lost(office: Office) -> None:
    assert office.seat.engine_state.kind == "ready"
    office.wire.net.connected = False
    assert office.seat.engine_state.kind == "lost"
    office.seat.start_engine()
    assert office.wire.tries == 1


def test_a_report_is_asked_for_and_kept(office: Office) -> None:
    office.seat.ask()
    office.seat.ask()
    assert len(office.wire.net.requests) == 1
    report = EngineReport(version="9.9", uptime_ms=1, workers=(), running=1, queued=1)
    office.seat.take(report)
    assert office.seat.report is report
    assert "engine version: 9.9" in diagnostics(office.seat)


def test_diagnostics_hold_no_words_of_the_artists(office: Office) -> None:
    assert office.seat.desk is not None
    office.seat.desk.set("prompt", "my secret")
    text = diagnostics(office.seat)
    assert text.startswith("Pullbrush in a test\nPython ")
    assert "document: 400 × 300, sRGB 8 bit" in text
    assert "secret" not in text


def test_how_an_edit_stands_from_the_first_look_to_the_result(office: Office) -> None:
    desk = office.seat.desk
    assert desk is not None
    office.beat()
    now = standing(desk, {}, STRINGS)
    assert (now.button("run").enabled, now.busy, now.button("run").tip) == (False, False, now.words)
    assert counted(desk, STRINGS) == "Arrows: 0, pins: 0"
    assert "Press on" in hint(desk, STRINGS, drawing=True)
    assert hint(desk, STRINGS, drawing=False) == ""
    desk.set_drags(DragList().add(*WAY))
    desk.run()
    office.beat()
    now = standing(desk, {}, STRINGS)
    assert (now.busy, now.button("drop").enabled) == (True, False)
    office.wire.net.progress(office.wire.net.last(), 2, 5)
    office.beat()
    now = standing(desk, {}, STRINGS)
    assert now.words == "Editing: 2 of 5 · 1 s left"
    assert now.fraction == 0.4
    office.wire.net.done(office.wire.net.last())
    office.beat()
    now = standing(desk, {}, STRINGS)
    assert (now.busy, now.button("drop").enabled, now.button("apply").enabled) == (
        False,
        True,
        True,
    )
    desk.apply()
    office.beat()
    (entry,) = desk.results.history.entries
    assert about_result(entry, desk.engine.edits, STRINGS, "today").splitlines()[1] == "today"


def test_a_failure_is_said_as_an_error_and_not_twice(office: Office) -> None:
    desk = office.seat.desk
    assert desk is not None
    desk.set_drags(DragList().add(*WAY))
    desk.run()
    office.beat()
    office.wire.net.fail(office.wire.net.last())
    office.beat()
    now = standing(desk, {}, STRINGS)
    assert "ran out of memory" in now.error
    assert now.words == ""


def test_a_programs_own_words_come_before_everybodys() -> None:
    gimp = HostStrings("gimp", "de")
    assert "Pfad" in gimp.text("grey.no_drags")
    assert gimp.text("action.apply") == Strings("de").text("action.apply")
    assert gimp.text("no.such", "{n} left", n=3) == "3 left"


def test_what_goes_wrong_in_a_callback_is_kept_and_nothing_gets_out() -> None:
    problems.clear()
    assert guarded(lambda: 1 // 0)() is None
    assert "ZeroDivisionError" in problems[-1]
    problems.clear()


def test_a_line_without_an_engine_says_so_rings_once_and_ends(tmp_path: Path) -> None:
    rings: list[float] = []
    line = Line(
        lambda: Client("test", session=tmp_path / "none.json"),
        (tmp_path,),
        lambda: rings.append(time.monotonic()),
    )
    line.start()
    deadline = time.monotonic() + PATIENCE_S
    while not (rings and line.state.kind == "absent") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert line.state.kind == "absent"
    time.sleep(0.3)
    assert len(rings) == 1
    line.pump()
    assert line.engine.problem
    line.try_again()
    line.end()
    assert not [one for one in problems if "line" in one]
