# SPDX-License-Identifier: Apache-2.0
"""The overlay: pens and mice through any zoom, turn and mirror; other tools untouched; keys."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
from desktop import Desktop, View
from hand import NONE, Button, Held, Key, Kind, mouse, press_key, pull, send, turned
from pullbrush.mapping import image_to_widget, scale_of, to_image, to_widget
from pullbrush.qt import QT6, QtCore, QtGui, QtWidgets
from steps import painted

from protocol.plugin.drags import DragList, Grip

# ---------------------------------------------------------------- where things lie


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("degrees", [0, 20, -75, 180])
@pytest.mark.parametrize("zoom", [0.5, 1, 1.5, 3.1])
def test_a_pull_lands_on_the_very_pixels_whatever_the_view(
    desktop: Desktop, zoom: float, degrees: float, mirror: bool
) -> None:
    desktop.view.flake = turned(zoom, degrees, mirror, 300, 200)
    desktop.pen.take(True)
    start, end = (120.25, 80.5), (180.0, 110.0)
    where = [to_widget(desktop.view.flake, point) for point in (start, end)]
    pull(desktop, *[(place.x(), place.y()) for place in where])
    (found,) = desktop.desk.drags.now.plain()
    for got, meant in zip(found, (start, end), strict=True):
        assert math.dist(got, meant) < 1e-6


def test_the_formula_for_older_kritas_agrees_with_what_newer_ones_say() -> None:
    """The bounding box of the turned picture touches the widget's corner, less what is scrolled."""
    widget = QtWidgets.QWidget()
    for zoom in (0.5, 1.0, 2.0):
        for degrees in (0.0, 20.0, -75.0):
            for mirror in (False, True):
                dpi = 300.0
                view = View(widget, None, (400, 300), zoom=zoom * dpi / 72, rotation=degrees,
                            mirror=mirror, dpi=dpi, scroll=(25, -40))  # fmt: skip
                transform = image_to_widget(view)
                box = transform.mapRect(QtCore.QRectF(0, 0, 400, 300))
                assert (box.left(), box.top()) == pytest.approx((-25, 40))
                assert scale_of(transform) == pytest.approx(zoom)
                assert (transform.determinant() < 0) == mirror
                right = transform.map(QtCore.QPointF(1, 0)) - transform.map(QtCore.QPointF(0, 0))
                angle = math.degrees(math.atan2(right.y(), right.x()))
                off = angle - degrees - (180 if mirror else 0)
                assert abs((off + 180) % 360 - 180) < 1e-6
                assert to_image(transform, to_widget(transform, (33, 44))) == pytest.approx(
                    (33, 44)
                )


def test_what_the_canvas_says_wins_over_the_formula() -> None:
    view = View(QtWidgets.QWidget(), turned(2, 10), (400, 300), zoom=9)
    assert image_to_widget(view) == turned(2, 10)


# ---------------------------------------------------------------- whose events


def test_while_the_pen_is_put_away_everything_goes_to_the_program(desktop: Desktop) -> None:
    pull(desktop, (50, 50), (90, 90))
    for kind in (Kind.MouseButtonPress, Kind.MouseMove, Kind.MouseButtonRelease):
        assert desktop.canvas.got(kind)
    assert desktop.desk.drags.now.strokes == ()
    assert not press_key(desktop, Key.Key_Delete)
    assert not press_key(desktop, Key.Key_Left)
    assert not press_key(desktop, Key.Key_Return)
    assert not press_key(desktop, Key.Key_Escape)


def test_while_it_is_taken_only_the_left_button_is_ours(desktop: Desktop) -> None:
    desktop.pen.take(True)
    desktop.canvas.came.clear()
    pull(desktop, (50, 50), (90, 90))
    for kind in (Kind.MouseButtonPress, Kind.MouseButtonRelease):
        assert not desktop.canvas.got(kind)
    assert len(desktop.desk.drags.now.strokes) == 1
    mouse(desktop, Kind.MouseButtonPress, (50, 50), Button.MiddleButton)
    assert desktop.canvas.got(Kind.MouseButtonPress)  # pans
    assert len(desktop.desk.drags.now.strokes) == 1
    assert not press_key(desktop, Key.Key_B)
    assert not press_key(desktop, Key.Key_Z, Held.AltModifier)


