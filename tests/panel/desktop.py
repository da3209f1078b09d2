# SPDX-License-Identifier: Apache-2.0
"""A window without Krita: the plug-in's real studio, controller, panel and overlay around a document of bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fakes.connection import ScriptedConnection
from nodes import SeenHost
from pullbrush.controller import Controller
from pullbrush.docker import make_docker_widget
from pullbrush.overlay import Overlay
from pullbrush.pen import pen_of
from pullbrush.qt import QtCore, QtGui, QtWidgets, Signal
from pullbrush.studio import Studio

from protocol.plugin.engine import Engine
from protocol.plugin.launch import EngineState
from protocol.plugin.strings import Strings
from protocol.store import Store


class Wire(QtCore.QObject):
    """Stands where the thread with the socket is: events come when the test says so."""

    news = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.net = ScriptedConnection()
        self.engine = Engine(self.net)
        self.state = EngineState(kind="ready")
        self.tries = 0

    def try_again(self) -> None:
        self.tries += 1

    def pump(self) -> None:
        self.engine.pump()

    def end(self) -> None:
        pass


@dataclass
class View:
    """How the picture lies on the canvas: the picture's own pixels, turned and scaled as a test likes."""

    widget: QtWidgets.QWidget
    flake: QtGui.QTransform | None
    size: tuple[int, int]
    zoom: float = 1.0
    rotation: float = 0.0
    mirror: bool = False
    dpi: float = 72.0
    scroll: tuple[int, int] = (0, 0)


class Canvas(QtWidgets.QWidget):
    """The program's canvas; notes what reaches it."""

    def __init__(self) -> None:
        super().__init__()
        self.resize(640, 480)
        self.came: list[int] = []
        self.setMouseTracking(True)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)

    def event(self, event: Any) -> bool:
        self.came.append(int(event.type()) if isinstance(event.type(), int) else event.type().value)
        return super().event(event)

    def got(self, kind: Any) -> bool:
        number = int(kind) if isinstance(kind, int) else kind.value
        return number in self.came


class Window:
    """`controller.Window` around one canvas."""

    def __init__(self, view: View, document: Any) -> None:
        self.view, self.active = view, document

    def document(self) -> Any:
        return self.active

    def canvas(self) -> View | None:
        return self.view if self.active is not None else None


class Desktop:
    """All of it; the clocks stand still, `beat` moves them."""

    def __init__(self, app: Any, folder: Path, language: str = "en", **host: Any) -> None:
        self.app = app
        self.wire = Wire()
        self.net = self.wire.net
        self.hosts: dict[str, SeenHost] = {}
        self.shape = {"width": 400, "height": 300, **host}
        self.strings = Strings(language)
        self.studio = Studio(
            self.wire,
            self._host,
            store=Store(folder / "recipes"),
            strings=self.strings,  # type: ignore[arg-type]
        )
        self.canvas = Canvas()
        width, height = self.shape["width"], self.shape["height"]
        self.view = View(self.canvas, QtGui.QTransform(), (width, height))
        self.window = Window(self.view, "one.kra")
        self.controller = Controller(self.studio, self.window, "Pullbrush in a test")
        for clock in (self.studio._timer, self.controller._timer):
            clock.stop()
        self.controller.poll()
        self.frame = make_docker_widget(self.controller)
        self.panel = self.frame.panel
        self.overlay = Overlay(self.controller)
        self.pen = pen_of(self.controller)
        self.beat()

    @property
    def host(self) -> SeenHost:
        return self.hosts["one.kra"]

    @property
    def desk(self) -> Any:
        return self.controller.desk

    def beat(self, times: int = 4) -> None:
        """Let everything go on that can."""
        for _ in range(times):
            self.studio.plain.looked = 0.0
            self.studio.beat()
            self.app.processEvents()
            self.panel.refresh()
            self.overlay.look()

    def _host(self, document: str, key: str, show: Any, tell: Any) -> SeenHost:
        made = SeenHost.opened(self.shape["width"], self.shape["height"], name=document)
        made.show, made.tell = show, tell
        self.hosts[document] = made
        return made

    def close(self) -> None:
        self.studio.close()
        for widget in (self.frame, self.canvas):
            widget.hide()
            widget.deleteLater()
        self.controller.deleteLater()
        self.app.processEvents()
