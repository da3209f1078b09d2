# SPDX-License-Identifier: Apache-2.0
"""The suite for panels against no toolkit: what the views say, and what the deeds do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.noted import NotedHost
from fakes.panel_suite import CASES
from fakes.wire import Wire

from protocol.plugin.deeds import PanelDeeds
from protocol.plugin.document.document_manager import DocumentManager
from protocol.plugin.drags import DragList
from protocol.plugin.guard import problems
from protocol.plugin.history import History
from protocol.plugin.panel import Row
from protocol.plugin.picking import entries_of
from protocol.plugin.seat import Seat
from protocol.plugin.standing import Standing, standing
from protocol.plugin.strings import Strings
from protocol.plugin.strip import Strip
from protocol.plugin.view import EditView, EngineView, QueueView, device_of
from protocol.store import Store


class PlainHand:
    """Hands for a panel that nobody draws."""

    def __init__(self, folder: Path) -> None:
        self.wire, self.hosts = Wire(), dict[str, NotedHost]()
        self.net = self.wire.net
        store, strings = Store(folder), Strings()
        self.studio = DocumentManager(
            self.wire, self._host, app="test", store=store, strings=strings
        )
        self.seat = Seat(self.studio)
        self.seat.sit("0")
        self.deeds = PanelDeeds(self.seat, lambda: None)
        self.strip, self.words = Strip(), ""
        self.desk.auto_run = False
        self.wait()

    def _host(self, document: Any, key: str, show: Any, tell: Any) -> NotedHost:
        made = NotedHost.opened(400, 300, name=f"{document}.xcf")
        made.key, made.show, made.tell = key, show, tell
        self.hosts[document] = made
        return made

    @property
    def desk(self) -> Any:
        return self.seat.desk

    @property
    def host(self) -> NotedHost:
        return self.seat.host

    @property
    def edit(self) -> EditView:
        return EditView.of(self.seat, self.desk, drawing=False)

    @property
    def page(self) -> EngineView:
        return EngineView.of(self.seat.engine_state, self.seat.strings)

    @property
    def state(self) -> Standing:
        return standing(self.desk, self.seat.engine.models, self.seat.strings)

    def wait(self) -> None:
        for _ in range(4):
            self.studio.looked = 0.0
            self.studio.beat()
        self.strip.show(self.desk.results.history, self.words)

    def draw(self, *ways: Any) -> None:
        drags = DragList()
        for way in ways:
            drags = drags.add(*way)
        self.desk.set_drags(drags)

    def press(self, name: str) -> None:
        deeds, chosen = self.deeds, self.strip.chosen
        {
            "run": lambda: deeds.do(lambda desk: desk.run()),
            "stop": deeds.stop,
            "apply": lambda: deeds.do(lambda desk: desk.apply()),
            "drop": lambda: deeds.do(lambda desk: desk.discard()),
            "again": lambda: deeds.do(lambda desk: desk.edit_again()),
            "go_on": deeds.go_on,
            "clear": deeds.start_over,
            "more": lambda: deeds.show_more(not self.edit.more),
            "star": lambda: deeds.favor(chosen, True),
            "forget": lambda: deeds.forget(chosen),
            "redo": lambda: deeds.redo(chosen),
            "dice": deeds.seed_drawn,
            "lock": lambda: deeds.seed_locked(not self.desk.seed_locked),
            "stop_all": deeds.cancel_all,
            "start": self.seat.start_engine,
        }[name]()

    def shown(self, name: str) -> bool:
        state, page = self.state, self.page
        return {
            "run": not state.busy,
            "stop": state.busy,
            "drop": state.button("drop").enabled,
            "error": bool(state.error),
            "again": self.edit.can_again,
            "covered": bool(self.edit.covered),
            "history": not self.strip.is_empty,
            "queue": QueueView.of(self.seat).shown,
            "stop_all": QueueView.of(self.seat).can_cancel_all,
            "page": page.shown,
            "command": page.can_start,
            "start": page.can_start,
        }[name]

    def enabled(self, name: str) -> bool:
        return next(one.enabled for one in self.state.buttons if one.key == name)

    def text(self, name: str) -> str:
        if name == "device":
            return device_of(self.seat)
        if name == "queue":
            return QueueView.of(self.seat).title
        if name in ("title", "steps", "command"):
            return str(getattr(self.page, name))
        if name == "stop":
            return self.state.button("stop").label
        return str(getattr(self.state if hasattr(self.state, name) else self.edit, name))

    def tip(self, name: str) -> str:
        return next(one.tip for one in self.state.buttons if one.key == name)

    def frames(self) -> list[tuple[int, str, bool]]:
        films = [row for row in self.edit.rows if row.widget == "film"]
        return [(one.number, one.label, one.chosen) for row in films for one in row.pictures]

    def choose_frame(self, number: int) -> None:
        self.deeds.edited("frame", number)

    def choose(self, kind: str) -> None:
        self.deeds.choose_edit(kind)

    def rows(self) -> list[str]:
        return [row.name for row in self.edit.rows]

    def type_in(self, row: str, text: str) -> None:
        self.deeds.typed(row, text)

    def problem(self, row: str) -> str:
        return next(f"⚠ {one.problem}" for one in self.edit.rows if one.name == row)

    def results(self) -> list[str]:
        return [entry.id for entry in self.strip.entries]

    def find(self, words: str, history: History) -> list[str]:
        self.strip.show(history, words)
        return self.results()

    def picked(self, spec: Row) -> list[tuple[str, str]]:
        return entries_of(spec, self.deeds, self.seat.strings)

    def turn(self, document: int) -> None:
        self.seat.sit(str(document))
        self.desk.auto_run = False


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[PlainHand]:
    problems.clear()
    made = PlainHand(tmp_path)
    yield made
    made.studio.close()
    assert list(problems) == []


@pytest.mark.parametrize("case", CASES)
def test_a_panel_without_toolkit(hand: PlainHand, case: str) -> None:
    CASES[case](hand)