def test_space_and_drag_still_pans(desktop: Desktop) -> None:
    desktop.pen.take(True)
    send(desktop, QtGui.QKeyEvent(Kind.KeyPress, int(Key.Key_Space), NONE))
    desktop.canvas.came.clear()
    pull(desktop, (50, 50), (90, 90))
    assert desktop.canvas.got(Kind.MouseButtonPress)
    assert desktop.desk.drags.now.strokes == ()
    send(desktop, QtGui.QKeyEvent(Kind.KeyRelease, int(Key.Key_Space), NONE))
    pull(desktop, (50, 50), (90, 90))
    assert len(desktop.desk.drags.now.strokes) == 1


def test_a_filter_that_krita_puts_before_ours_does_not_take_the_moves_away(
    desktop: Desktop,
) -> None:
    class Greedy(QtCore.QObject):
        def eventFilter(self, watched: Any, event: Any) -> bool:
            return event.type() in (Kind.MouseMove, Kind.MouseButtonPress)

    greedy = Greedy()
    desktop.pen.take(True)
    desktop.canvas.installEventFilter(greedy)
    pull(desktop, (50, 50), (90, 90))
    assert desktop.desk.drags.now.plain() == [[[50, 50], [90, 90]]]
    desktop.pen.take(False)
    pull(desktop, (50, 50), (120, 90))
    assert len(desktop.desk.drags.now.strokes) == 1


def test_a_second_canvas_is_followed_and_the_first_let_go(desktop: Desktop) -> None:
    first, desktop.canvas = desktop.canvas, type(desktop.canvas)()
    desktop.view.widget = desktop.canvas
    desktop.controller.poll()
    desktop.pen.take(True)
    pull(desktop, (50, 50), (90, 90))
    assert len(desktop.desk.drags.now.strokes) == 1
    first.came.clear()
    QtWidgets.QApplication.sendEvent(
        first, QtGui.QKeyEvent(Kind.KeyPress, int(Key.Key_Delete), NONE)
    )
    assert first.came
    assert not first.findChildren(type(desktop.overlay.sheet))
    first.deleteLater()


def tablet(desktop: Desktop, kind: Any, at: Any) -> None:
    """A pen's event, as each Qt makes them."""
    place = QtCore.QPointF(*at)
    buttons = Button.NoButton if kind == Kind.TabletRelease else Button.LeftButton
    left = Button.LeftButton
    if QT6:
        pen = QtGui.QPointingDevice.primaryPointingDevice()
        event = QtGui.QTabletEvent(kind, pen, place, place, 0.5, 0, 0, 0, 0, 0, NONE, left, buttons)
    else:
        event = QtGui.QTabletEvent(
            kind, place, place, 0, 1, 0.5, 0, 0, 0.0, 0.0, 0, NONE, 1, left, buttons
        )
    send(desktop, event)


def test_a_pen_draws_like_a_mouse_and_reaches_a_little_farther(desktop: Desktop) -> None:
    desktop.pen.take(True)
    tablet(desktop, Kind.TabletPress, (50, 50))
    tablet(desktop, Kind.TabletMove, (80, 60))
    mouse(desktop, Kind.MouseButtonPress, (80, 60))  # made by a program of the pen's own
    tablet(desktop, Kind.TabletMove, (100, 60))
    tablet(desktop, Kind.TabletRelease, (100, 60))
    assert desktop.desk.drags.now.plain() == [[[50, 50], [100, 60]]]
    tablet(desktop, Kind.TabletPress, (114, 60))  # 14 pixels beside the target
    tablet(desktop, Kind.TabletMove, (134, 60))
    tablet(desktop, Kind.TabletRelease, (134, 60))
    assert desktop.desk.drags.now.plain() == [[[50, 50], [120, 60]]]


# ---------------------------------------------------------------- what it does


def test_add_move_pin_bend_and_remove_with_keys_held(desktop: Desktop) -> None:
    desktop.pen.take(True)
    pull(desktop, (50, 50), (150, 50))
    pull(desktop, (150, 50), (150, 90))  # the target
    pull(desktop, (50, 50), (40, 60))  # the handle
    assert desktop.desk.drags.now.plain() == [[[40, 60], [150, 90]]]
    pull(desktop, (200, 200), (200, 200), Held.ShiftModifier)
    pull(desktop, (95, 75), (95, 120), Held.AltModifier)
    assert desktop.desk.drags.now.plain() == [[[40, 60], [95, 120], [150, 90]], [[200, 200]]]
    pull(desktop, (200, 200), (200, 200), Held.ControlModifier)
    assert len(desktop.desk.drags.now.strokes) == 1
    desktop.pen.use("remove")
    pull(desktop, (150, 90), (150, 90))
    assert desktop.desk.drags.now.strokes == ()


