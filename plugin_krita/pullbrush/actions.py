# SPDX-License-Identifier: GPL-3.0-or-later
"""Every tool and button of the panel as an action of the program, so that each can be bound to a key.

An action presses the button: it does what that does, and nothing while that is grey or not there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .qt import QAction, QtWidgets


@dataclass(frozen=True)
class PanelAction:
    """`name` is Krita's, also in pullbrush.action; `text` a message id; `find` leads from the panel to the button."""

    name: str
    text: str
    find: Callable[[Any], Any]

    def press(self, panel: QtWidgets.QWidget) -> None:
        """Press the button, if the artist could."""
        found = self.find(panel)
        if isinstance(found, QAction):
            found.trigger()
        elif found is not None and found.isVisibleTo(panel.window()):
            found.click()


def _row(part: str) -> Callable[[Any], Any]:
    """The button called `part` in whichever row has one."""
    return lambda panel: next(
        (getattr(row, part) for row in panel.rows.values() if hasattr(row, part)), None
    )


ACTIONS = (
    PanelAction("pullbrush_run", "action.run", lambda panel: panel.state.run),
    PanelAction("pullbrush_apply", "action.apply", lambda panel: panel.state.apply),
    PanelAction("pullbrush_cancel", "action.cancel", lambda panel: panel.state.stop),
    PanelAction("pullbrush_discard", "action.discard", lambda panel: panel.state.drop),
    PanelAction("pullbrush_again", "action.again", lambda panel: panel.again),
    PanelAction(
        "pullbrush_compute_again", "action.compute_again", lambda panel: panel.state.recompute
    ),
    PanelAction("pullbrush_apply_anyway", "action.apply_anyway", lambda panel: panel.state.anyway),
    PanelAction("pullbrush_go_on", "action.go_on", lambda panel: panel.go_on),
    PanelAction("pullbrush_draw", "panel.draw", lambda panel: panel.canvas_bar.on),
    PanelAction("pullbrush_pull", "action.tool.drag", lambda panel: panel.canvas_bar.tools["drag"]),
    PanelAction("pullbrush_pin", "action.tool.pin", lambda panel: panel.canvas_bar.tools["pin"]),
    PanelAction("pullbrush_bend", "action.tool.way", lambda panel: panel.canvas_bar.tools["way"]),
    PanelAction(
        "pullbrush_remove", "action.tool.remove", lambda panel: panel.canvas_bar.tools["remove"]
    ),
    PanelAction("pullbrush_undo_arrow", "panel.undo_drag", lambda panel: panel.canvas_bar.back),
    PanelAction("pullbrush_redo_arrow", "panel.redo_drag", lambda panel: panel.canvas_bar.forth),
    PanelAction("pullbrush_start_over", "panel.start_over", lambda panel: panel.canvas_bar.clear),
    PanelAction("pullbrush_new_seed", "action.new_seed", _row("dice")),
    PanelAction("pullbrush_lock_seed", "panel.lock_seed", _row("lock")),
    PanelAction("pullbrush_advanced", "group.advanced", lambda panel: panel.more),
    PanelAction("pullbrush_auto_run", "panel.auto_run", lambda panel: panel.state.auto),
    PanelAction("pullbrush_redo", "action.redo", lambda panel: panel.history.again),
    PanelAction("pullbrush_favorite", "panel.favorite", lambda panel: panel.history.star),
    PanelAction("pullbrush_forget", "panel.forget", lambda panel: panel.history.out),
    PanelAction(
        "pullbrush_cancel_waiting", "action.cancel_waiting", lambda panel: panel.queue.stop_waiting
    ),
    PanelAction("pullbrush_cancel_all", "action.cancel_all", lambda panel: panel.queue.stop_all),
    PanelAction("pullbrush_arrow_layer", "panel.drag_layer", lambda panel: panel.menu.on_layer),
    PanelAction("pullbrush_save_ora", "panel.save_ora", lambda panel: panel.menu.save_ora),
    PanelAction("pullbrush_diagnostics", "panel.diagnostics", lambda panel: panel.menu.diagnostics),
    PanelAction(
        "pullbrush_start_engine", "panel.start_engine", lambda panel: panel.engine_page.start
    ),
)
