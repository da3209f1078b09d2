# SPDX-License-Identifier: Apache-2.0
"""What the pen does changes only when the artist changes it, is seen at the pointer, and holds for one document."""

from __future__ import annotations

from typing import Any

from desktop import Desktop
from hand import Button, Held, Kind, mouse, pull, send
from pullbrush.marking import badge_at
from pullbrush.qt import QtCore, QtGui
from steps import END, START, applied, computed, overlay_on, turn_to

from protocol.plugin.marks import EDGE, TARGET


def brightest(image: QtGui.QImage, box: QtCore.QRectF) -> int:
    rect = box.toAlignedRect()
    return max(
        QtGui.QColor(image.pixel(x, y)).value()
        for x in range(rect.left(), rect.right())
        for y in range(rect.top(), rect.bottom())
    )


def test_it_stays_taken_after_apply_and_a_known_handle_can_be_pulled(desktop: Desktop) -> None:
    desktop.pen.take(True)
    applied(desktop)
    assert desktop.pen.is_on
    desktop.canvas.came.clear()
    pull(desktop, END, (END[0] + 10, END[1]))
    assert not desktop.canvas.got(Kind.MouseButtonPress), "it painted on the result"
    assert desktop.desk.drags.now.plain() == [[list(START), [END[0] + 10, END[1]]]]


def test_arrows_whose_result_is_there_are_fainter(desktop: Desktop) -> None:
    desktop.pen.take(True)
    computed(desktop)
    around = QtCore.QRectF(END[0] - 4, END[1] - 4, 8, 8)
    before = brightest(overlay_on(desktop, "black"), around)
    desktop.panel.state.apply.click()
    desktop.beat()
    assert 20 < brightest(overlay_on(desktop, "black"), around) < 0.8 * before
    assert QtGui.QColor(TARGET).value() > 150
    pull(desktop, END, (END[0] + 30, END[1]))
    assert brightest(overlay_on(desktop, "black"), around.translated(30, 0)) > 0.9 * before


def test_edit_again_shows_its_arrows_and_takes_the_pen(desktop: Desktop) -> None:
    applied(desktop)
    desktop.desk.start_over()
    desktop.beat()
    assert not desktop.pen.is_on
    desktop.panel.again.click()
    desktop.beat()
    assert desktop.pen.is_on
    assert desktop.overlay.sheet is not None
    assert desktop.overlay.sheet.isVisibleTo(desktop.canvas)
    pull(desktop, END, (END[0] + 10, END[1]))
    assert desktop.desk.drags.now.plain() == [[list(START), [END[0] + 10, END[1]]]]


def test_it_is_taken_for_one_document(desktop: Desktop) -> None:
    desktop.pen.take(True)
    turn_to(desktop, "two.kra")
    assert not desktop.pen.is_on
    assert not desktop.panel.canvas_bar.on.isChecked()
    desktop.canvas.came.clear()
    pull(desktop, (50, 50), (90, 90))
    assert desktop.canvas.got(Kind.MouseButtonPress), (
        "in a document where it was not taken, it paints"
    )
    assert desktop.desk.drags.now.strokes == ()
    turn_to(desktop, "one.kra")
    assert desktop.pen.is_on
    assert desktop.panel.canvas_bar.on.isChecked()


def test_the_pointer_shows_what_it_does(desktop: Desktop) -> None:
    at = QtCore.QPointF(200, 150)
    mouse(desktop, Kind.MouseMove, (200, 150))
    assert brightest(overlay_on(desktop, "black"), badge_at(at)) == 0
    desktop.pen.take(True)
    mouse(desktop, Kind.MouseMove, (200, 150))
    drags = overlay_on(desktop, "black")
    assert brightest(drags, badge_at(at)) >= QtGui.QColor(EDGE).value()
    mouse(desktop, Kind.MouseMove, (200, 150), held=Held.ControlModifier)
    assert sign(overlay_on(desktop, "black"), at) != sign(drags, at)
    send(desktop, QtCore.QEvent(Kind.Leave))
    assert brightest(overlay_on(desktop, "black"), badge_at(at)) == 0


def sign(image: QtGui.QImage, at: QtCore.QPointF) -> Any:
    box = badge_at(at).toAlignedRect()
    return [
        image.pixel(x, y)
        for x in range(box.left(), box.right())
        for y in range(box.top(), box.bottom())
    ]


def test_the_programs_brush_is_not_seen_while_it_is_taken(desktop: Desktop) -> None:
    desktop.canvas.came.clear()
    desktop.pen.take(True)
    assert desktop.canvas.got(Kind.MouseMove), "its outline would stay"
    assert not desktop.canvas.got(Kind.Leave), "it would not pan and zoom any more"
    desktop.canvas.came.clear()
    mouse(desktop, Kind.MouseMove, (200, 150), button=Button.NoButton)
    assert not desktop.canvas.got(Kind.MouseMove), "its outline would be drawn again"
    mouse(desktop, Kind.MouseButtonPress, (200, 150), Button.MiddleButton)
    mouse(desktop, Kind.MouseMove, (210, 150), Button.MiddleButton)
    assert desktop.canvas.got(Kind.MouseMove)  # pans
    desktop.pen.take(False)
    desktop.canvas.came.clear()
    mouse(desktop, Kind.MouseMove, (200, 150), button=Button.NoButton)
    assert desktop.canvas.got(Kind.MouseMove)


def test_another_tool_of_the_program_puts_it_away(desktop: Desktop) -> None:
    desktop.pen.take(True)
    desktop.overlay.program_tool_chosen()
    assert not desktop.pen.is_on
