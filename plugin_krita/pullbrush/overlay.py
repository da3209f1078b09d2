# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies over a window's canvas: preview, drags, a moved object; and the pen that pulls at them.

Nothing is written to the document. While the pen is put away every event goes to the program as if this were not
here; while it is taken, only the left button and the pen's tip are ours. Krita puts its own filter before any other
whenever the canvas gets the focus (measured: moves of a press that gave the focus did not arrive), so that while the
pen is taken the application's filter is the one that is asked first.
"""

from __future__ import annotations

from typing import Any

from . import canvas_keys
from .canvas_sheet import Sheet
from .guard import guarded
from .mapping import image_to_widget, scale_of, to_image
from .pen import pen_of
from .protocol.plugin import pulling, shifting
from .protocol.plugin.document.document_controller import DocumentController
from .protocol.plugin.pulling import Tool
from .qt import QtCore, QtGui, QtWidgets, alive, event_pos

FRAME_MS = 33
MOUSE_REACH, PEN_REACH = 12.0, 16.0
"""How near, in widget pixels, is on a point: targets of 24 and 32 pixels."""
Kind = QtCore.QEvent.Type
Held = QtCore.Qt.KeyboardModifier
LEFT = QtCore.Qt.MouseButton.LeftButton
PRESSES = (Kind.MouseButtonPress, Kind.TabletPress, Kind.MouseButtonDblClick)
MOVES = (Kind.MouseMove, Kind.TabletMove)
POINTING = (*PRESSES, *MOVES)
LIFTS = (Kind.MouseButtonRelease, Kind.TabletRelease)
FAR = QtCore.QPointF(-9000.0, -9000.0)
TABLET = (Kind.TabletPress, Kind.TabletMove, Kind.TabletRelease)


class Overlay(QtCore.QObject):
    """Follows one window's canvas."""

    def __init__(self, controller: Any) -> None:
        super().__init__(controller)
        self.sheet: Sheet | None = None
        self._controller = controller
        self._pen = pen_of(controller)
        self._canvas: QtWidgets.QWidget | None = None
        self._pull: pulling.Pull | shifting.Shift | None = None
        self._space = False
        self._first = self._telling = False
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.refresh)
        controller.canvas_changed.connect(self.attach)
        controller.changed.connect(self.look)
        controller.preview_changed.connect(self.look)
        self._pen.changed.connect(self.look)
        self.attach()

    @property
    def transform(self) -> QtGui.QTransform | None:
        """From document pixels to the canvas widget, None without a canvas."""
        view = self._controller.canvas()
        return None if view is None else image_to_widget(view)

    def program_tool_chosen(self, _on: object = None) -> None:
        """The artist took a tool of the program's own, be it the same one: the pen is meant for that now."""
        self._pen.take(False)

    # ---- being there

    @guarded
    def attach(self) -> None:
        """Go to the canvas that is active now."""
        view = self._controller.canvas()
        widget = view.widget if view is not None else None
        if widget is not self._canvas:
            self._leave()
            if widget is not None:
                self._canvas = widget
                widget.installEventFilter(self)
                self.sheet = Sheet(widget, self._controller, self._pen)
        self.look()

    @guarded
    def look(self) -> None:
        """See whether there is something to draw, and keep drawing while there is."""
        desk: DocumentController | None = self._controller.desk
        if desk is None or not alive(self.sheet) or self.sheet is None:
            self._timer.stop()
            self._come_first(False)
            return
        if self._pen.is_on and not (desk.panel.edit.drags_field or desk.panel.edit.moves_object):
            self._pen.take(False)
        if not self._pen.is_on:
            self._pull, self._pen.is_pulling = None, False
        self._come_first(self._pen.is_on)
        shows = self._pen.is_on or self._controller.preview is not None
        self.sheet.setVisible(shows)
        if shows:
            self._timer.start()
            self.refresh()
        else:
            self._timer.stop()

    @guarded
    def refresh(self) -> None:
        """Draw again if something lies elsewhere now."""
        if self.sheet is not None and alive(self.sheet):
            self.sheet.follow(self.transform)

    def _come_first(self, wanted: bool) -> None:
        """Be asked before the program about every event, as long as the pen is taken."""
        application = QtWidgets.QApplication.instance()
        if application is None or wanted == self._first:
            return
        self._first = wanted
        if wanted:
            self._hide_brush()
        (application.installEventFilter if wanted else application.removeEventFilter)(self)

    def _hide_brush(self) -> None:
        """Have the outline of the program's brush drawn beside the canvas: on it, it would say that the pen paints.

        The program draws it where it last heard of the pointer; while the pen is taken it hears of no moves. (Told
        that the pointer had left, Krita would not pan and zoom any more.)
        """
        canvas = self._canvas
        if canvas is None or not alive(canvas) or not self._pen.is_on:
            return
        none, glob = (
            QtCore.Qt.MouseButton.NoButton,
            QtCore.QPointF(canvas.mapToGlobal(FAR.toPoint())),
        )
        plain = Held.NoModifier
        self._telling = True
        try:
            move = QtGui.QMouseEvent(Kind.MouseMove, FAR, FAR, glob, none, none, plain)
            QtWidgets.QApplication.sendEvent(canvas, move)
        finally:
            self._telling = False

    def _leave(self) -> None:
        if self._canvas is not None and alive(self._canvas):
            self._canvas.removeEventFilter(self)
        if self.sheet is not None and alive(self.sheet):
            self.sheet.setParent(None)  # pyright: ignore[reportArgumentType] (Qt takes None)
            self.sheet.deleteLater()
        self._canvas, self.sheet, self._pull = None, None, None

    # ---- the pen

    def eventFilter(self, watched: QtCore.QObject | None, event: QtCore.QEvent | None) -> bool:  # noqa: N802
        """Take what is ours; True keeps an event from the program."""
        if watched is not self._canvas or event is None or self._telling:
            return False
        return bool(self._filter(event))

    @guarded
    def _filter(self, event: Any) -> bool:
        desk, kind = self._controller.desk, event.type()
        if kind == Kind.Resize:
            self.refresh()
        if desk is None:
            return False
        if kind in (Kind.KeyPress, Kind.KeyRelease, Kind.ShortcutOverride):
            return self._key(event, desk)
        if kind in (Kind.Enter, Kind.FocusIn):
            QtCore.QTimer.singleShot(0, self._hide_brush)  # once the program has dealt with it
        if kind == Kind.Leave and self.sheet is not None:
            self.sheet.point_at(None)
        if not self._pen.is_on:
            return False
        if kind in POINTING and self.sheet is not None:
            tool = tool_of(event.modifiers(), self._pen.tool)
            self.sheet.point_at(event_pos(event), tool if desk.panel.edit.drags_field else "move")
        if kind in PRESSES:
            return self._press(event, desk)
        if kind in MOVES and self._pull is not None:
            return self._move(event)
        if kind in LIFTS and self._pull is not None:
            return self._lift(event)
        return kind in MOVES and not event.buttons() and not self._space  # see `_hide_brush`

    def _press(self, event: Any, desk: DocumentController) -> bool:
        if event.button() != LEFT or self._space:
            return False
        transform = self.transform
        if transform is None:
            return False
        if self._pull is not None:  # the mouse event that a program makes of a pen's own
            return True
        reach = PEN_REACH if event.type() in TABLET else MOUSE_REACH
        radius = reach / max(1e-6, scale_of(transform))
        at = to_image(transform, event_pos(event))
        if desk.panel.edit.drags_field:
            tool = tool_of(event.modifiers(), self._pen.tool)
            self._pull = pulling.press(desk, at, radius=radius, tool=tool)
        elif self.sheet is not None and self.sheet.box is not None:
            self._pull = shifting.press(desk, at, box=self.sheet.box, radius=radius)
        self._after(event)
        return True

    def _move(self, event: Any) -> bool:
        transform = self.transform
        if transform is not None and self._pull is not None:
            self._pull.move(to_image(transform, event_pos(event)))
        self._after(event)
        return True

    def _lift(self, event: Any) -> bool:
        if event.button() != LEFT:
            return False
        pull, self._pull = self._pull, None
        if pull is not None:
            pull.lift()
        self._after(event)
        return True

    def _key(self, event: Any, desk: DocumentController) -> bool:
        if event.key() == QtCore.Qt.Key.Key_Space:
            self._space = event.type() == Kind.KeyPress
            return False
        if event.type() == Kind.KeyRelease or not self._pen.is_on:
            return False  # Enter and Escape, too: they end what a tool of the program's is at
        do = canvas_keys.deed(event, desk, previewed=self._controller.preview is not None)
        if do is None:
            return False
        event.accept()  # a shortcut of the program with the same key must not go off as well
        if event.type() == Kind.KeyPress:
            do()
            self.refresh()
        return True

    def _after(self, event: Any) -> None:
        event.accept()
        self._pen.is_pulling = self._pull is not None
        if self.sheet is not None:
            self.sheet.update()


def tool_of(held: Any, tool: Tool) -> Tool:
    """What the pen does with these keys held: Shift pins, Alt bends, Control removes."""
    if held & Held.ShiftModifier:
        return "pin"
    if held & Held.AltModifier:
        return "way"
    return "remove" if held & Held.ControlModifier else tool
