# SPDX-License-Identifier: GPL-3.0-or-later
"""What docker and overlay of one window see: the active document's desk, the engine, the canvas.

They draw what they find here when a signal comes, and call the desk for what the artist does. Nothing here waits.
"""

from __future__ import annotations

import platform
import time
from typing import Any, Protocol

from .guard import guarded, problems
from .ora import ask_place, save_with_recipes
from .protocol.messages import EngineReport, EngineStatus
from .protocol.plugin.desk import Desk
from .protocol.plugin.engine import Engine
from .protocol.plugin.host import HostError, Level
from .protocol.plugin.launch import EngineState
from .protocol.plugin.strings import Strings
from .qt import QT6, QtCore, Signal
from .studio import Open, Preview, Studio

POLL_MS = 200
REPORT_S = 5.0


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
        self.report: EngineReport | None = None
        self._studio, self._window, self._about = studio, window, about
        self._open: Open | None = None
        self._canvas: object = None
        self._asked = 0.0
        studio.changed.connect(self._on_changed)
        studio.preview_changed.connect(self._on_preview)
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self.poll)
        self._timer.start(POLL_MS)

    # ---- what there is

    @property
    def desk(self) -> Desk | None:
        """The active document's desk."""
        return self._open.desk if self._open is not None else None

    @property
    def desks(self) -> list[Desk]:
        """Those of all open documents: the queue."""
        return [one.desk for one in self._studio.all]

    @property
    def host(self) -> Any:
        """The active document's host, with its notes and its drag layer."""
        return self._open.host if self._open is not None else None

    @property
    def engine(self) -> Engine:
        """The engine."""
        return self._studio.line.engine

    @property
    def strings(self) -> Strings:
        """All texts in the artist's language."""
        return self._studio.strings

    @property
    def engine_state(self) -> EngineState:
        """How the engine stands, and what to do about it."""
        state = self._studio.line.state
        if state.kind == "ready" and not self.engine.ready:
            return EngineState(kind="lost", sentence=self.engine.problem)
        return state

    @property
    def preview(self) -> Preview | None:
        """What lies over the active document's canvas."""
        return self._open.preview if self._open is not None else None

    @property
    def messages(self) -> list[tuple[Level, str]]:
        """What was said about the active document, the newest last."""
        return list(self._open.messages) if self._open is not None else []

    def canvas(self) -> Any:
        """The window's canvas (`CanvasView`), None when no picture is open."""
        return self._window.canvas()

    # ---- what can be asked

    def start_engine(self) -> None:
        """Try to start the engine once more."""
        self._studio.line.try_again()

    def save_ora(self) -> str:
        """Ask where, and save the active document as OpenRaster with its recipes; returns the path or ""."""
        if self._open is None:
            return ""
        place = ask_place(self._window.main, self.strings.text("action.save_ora"))
        if place is None:
            return ""
        try:
            save_with_recipes(place, self._open.host, self._open.desk, self._studio.store)
        except HostError as problem:
            self._open.host.message("error", str(problem))
            return ""
        return str(place)

    def diagnostics(self) -> str:
        """All that helps to find a fault, without pictures, prompts or paths of the artist's."""
        state, report = self.engine_state, self.report
        lines = [
            self._about,
            f"Python {platform.python_version()}, Qt {6 if QT6 else 5}, {platform.platform()}",
            f"engine: {state.kind} {state.sentence}".rstrip(),
            f"engine version: {report.version if report else 'unknown'}, restarts {self.engine.restarts}",
            f"models: {', '.join(sorted(self.engine.models)) or 'none'}",
        ]
        if self._open is not None:
            extent = self._open.host.extent_and_profile()
            desk = self._open.desk
            lines.append(f"document: {extent.width} × {extent.height}, {extent.profile}")
            lines.append(f"edit: {desk.kind}, {desk.session.stage}")
            failure = desk.session.failure
            lines += [f"failure: {failure.code}: {failure.message}"] if failure else []
        return "\n".join([*lines, *problems])

    @guarded
    def poll(self) -> None:
        """See which document and which canvas are active now."""
        document = self._window.document()
        found = self._studio.of(document) if document is not None else None
        if found is not self._open:
            self._open = found
            self.changed.emit()
            self.preview_changed.emit()
        view = self._window.canvas() if found is not None else None
        canvas = view.widget if view is not None else None
        if canvas is not self._canvas:
            self._canvas = canvas
            self.canvas_changed.emit()
        self._ask()

    def take(self, event: object) -> None:
        """Receive the engine's report (see `engine.Listener`)."""
        if isinstance(event, EngineReport):
            self.report = event
            self.changed.emit()

    def _ask(self) -> None:
        if self.engine.ready and time.monotonic() - self._asked > REPORT_S:
            self._asked = time.monotonic()
            self.engine.expect(self.engine.connection.request(EngineStatus()), self)

    @guarded
    def _on_changed(self, one: Open | None) -> None:
        if one is not None and one is self._open and one not in self._studio.all:
            self._open = None
            self.preview_changed.emit()
        self.changed.emit()

    @guarded
    def _on_preview(self, one: Open) -> None:
        if one is self._open:
            self.preview_changed.emit()
