# SPDX-License-Identifier: GPL-3.0-or-later
"""The preview of each open image, in a temporary layer of its own: put there while there is one, and never left behind.

A layer is written a few times a second at most, and only the newest picture; what came between is not missed.
"""

from __future__ import annotations

import time
from typing import Any

from .gtk import GLib
from .protocol.plugin.guard import guarded
from .protocol.plugin.host import Pixels, Rect
from .protocol.plugin.studio import Open

BETWEEN_S = 0.06
"""Writing a picture of 1024 px takes GIMP 10 to 20 ms; this leaves it most of the time."""
REST = 1.5
"""Where writing takes longer, as over a region of 4096 px, GIMP gets this many times as long for itself."""

Shown = tuple[Pixels, Rect]


class Previews:
    """Follows `Open.preview`; see the module. The host's `put_preview` and `drop_preview` do the rest."""

    def __init__(self) -> None:
        self._shown: dict[Open, Shown] = {}
        self._waiting: dict[Open, Shown] = {}
        self._timer = 0
        self._next = 0.0

    def follow(self, one: Open) -> None:
        """A document has another preview now, or none any more."""
        if one.preview is None:
            self._waiting.pop(one, None)
            self._drop(one)
        elif self._shown.get(one) != one.preview:
            self._waiting[one] = one.preview
            self._soon()

    def drop_all(self) -> None:
        """Take all of them away: the engine is gone, or the panel goes."""
        self._waiting.clear()
        for one in list(self._shown):
            one.preview = None
            self._drop(one)

    def is_shown(self, one: Open) -> bool:
        """Whether the document has a preview's layer now."""
        return one in self._shown

    def _soon(self) -> None:
        if not self._timer:
            wait = max(0.0, self._next - time.monotonic())
            self._timer = GLib.timeout_add(max(1, round(1000 * wait)), self._put)

    @guarded
    def _put(self) -> bool:
        self._timer = 0
        waiting, self._waiting = self._waiting, {}
        began = time.monotonic()
        for one, (rgba, rect) in waiting.items():
            if one.host.document_key() is not None:
                self._shown[one] = (rgba, rect)
                one.host.put_preview(rgba, rect, one.desk.source)
        ended = time.monotonic()
        self._next = ended + max(BETWEEN_S, REST * (ended - began))
        return False

    def _drop(self, one: Open) -> None:
        if self._shown.pop(one, None) is not None and one.host.document_key() is not None:
            one.host.drop_preview()


def sweep(host: Any) -> int:
    """Remove previews that a saved file caught, or a panel that ended badly; returns how many there were."""
    return int(host.drop_stale_previews() or 0)
