# SPDX-License-Identifier: GPL-3.0-or-later
"""What type checkers know of Krita's own module: the classes that ours are made from; the rest is anything."""

from typing import Any

from PyQt5 import QtCore, QtWidgets

Document: Any
DockWidgetFactory: Any
DockWidgetFactoryBase: Any
InfoObject: Any
Krita: Any
Selection: Any

class DockWidget(QtWidgets.QDockWidget):
    def canvas(self) -> Any: ...
    def canvasChanged(self, canvas: Any) -> None: ...  # noqa: N802

class Extension(QtCore.QObject):
    def __init__(self, parent: Any) -> None: ...
    def setup(self) -> None: ...
    def createActions(self, window: Any) -> None: ...  # noqa: N802
