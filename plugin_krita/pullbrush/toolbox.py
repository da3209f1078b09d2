# SPDX-License-Identifier: GPL-3.0-or-later
"""When the artist takes a tool of Krita's: no signal tells of it before 5.3, but its buttons and actions do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .qt import QtWidgets

TOOLBOX = "ToolBox"
ALSO = ("erase_action",)
"""What means to paint, too, without being a tool."""


def when_a_tool_is_chosen(
    main: Any, action_of: Callable[[str], Any], do: Callable[[object], object]
) -> None:
    """Call `do` whenever a tool is taken in a window, by key or in the toolbox, be it the one that is taken already.

    Buttons tell of the mouse, actions of the keys.
    """
    box = main.findChild(QtWidgets.QDockWidget, TOOLBOX)
    buttons = box.findChildren(QtWidgets.QToolButton) if box is not None else []
    tools = [one for one in buttons if one.objectName() and one.isCheckable()]
    for one in tools:
        one.clicked.connect(do)
    for name in (*(one.objectName() for one in tools), *ALSO):
        if (action := action_of(name)) is not None:
            action.triggered.connect(do)
