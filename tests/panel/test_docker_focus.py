# SPDX-License-Identifier: Apache-2.0
"""Keys are the canvas's: a button gives them back, and a text field has them only when it was gone into."""

from __future__ import annotations

from typing import Any

from desktop import Desktop
from pullbrush.focus import TEXTS
from pullbrush.qt import QtCore, QtGui, QtWidgets
from steps import applied, computed, draw

Kind = QtCore.QEvent.Type
LEFT, NO_BUTTON = QtCore.Qt.MouseButton.LeftButton, QtCore.Qt.MouseButton.NoButton
PLAIN = QtCore.Qt.KeyboardModifier.NoModifier


def focus() -> QtWidgets.QWidget | None:
    return QtWidgets.QApplication.focusWidget()


def click(desktop: Desktop, widget: QtWidgets.QWidget) -> None:
    """Press and lift the mouse on a widget; the focus follows as Qt has it for real events."""
    if isinstance(widget, QtWidgets.QPlainTextEdit):
        widget = widget.viewport()
    place = QtCore.QPointF(widget.rect().center())
    glob = QtCore.QPointF(widget.mapToGlobal(widget.rect().center()))
    for kind, held in ((Kind.MouseButtonPress, LEFT), (Kind.MouseButtonRelease, NO_BUTTON)):
        taker = widget.focusProxy() or widget
        if held == LEFT and taker.focusPolicy() & QtCore.Qt.FocusPolicy.ClickFocus:
            taker.setFocus(QtCore.Qt.FocusReason.MouseFocusReason)
        event = QtGui.QMouseEvent(kind, place, place, glob, LEFT, held, PLAIN)
        QtWidgets.QApplication.sendEvent(widget, event)
    desktop.beat()


def space(desktop: Desktop, widget: QtWidgets.QWidget) -> None:
    """Press a button by the keyboard."""
    for kind in (Kind.KeyPress, Kind.KeyRelease):
        event = QtGui.QKeyEvent(kind, int(QtCore.Qt.Key.Key_Space), PLAIN, " ")
        QtWidgets.QApplication.sendEvent(widget, event)
    desktop.beat()


def words(desktop: Desktop) -> Any:
    return desktop.panel.rows["prompt"].box


def test_after_apply_and_every_other_button_the_canvas_has_the_keys(window: Desktop) -> None:
    draw(window)
    state = window.panel.state
    click(window, state.run)
    assert focus() is window.canvas
    window.net.done(window.net.last())
    window.beat()
    click(window, state.apply)
    assert focus() is window.canvas
    for part in (window.panel.canvas_bar.on, window.panel.more, window.panel.rows["seed"].dice):
        click(window, part)
        assert focus() is window.canvas, part


def test_from_a_text_field_a_button_leads_back_to_the_canvas(window: Desktop) -> None:
    computed(window)
    for press in (window.panel.state.apply, window.panel.canvas_bar.on, window.panel.more):
        click(window, words(window))
        assert focus() is words(window)
        click(window, press)
        assert focus() is window.canvas, press


def test_a_button_that_goes_grey_does_not_hand_its_keys_to_the_words(window: Desktop) -> None:
    computed(window)
    for part in window.frame.findChildren(QtWidgets.QWidget):
        if not isinstance(part, TEXTS):  # only text fields are left for Qt to pass the focus to
            part.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
    button = window.panel.state.apply
    button.setFocus()
    assert focus() is button
    button.setEnabled(False)
    window.beat()
    assert focus() is window.canvas
    button.setEnabled(True)
    button.setFocus()
    button.hide()
    window.beat()
    assert focus() is window.canvas


def test_pressed_by_the_keyboard_apply_leads_to_the_canvas_too(window: Desktop) -> None:
    computed(window)
    window.panel.state.apply.setFocus()
    space(window, window.panel.state.apply)
    assert len(window.host.state.sheets) == 2
    assert focus() is window.canvas


def test_enter_and_escape_leave_a_line_and_what_was_typed_counts(window: Desktop) -> None:
    line = window.panel.rows["seed"].line
    for key in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Escape):
        click(window, line)
        assert focus() is line
        line.selectAll()
        line.insert("41")
        QtWidgets.QApplication.sendEvent(line, QtGui.QKeyEvent(Kind.KeyPress, int(key), PLAIN))
        window.beat()
        assert focus() is window.canvas
        assert window.desk.panel.value("seed") == 41


def test_nothing_but_text_takes_the_focus_by_a_click(window: Desktop) -> None:
    window.desk.show_more(True)
    applied(window)
    checked = 0
    for part in window.frame.findChildren(QtWidgets.QWidget):
        clickable = part.focusPolicy() & QtCore.Qt.FocusPolicy.ClickFocus
        if clickable and not isinstance(part, (*TEXTS, QtWidgets.QLabel)):
            raise AssertionError(part)
        checked += isinstance(part, TEXTS)
    assert checked >= 4
