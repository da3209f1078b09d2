# SPDX-License-Identifier: GPL-3.0-or-later
"""How Pullbrush joins Krita: one studio for the program, one controller and one docker for each window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .actions import ACTIONS, PanelAction
from .canvas import CanvasWindow
from .controller import Controller
from .docker import Panel, make_docker_widget
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
from .protocol.plugin.document.kept_values import KeptValues
from .protocol.plugin.strings import Strings
from .protocol.store import default_folder
from .qt import QtCore, QtWidgets
from .studio import Studio
from .toolbox import when_a_tool_is_chosen
from .version import VERSION

TITLE = "Pullbrush"
DOCKER_ID = "pullbrush_docker"
MENU = "pullbrush"
OPEN_PX = 440
"""Height of the docker when it is seen for the first time, where there is room."""
BESIDE = "PresetDocker"
"""The docker that it shares its place with then: below all others, it would push the window off a small screen."""


class Pullbrush(Extension):
    """The extension: lives as long as Krita does. Krita wants its names of methods."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.studio: Studio | None = None
        self.store = LateStore(default_folder())
        self.controllers: list[Controller] = []
        self._dockers: list[Docker] = []
        self._overlays: list[Any] = []
        self._panels: dict[Controller, Panel] = {}

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
            kept=KeptValues(default_folder().parent),
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
        overlay = Overlay(controller)
        self._overlays.append(overlay)
        self._make_actions(window, controller)
        # The docker's widget is put into the window only after this.
        QtCore.QTimer.singleShot(0, lambda: self._furnish(main, controller, overlay))

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
    def _furnish(self, main: Any, controller: Controller, overlay: Overlay) -> None:
        when_a_tool_is_chosen(main, Krita.instance().action, overlay.program_tool_chosen)
        for docker in self._dockers:
            if docker.window() is main and docker.is_empty:
                frame = make_docker_widget(controller)
                docker.furnish(frame)
                self._panels[controller] = frame.panel
                if once("seen", VERSION):
                    open_beside(main, docker)

    def _make_actions(self, window: Any, controller: Controller) -> None:
        """All that the panel has to press, in a menu of their own below Krita's scripts."""
        menu = QtWidgets.QMenu(TITLE, window.qwindow())
        menu.setObjectName(MENU)
        window.createAction(MENU, TITLE, "tools/scripts").setMenu(menu)
        assert self.studio is not None
        strings = self.studio.plain.strings
        for one in ACTIONS:
            action = window.createAction(
                one.name, f"{TITLE}: {strings.text(one.text)}", f"tools/scripts/{MENU}"
            )
            action.triggered.connect(lambda _on=False, one=one: self._press(controller, one))

    @guarded
    def _press(self, controller: Controller, action: PanelAction) -> None:
        if (panel := self._panels.get(controller)) is not None:
            action.press(panel)


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


def open_beside(main: QtWidgets.QMainWindow, docker: QtWidgets.QDockWidget) -> None:
    """Show a docker for the first time, in front of one of Krita's, as high as there is room."""
    other = main.findChild(QtWidgets.QDockWidget, BESIDE)
    if other is not None and other.isVisible() and not other.isFloating():
        main.tabifyDockWidget(other, docker)
    docker.setVisible(True)
    docker.raise_()
    main.resizeDocks([docker], [OPEN_PX], QtCore.Qt.Orientation.Vertical)


extension = Pullbrush(Krita.instance())


def register() -> None:
    """Make the extension and its docker known to Krita."""
    Krita.instance().addExtension(extension)
    add_docker(DOCKER_ID, Docker)


def _plugin_folder() -> Path:
    return Path(__file__).resolve().parent.parent
