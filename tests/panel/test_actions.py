# SPDX-License-Identifier: Apache-2.0
"""Every button of the panel can be bound to a key, and a key does what the button does."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from desktop import Desktop
from pullbrush.actions import ACTIONS
from pullbrush.qt import QtWidgets
from steps import applied, draw

FILE = Path(__file__).parents[2] / "plugin_krita" / "pullbrush.action"
NAMED = {one.name: one for one in ACTIONS}
OF_A_PLACE = ("copy", "_swatch", "plus", "out")
"""Buttons that belong to one entry of a list or one field, of which there may be many."""


def press(desktop: Desktop, name: str) -> None:
    NAMED[name].press(desktop.panel)
    desktop.beat()


def test_the_file_for_krita_names_them_all_in_words() -> None:
    listed = {
        action.get("name"): action.findtext("text") or ""
        for action in ET.parse(FILE).getroot().iter("Action")
    }
    assert list(listed) == [one.name for one in ACTIONS]
    for one in ACTIONS:
        assert listed[one.name].startswith("Pullbrush: ")
        assert one.text not in listed[one.name]


def test_every_button_has_one(desktop: Desktop) -> None:
    applied(desktop)
    reached = {id(one.find(desktop.panel)) for one in ACTIONS}
    rest: list[Any] = [
        part
        for part in desktop.frame.findChildren(QtWidgets.QAbstractButton)
        if id(part) not in reached and not part.objectName().startswith("qt_")
    ]
    panel = desktop.panel
    known = [panel.menu.button, panel.engine_page.copy]
    known += [line.stop for line in panel.queue.rows]
    known += [panel.state.report, panel.engine_page.report]  # the menu's own says the same
    known += [
        part
        for row in desktop.panel.rows.values()
        for part in row.findChildren(QtWidgets.QCheckBox)
    ]
    known += desktop.panel.history.search.findChildren(QtWidgets.QAbstractButton)
    assert [part.text() or part.toolTip() for part in rest if part not in known] == []
    in_menu = [action for action in desktop.panel.menu.menu.actions() if not action.isSeparator()]
    only_twice = {"Start over: no arrows, no preview"}
    assert {a.text() for a in in_menu if id(a) not in reached} <= only_twice


def test_keys_run_apply_and_discard_as_the_buttons_do(desktop: Desktop) -> None:
    press(desktop, "pullbrush_run")
    assert "edit" not in desktop.net.tasks()  # nothing drawn yet: the button is grey
    press(desktop, "pullbrush_draw")
    assert desktop.pen.is_on
    draw(desktop)
    press(desktop, "pullbrush_run")
    desktop.net.done(desktop.net.last())
    desktop.beat()
    press(desktop, "pullbrush_discard")
    assert desktop.controller.preview is None
    press(desktop, "pullbrush_run")
    desktop.net.done(desktop.net.last())
    desktop.beat()
    press(desktop, "pullbrush_apply")
    assert len(desktop.host.state.sheets) == 2
    press(desktop, "pullbrush_start_over")
    press(desktop, "pullbrush_again")
    assert desktop.desk.drags.now.strokes
    press(desktop, "pullbrush_pin")
    assert desktop.pen.tool == "pin"
    seed = desktop.desk.panel.value("seed")
    press(desktop, "pullbrush_new_seed")
    assert desktop.desk.panel.value("seed") != seed
