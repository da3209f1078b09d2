# SPDX-License-Identifier: Apache-2.0
"""The overlay: an object moved by hand, and what is to be seen where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from desktop import Desktop
from hand import Key, press_key, pull, turned
from pullbrush.mapping import to_widget
from pullbrush.qt import QtCore, QtGui
from steps import overlay_on

from protocol.plugin.drags import DragList
from protocol.plugin.host import Pixels

# ---------------------------------------------------------------- moving an object


def test_the_selected_object_is_moved_and_scaled_by_hand(desktop: Desktop) -> None:
    desktop.host.select((100, 100, 60, 40))
    desktop.desk.choose_edit("move")
    desktop.beat()
    desktop.view.flake = turned(2, 0, dx=0, dy=0)
    desktop.pen.take(True)
    desktop.beat()
    assert desktop.overlay.sheet is not None
    assert desktop.overlay.sheet.box == (100, 100, 60, 40)
    pull(desktop, (240, 240), (280, 220))
    assert (desktop.desk.panel.value("dx"), desktop.desk.panel.value("dy")) == (20, -10)
    assert desktop.panel.rows["dx"].line.text() == "0 px"
    desktop.beat()
    assert desktop.panel.rows["dx"].line.text() == "20 px"
    pull(desktop, (360, 260), (420, 300))  # the lower right corner
    assert desktop.desk.panel.value("scale") == pytest.approx(2, abs=0.01)
    pull(desktop, (10, 10), (40, 40))  # beside it
    assert desktop.desk.panel.value("dx") == 20
    assert press_key(desktop, Key.Key_Left)
    assert desktop.desk.panel.value("dx") == 19
    desktop.beat()
    assert desktop.net.tasks()[-1] == "edit"


def test_without_a_selection_the_pen_moves_nothing(desktop: Desktop) -> None:
    desktop.desk.choose_edit("move")
    desktop.pen.take(True)
    desktop.beat()
    pull(desktop, (50, 50), (90, 90))
    assert desktop.desk.panel.value("dx") == 0


# ---------------------------------------------------------------- what is seen


def near(image: QtGui.QImage, place: Any, color: str, within: int = 3) -> bool:
    wanted = QtGui.QColor(color)
    for dx in range(-within, within + 1):
        for dy in range(-within, within + 1):
            got = QtGui.QColor(image.pixel(round(place.x()) + dx, round(place.y()) + dy))
            if max(abs(got.red() - wanted.red()), abs(got.green() - wanted.green()),
                   abs(got.blue() - wanted.blue())) < 40:  # fmt: skip
                return True
    return False


def test_marks_lie_where_the_picture_is_and_follow_it(desktop: Desktop) -> None:
    desktop.pen.take(True)
    desktop.desk.set_drags(DragList().add((60, 60), (160, 90)).add_pin((100, 150)))
    for view in (turned(1, 0), turned(1.5, 20, dx=200, dy=10)):
        desktop.view.flake = view
        image = overlay_on(desktop, "transparent")
        assert near(image, to_widget(view, (60, 60)), "#0072b2")
        assert near(image, to_widget(view, (160, 90)), "#e69f00")
        assert near(image, to_widget(view, (100, 150)), "#009e73")
        assert near(image, to_widget(view, (110, 75)), "#0072b2")  # the line between


def test_a_flat_handle_wears_a_ring_and_the_panel_says_why(desktop: Desktop) -> None:
    paper = desktop.host.sheet("paper").pixels
    desktop.host.paint("paper", replace(paper, data=bytes([90]) * len(paper.data)))
    desktop.pen.take(True)
    desktop.desk.set_drags(DragList().add((60, 60), (160, 90)))
    image = overlay_on(desktop, "transparent")
    ring = to_widget(desktop.view.flake, (60, 60 - 13))
    assert near(image, ring, "#d55e00", within=4)
    assert "even area" in desktop.panel.canvas_bar.hint.words.text()


def test_a_preview_is_laid_where_it_belongs_and_marked(desktop: Desktop) -> None:
    red = Pixels(rect=(100, 100, 4, 4), data=b"\xff\x00\x00\xff" * 16)
    desktop.host.show_preview(red, (100, 100, 80, 40))
    view = desktop.view.flake = turned(1.5, 20, dx=200, dy=-50)
    image = overlay_on(desktop, "transparent")
    for inside in ((105, 105), (175, 135), (140, 120)):
        assert near(image, to_widget(view, inside), "#ff0000", within=1)
    for outside in ((90, 120), (140, 150), (190, 120)):
        place = to_widget(view, outside)
        assert QtGui.QColor(image.pixelColor(round(place.x()), round(place.y()))).alpha() == 0
    desktop.host.show_preview(None, (100, 100, 80, 40))
    desktop.beat()
    assert not desktop.overlay.sheet.isVisibleTo(desktop.canvas)


def test_the_overlay_never_takes_the_mouse_by_itself(desktop: Desktop) -> None:
    assert desktop.overlay.sheet is not None
    through = QtCore.Qt.WidgetAttribute.WA_TransparentForMouseEvents
    assert desktop.overlay.sheet.testAttribute(through)
    assert desktop.overlay.sheet.focusPolicy() == QtCore.Qt.FocusPolicy.NoFocus
