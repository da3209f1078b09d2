# SPDX-License-Identifier: GPL-3.0-or-later
"""How Pullbrush joins Krita: one studio for the program, one controller and one docker for each window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import VERSION
from .canvas import CanvasWindow
from .controller import Controller
from .docker import make_docker_widget
from .guard import guarded
from .host import (
    DockWidget,
    Extension,
    Krita,
    KritaHost,
    add_docker,
    once,
    view_of,
)
from .line import Line
from .overlay import Overlay
from .protocol.late_store import LateStore
from .protocol.plugin.strings import Strings
from .protocol.store import default_folder
from .qt import QtCore, QtWidgets
from .studio import Studio

TITLE = "Pullbrush"
DOCKER_ID = "pullbrush_docker"
ACTIONS = (
    ("pullbrush_apply", "action.apply"),
    ("pullbrush_cancel", "action.cancel"),
    ("pullbrush_again", "action.again"),
)


class Pullbrush(Extension):
    """The extension: lives as long as Krita does. Krita wants its names of methods."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.studio: Studio | None = None
        self.store = LateStore(default_folder())
        self.controllers: list[Controller] = []
        self._dockers: list[Docker] = []
        self._overlays: list[Any] = []

    @guarded
    def setup(self) -> None:
        """Open the line to the engine; Krita calls this once."""
        program = Krita.instance()
        languages = QtCore.QLocale().uiLanguages()
        line = Line(program.version(), VERSION, (_plugin_folder(),))
        self.studio = Studio(
            line,
            KritaHost,
            store=self.store,
            strings=Strings(languages[0] if languages else "en"),
        )
        line.start()
        program.notifier().setActive(True)
        program.notifier().applicationClosing.connect(self.end)

    @guarded
    def createActions(self, window: Any) -> None:  # noqa: N802 (Krita calls it so)
        """Make a window's controller and overlay; Krita calls this for every new window."""
        assert self.studio is not None
        about = f"Pullbrush {VERSION} in Krita {Krita.instance().version()}"
        main = window.qwindow()
        controller = Controller(self.studio, CanvasWindow(main, view_of), about)
        self.controllers.append(controller)
        self._overlays.append(Overlay(controller))
        for name, text in ACTIONS:
            action = window.createAction(
                name, self.studio.plain.strings.text(text), "tools/scripts"
            )
            action.triggered.connect(lambda _on=False, name=name: self._do(controller, name))
        # The docker's widget is put into the window only after this.
        QtCore.QTimer.singleShot(0, lambda: self._furnish(main, controller))

    def adopt(self, docker: Docker) -> None:
        """A docker was made; its window's controller moves in as soon as both are there."""
        self._dockers.append(docker)

    @guarded
    def end(self) -> None:
        """Krita closes."""
        if self.studio is not None:
            self.studio.close()
            self.store.close()

    @guarded
    def _furnish(self, main: Any, controller: Controller) -> None:
        for docker in self._dockers:
            if docker.window() is main and docker.is_empty:
                docker.furnish(make_docker_widget(controller))
                if once("seen", VERSION):
                    docker.setVisible(True)
                    docker.raise_()

    @guarded
    def _do(self, controller: Controller, name: str) -> None:
        desk = controller.desk
        if desk is not None:
            {"apply": desk.apply, "cancel": desk.cancel, "again": desk.edit_again}[
                name.split("_")[1]
            ]()


class Docker(DockWidget):
    """The panel's place in Krita's window."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle(TITLE)
        self.is_empty = True
        extension.adopt(self)

    def furnish(self, widget: QtWidgets.QWidget) -> None:
        """Put the panel in."""
        self.setWidget(widget)
        self.is_empty = False

    def canvasChanged(self, canvas: Any) -> None:  # noqa: N802
        """Krita demands this; the controller finds out by itself."""


extension = Pullbrush(Krita.instance())


def register() -> None:
    """Make the extension and its docker known to Krita."""
    Krita.instance().addExtension(extension)
    add_docker(DOCKER_ID, Docker)


def _plugin_folder() -> Path:
    return Path(__file__).resolve().parent.parent
