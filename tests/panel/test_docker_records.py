# SPDX-License-Identifier: Apache-2.0
"""A list of records in Krita's panel: buttons, keys, layers, values."""

from __future__ import annotations

from typing import Any

import pytest
from desktop import Desktop
from fakes.illustrate import KINDS
from pullbrush.qt import QtCore, QtGui, QtWidgets
from pullbrush.widgets_picks import RecordFrame, RecordsRow
from steps import shown
from test_docker_rows import learn

from protocol.edits import schema

Key, Held = QtCore.Qt.Key, QtCore.Qt.KeyboardModifier


@pytest.fixture
def listed(window: Desktop) -> RecordsRow:
    """The row of an edit's list, in a window that has the keyboard."""
    learn(window, schema(KINDS))
    window.desk.choose_edit("illustrate")
    window.beat()
    row = window.panel.rows["conditions"]
    assert isinstance(row, RecordsRow)
    return row


def press(widget: QtWidgets.QWidget, key: Any, held: Any = Held.ControlModifier) -> bool:
    """A key as Qt sends it; returns whether it was kept from the program's shortcuts."""
    kind = QtCore.QEvent.Type
    asked = QtGui.QKeyEvent(kind.ShortcutOverride, key, held)
    asked.ignore()
    QtWidgets.QApplication.sendEvent(widget, asked)
    QtWidgets.QApplication.sendEvent(widget, QtGui.QKeyEvent(kind.KeyPress, key, held))
    return asked.isAccepted()


def choose(frame: RecordFrame, layer: str) -> None:
    box = frame.parts["layer"].box  # type: ignore[attr-defined]
    box.activated.emit(box.findData(layer))


def weights(desktop: Desktop) -> list[float]:
    return [one.get("weight", 100) for one in desktop.panel.rows["conditions"].records.records]


def test_a_condition_is_added_given_a_layer_and_run(desktop: Desktop, listed: RecordsRow) -> None:
    listed.plus.click()
    desktop.beat()
    (frame,) = listed.frames
    box = frame.parts["layer"].box  # type: ignore[attr-defined]
    assert [box.itemText(i) for i in range(box.count())] == ["Choose a layer …", "Paper"]
    assert frame.title.text() == "conditions 1"
    run = desktop.panel.state.run
    assert not run.isEnabled()
    assert "entry 1" in run.toolTip()
    assert not shown(frame.parts["layer"].problem, desktop.panel)
    choose(frame, "paper")
    desktop.beat()
    assert run.isEnabled()
    run.click()
    desktop.beat()
    job = desktop.net.last("edit")
    assert job.params["conditions"][0]["layer"] == "paper"
    assert [one.name for one in job.images] == ["source", "condition.0"]


def test_records_are_moved_by_buttons_and_keys_and_the_focus_goes_along(
    desktop: Desktop, listed: RecordsRow
) -> None:
    for weight in ("10", "20", "30"):
        listed.plus.click()
        desktop.beat()
        listed.frames[-1].parts["weight"].line.typed.emit(weight)  # type: ignore[attr-defined]
        desktop.beat()
    assert not listed.plus.isEnabled()
    first, second, third = listed.frames
    assert not first.up.isEnabled()
    assert not third.down.isEnabled()
    first.down.click()
    desktop.beat()
    assert weights(desktop) == [20, 10, 30]
    slider = second.parts["weight"].slider  # type: ignore[attr-defined]
    slider.setFocus()
    assert press(slider, Key.Key_PageDown)
    desktop.beat()
    assert weights(desktop) == [20, 30, 10]
    assert QtWidgets.QApplication.focusWidget() is third.parts["weight"].slider  # type: ignore[attr-defined]
    assert press(third.parts["weight"].slider, Key.Key_PageDown)  # type: ignore[attr-defined]
    assert weights(desktop) == [20, 30, 10]  # there is nothing further down
    assert not press(slider, Key.Key_PageDown, Held.NoModifier)  # the slider's own
    third.out.click()
    desktop.beat()
    assert weights(desktop)[0] == 20
    assert len(listed.frames) == 2


def test_a_range_has_its_handles_and_is_shown_when_it_counts(
    desktop: Desktop, listed: RecordsRow
) -> None:
    listed.plus.click()
    desktop.beat()
    (frame,) = listed.frames
    assert list(frame.parts)[:4] == ["layer", "kind", "weight", "range"]
    frame.parts["range"].typed.emit("range", "0.1 .. 0,6")
    kind = frame.parts["kind"].box  # type: ignore[attr-defined]
    kind.activated.emit(kind.findData("palette"))
    desktop.beat()
    assert "range" not in frame.parts
    kind = frame.parts["kind"].box  # type: ignore[attr-defined]
    kind.activated.emit(kind.findData("scribble"))
    choose(frame, "paper")
    desktop.beat()
    assert desktop.desk.panel.params()["conditions"][0]["range"] == [0.1, 0.6]


def test_what_was_being_typed_stays_with_its_record(desktop: Desktop, listed: RecordsRow) -> None:
    listed.plus.click()
    listed.plus.click()
    desktop.beat()
    line = listed.frames[0].parts["words"].line  # type: ignore[attr-defined]
    line.setFocus()
    line.setText("a tree")
    line.setModified(True)
    press(line, Key.Key_PageDown)
    desktop.beat()
    words = [one.get("words", "") for one in listed.records.records]
    assert words == ["", "a tree"]
    assert QtWidgets.QApplication.focusWidget() is listed.frames[1].parts["words"].line  # type: ignore[attr-defined]


def test_each_record_and_button_has_its_name(desktop: Desktop, listed: RecordsRow) -> None:
    listed.plus.click()
    listed.plus.click()
    desktop.beat()
    assert [frame.accessibleName() for frame in listed.frames] == ["conditions 1", "conditions 2"]
    frame = listed.frames[1]
    assert frame.up.accessibleName() == "Move up (Ctrl+PgUp)"
    assert frame.out.accessibleName() == "Take out"
    assert frame.parts["weight"].line.accessibleName() == "weight"  # type: ignore[attr-defined]
