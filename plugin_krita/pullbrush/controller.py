# SPDX-License-Identifier: GPL-3.0-or-later
"""What docker and overlay of one window see: the active document's desk, the engine, the canvas.

They draw what they find here when a signal comes, and call the desk for what the artist does. Nothing here waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from .formats import image_of
from .guard import guarded
from .ora import ask_place
from .protocol.messages import EngineReport
from .protocol.plugin.diagnosing import diagnostics
from .protocol.plugin.document.document_controller import DocumentController
from .protocol.plugin.document.document_manager import Open
from .protocol.plugin.engine import Engine
from .protocol.plugin.host import Level, Pixels, Rect
from .protocol.plugin.launch import EngineState
from .protocol.plugin.seat import Seat
from .protocol.plugin.strings import Strings
from .qt import QT6, QtCore, QtGui, Signal
from .studio import Studio

POLL_MS = 200


@dataclass(frozen=True)
class Preview:
    """A picture to lay over the canvas, stretched over `rect` (document pixels)."""

    image: QtGui.QImage
    rect: Rect


class Window(Protocol):
    """What a controller needs of a window of the program; `main` is its widget."""

    main: Any

    def document(self) -> Any:
        """The document of its active view, None without one."""
        ...

    def canvas(self) -> Any:
        """Its canvas as a CanvasView, None when no picture is open."""
        ...


class Controller(QtCore.QObject):
    """`changed`: read everything again. `preview_changed`: the overlay's picture. `canvas_changed`: another canvas."""

    changed = Signal()
    preview_changed = Signal()
    canvas_changed = Signal()

    def __init__(self, studio: Studio, window: Window, about: str = "") -> None:
        super().__init__()
        about = f"{about}, Qt {6 if QT6 else 5}"
        self.seat = Seat(studio.plain, about, lambda: self.changed.emit())
        self._window = window
        self._canvas: object = None
        self._drawn: tuple[tuple[Pixels, Rect] | None, Preview | None] = (None, None)
        studio.changed.connect(self._on_changed)
        studio.preview_changed.connect(self._on_preview)
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self.poll)
        self._timer.start(POLL_MS)

    # ---- what there is

    @property
    def desk(self) -> DocumentController | None:
        """The active document's desk."""
        return self.seat.desk

    @property
    def desks(self) -> list[DocumentController]:
        """Those of all open documents: the queue."""
        return self.seat.desks

    @property
    def host(self) -> Any:
        """The active document's host, with its notes and its drag layer."""
        return self.seat.host

    @property
    def engine(self) -> Engine:
        """The engine."""
        return self.seat.engine

    @property
    def report(self) -> EngineReport | None:
        """What the engine told of itself last."""
        return self.seat.report

    @property
    def strings(self) -> Strings:
        """All texts in the artist's language."""
        return self.seat.strings

    @property
    def engine_state(self) -> EngineState:
        """How the engine stands, and what to do about it."""
        return self.seat.engine_state

    @property
    def preview(self) -> Preview | None:
        """What lies over the active document's canvas; the same object for as long as it is the same picture."""
        now = self.seat.open.preview if self.seat.open is not None else None
        if now is not self._drawn[0]:
            self._drawn = (now, None if now is None else Preview(image_of(now[0]), now[1]))
        return self._drawn[1]

    @property
    def messages(self) -> list[tuple[Level, str]]:
        """What was said about the active document, the newest last."""
        return self.seat.messages

    def canvas(self) -> Any:
        """The window's canvas (`CanvasView`), None when no picture is open."""
        return self._window.canvas()

    # ---- what can be asked

    def start_engine(self) -> None:
        """Try to start the engine once more."""
        self.seat.start_engine()

    def save_ora(self) -> str:
        """Ask where, and save the active document as OpenRaster with its recipes; returns the path or ""."""
        if self.seat.open is None:
            return ""
        place = ask_place(self._window.main, self.strings.text("action.save_ora"))
        return self.seat.save_ora(place) if place is not None else ""

    def diagnostics(self) -> str:
        """All that helps to find a fault, without pictures, prompts or paths of the artist's."""
        return diagnostics(self.seat)

    @guarded
    def poll(self) -> None:
        """See which document and which canvas are active now."""
        if self.seat.sit(self._window.document()):
            self.changed.emit()
            self.preview_changed.emit()
        view = self._window.canvas() if self.seat.open is not None else None
        canvas = view.widget if view is not None else None
        if canvas is not self._canvas:
            self._canvas = canvas
            self.canvas_changed.emit()
        self.seat.ask()

    @guarded
    def _on_changed(self, _one: Open | None) -> None:
        if self.seat.leave_closed():
            self.preview_changed.emit()
        self.changed.emit()

    @guarded
    def _on_preview(self, one: Open) -> None:
        if one is self.seat.open:
            self.preview_changed.emit()