def test_the_picture_bends_while_the_pen_moves_and_computes_when_it_is_lifted(
    desktop: Desktop,
) -> None:
    desktop.net.margin = 40
    desktop.pen.take(True)
    mouse(desktop, Kind.MouseButtonPress, (60, 60))
    mouse(desktop, Kind.MouseMove, (90, 70))
    desktop.beat()
    mouse(desktop, Kind.MouseMove, (120, 80))
    desktop.beat()
    assert desktop.net.tasks()[-1] == "warp"
    assert "edit" not in desktop.net.tasks()
    desktop.net.done(desktop.net.last("warp"))
    desktop.beat()
    assert desktop.controller.preview is not None
    assert press_key(desktop, Key.Key_Escape)  # also takes away what was only bent
    assert desktop.controller.preview is None
    mouse(desktop, Kind.MouseMove, (119, 80))
    mouse(desktop, Kind.MouseMove, (120, 80))
    mouse(desktop, Kind.MouseButtonRelease, (120, 80))
    desktop.beat()
    assert desktop.net.tasks()[-1] == "edit"
    job = desktop.net.last()
    desktop.net.progress(job, 1)
    desktop.beat()
    pull(desktop, (120, 80), (114, 78))  # while it computes
    desktop.beat()
    assert job.updates
    assert job.updates[-1]["drags"] == [[[60, 60], [114, 78]]]
    assert desktop.net.tasks().count("edit") == 1


def test_keys_nudge_remove_undo_apply_and_discard(desktop: Desktop) -> None:
    desktop.pen.take(True)
    pull(desktop, (60, 60), (120, 80))
    assert press_key(desktop, Key.Key_Right)
    assert press_key(desktop, Key.Key_Down, Held.ShiftModifier)
    assert press_key(desktop, Key.Key_Up, Held.ControlModifier)
    assert desktop.desk.drags.now.plain() == [[[60, 60], [121, 89.75]]]
    assert press_key(desktop, Key.Key_Z, Held.ControlModifier)
    assert press_key(desktop, Key.Key_Z, Held.ControlModifier | Held.ShiftModifier)
    assert desktop.desk.drags.now.plain() == [[[60, 60], [121, 89.75]]]
    assert press_key(desktop, Key.Key_Tab)
    assert desktop.desk.drags.now.chosen == Grip(number=1, at=0, part="handle")
    assert press_key(desktop, Key.Key_Return, Held.ShiftModifier)
    desktop.beat()
    assert desktop.net.tasks()[-1] == "edit"
    assert press_key(desktop, Key.Key_Escape)
    assert desktop.net.last().cancels
    desktop.net.cancelled(desktop.net.last())
    desktop.beat()
    assert press_key(desktop, Key.Key_Return)
    desktop.beat()
    desktop.net.done(desktop.net.last())
    desktop.beat()
    assert len(desktop.host.state.sheets) == 2
    assert desktop.pen.is_on  # what the pen does changes only when the artist changes it
    assert not press_key(desktop, Key.Key_Z, Held.ControlModifier)  # takes the result away
    assert press_key(desktop, Key.Key_Delete)
    assert desktop.desk.drags.now.strokes == ()


def test_undo_is_the_programs_while_its_own_change_is_the_last(desktop: Desktop) -> None:
    """The result comes back with the picture it was made from; taking the arrow back would have thrown it away."""
    painted(desktop)
    desktop.pen.take(True)
    assert desktop.desk.drags.past
    assert not press_key(desktop, Key.Key_Z, Held.ControlModifier)
    assert desktop.desk.session.outcome is not None
    desktop.host.undo()
    end = time.monotonic() + 60
    while desktop.desk.status.stale and time.monotonic() < end:
        desktop.beat()
    assert desktop.desk.session.stage == "done"
    assert press_key(desktop, Key.Key_Z, Held.ControlModifier)  # now it was drawn last


def test_with_the_pen_put_away_enter_and_escape_are_the_programs(desktop: Desktop) -> None:
    """They end what its tools are at, such as a crop; ours beside that would add a result to a picture half cropped."""
    desktop.desk.set_drags(DragList().add((60, 60), (120, 80)))
    desktop.desk.run()
    desktop.beat()
    desktop.net.done(desktop.net.last())
    desktop.beat()
    assert desktop.controller.preview is not None
    assert not press_key(desktop, Key.Key_Left)
    for key in (Key.Key_Escape, Key.Key_Return, Key.Key_Enter):
        assert not press_key(desktop, key)
    assert desktop.controller.preview is not None
    assert len(desktop.host.state.sheets) == 1
