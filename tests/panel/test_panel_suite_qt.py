# SPDX-License-Identifier: Apache-2.0
"""The suite for panels against Krita's docker."""

from __future__ import annotations

from typing import Any

import pytest
from desktop import Desktop
from fakes.noted import NotedHost
from fakes.panel_suite import CASES
from pullbrush.qt import QtCore
from pullbrush.widgets_film import NUMBER_ROLE, FilmRow
from pullbrush.widgets_picks import make_row
from steps import shown

from protocol.plugin.drags import DragList
from protocol.plugin.history import History
from protocol.plugin.panel import Row


class QtHand:
    """Hands for the docker."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop, self.net, self.wire = desktop, desktop.net, desktop.wire
        self.seat, self.panel = desktop.controller.seat, desktop.panel
        self.desk.auto_run = False
        panel = self.panel
        state, history, page = panel.state, panel.history, panel.engine_page
        self.parts = {
            "run": state.run, "stop": state.stop, "apply": state.apply, "drop": state.drop,
            "again": panel.again, "go_on": panel.go_on, "clear": panel.canvas_bar.clear,
            "more": panel.more, "star": history.star, "forget": history.out, "redo": history.again,
            "stop_all": panel.queue.stop_all, "queue": panel.queue, "start": page.start,
            "error": state.error, "covered": panel.covered, "history": history, "page": page,
            "command": page.command,
        }  # fmt: skip
        self.words = {
            "stop": state.stop, "words": state.words, "plan": state.plan, "error": state.error.words,
            "hint": panel.canvas_bar.hint.words, "about": panel.about, "works_on": panel.works_on,
            "device": panel.device, "queue": panel.queue.title, "title": page.title,
            "steps": page.steps, "command": page.command,
        }  # fmt: skip

    @property
    def desk(self) -> Any:
        return self.desktop.desk

    @property
    def host(self) -> NotedHost:
        return self.desktop.host

    def wait(self) -> None:
        self.desktop.beat()

    def draw(self, *ways: Any) -> None:
        drags = DragList()
        for way in ways:
            drags = drags.add(*way)
        self.desk.set_drags(drags)

    def press(self, name: str) -> None:
        seed = self.panel.rows["seed"] if name in ("dice", "lock") else None
        part = getattr(seed, name) if seed is not None else self.parts[name]
        part.click()

    def shown(self, name: str) -> bool:
        return shown(self.parts[name], self.panel)

    def enabled(self, name: str) -> bool:
        return self.parts[name].isEnabled()

    def text(self, name: str) -> str:
        return self.words[name].text()

    def tip(self, name: str) -> str:
        return self.parts[name].toolTip()

    def frames(self) -> list[tuple[int, str, bool]]:
        row = self.panel.rows.get("frame")
        if not isinstance(row, FilmRow):
            return []
        items = [row.strip.item(i) for i in range(row.strip.count())]
        name = QtCore.Qt.ItemDataRole.AccessibleTextRole
        return [
            (item.data(NUMBER_ROLE), item.data(name), item is row.strip.currentItem())
            for item in items
        ]

    def choose_frame(self, number: int) -> None:
        strip = self.panel.rows["frame"].strip
        for i in range(strip.count()):
            if strip.item(i).data(NUMBER_ROLE) == number:
                strip.setCurrentRow(i)

    def choose(self, kind: str) -> None:
        edits = self.panel.edits
        edits.setCurrentIndex(edits.findData(kind))
        edits.activated.emit(edits.currentIndex())

    def rows(self) -> list[str]:
        return list(self.panel.rows)

    def type_in(self, row: str, text: str) -> None:
        self.panel.rows[row].line.typed.emit(text)

    def problem(self, row: str) -> str:
        return self.panel.rows[row].problem.text()

    def results(self) -> list[str]:
        strip = self.panel.history
        assert strip.list.count() == len(strip.model.entries)
        return [entry.id for entry in strip.model.entries]

    def find(self, words: str, history: History) -> list[str]:
        self.panel.history.show_history(history, self.panel.controller.seat.engine.edits)
        self.panel.history.search.setText(words)
        return self.results()

    def picked(self, spec: Row) -> list[tuple[str, str]]:
        box = make_row(spec, self.panel.strings, self.panel.deeds).box
        return [(box.itemData(i), box.itemText(i)) for i in range(box.count())]

    def turn(self, document: int) -> None:
        self.desktop.window.active = f"{document}.kra"
        self.desktop.controller.poll()


@pytest.mark.parametrize("case", CASES)
def test_kritas_docker(desktop: Desktop, case: str) -> None:
    CASES[case](QtHand(desktop))
