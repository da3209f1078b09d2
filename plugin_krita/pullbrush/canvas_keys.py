# SPDX-License-Identifier: GPL-3.0-or-later
"""What keys do while drags are being drawn on the canvas; any other key stays the program's own."""

from __future__ import annotations

from collections.abc import Callable

from .protocol.plugin import pulling, shifting
from .protocol.plugin.document.document_controller import DocumentController
from .qt import QtCore, QtGui

Key = QtCore.Qt.Key
Held = QtCore.Qt.KeyboardModifier
ARROWS = {
    Key.Key_Left: (-1, 0),
    Key.Key_Right: (1, 0),
    Key.Key_Up: (0, -1),
    Key.Key_Down: (0, 1),
}
STEP, FAR, FINE = 1.0, 10.0, 0.25
"""Document pixels of one nudge: alone, with Shift, with Control."""


def deed(
    event: QtGui.QKeyEvent, desk: DocumentController, *, previewed: bool = False
) -> Callable[[], object] | None:
    """Return what this key does now, None when it is not ours; `previewed` says that something is to be seen."""
    key, held = event.key(), event.modifiers()
    shift, control = bool(held & Held.ShiftModifier), bool(held & Held.ControlModifier)
    if key in ARROWS:
        step = FAR if shift else FINE if control else STEP
        dx, dy = ARROWS[Key(key)]
        return _nudge(desk, dx * step, dy * step)
    if key in (Key.Key_Return, Key.Key_Enter) and not control:
        return desk.run if shift else desk.apply
    if key == Key.Key_Escape:
        return desk.discard if previewed or desk.status.busy or desk.session.outcome else None
    if key in (Key.Key_Delete, Key.Key_Backspace) and desk.panel.edit.drags_field:
        return lambda: pulling.remove_chosen(desk)
    if key in (Key.Key_Tab, Key.Key_Backtab) and desk.panel.edit.drags_field:
        return lambda: pulling.choose_next(desk, -1 if key == Key.Key_Backtab else 1)
    if key == Key.Key_Z and control and _has_steps(desk, back=not shift):
        return desk.redo_drag if shift else desk.undo_drag
    return None


def _nudge(desk: DocumentController, dx: float, dy: float) -> Callable[[], object] | None:
    if desk.panel.edit.drags_field and desk.drags.now.chosen is not None:
        return lambda: pulling.nudge(desk, dx, dy)
    if desk.panel.edit.moves_object and (desk.source.selection or desk.source.mask):
        return lambda: shifting.nudge(desk, dx, dy)
    return None


def _has_steps(desk: DocumentController, *, back: bool) -> bool:
    """Undo is the drags' own until their result is in the document: then it takes that away.

    It is the program's, too, while a result is of the picture as it was before: what the artist did last was not drawn.
    """
    steps = desk.drags.past if back else desk.drags.future
    follows = not desk.status.drags_are_applied and not desk.status.stale
    return bool(desk.panel.edit.drags_field and steps) and follows
