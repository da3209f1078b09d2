# SPDX-License-Identifier: GPL-3.0-or-later
"""The preview of each open image, in a temporary layer of its own: put there while there is one, and never left behind.

A layer is written a few times a second at most, and only the newest picture; what came between is not missed. A large
one is written in pieces, between which both programs do everything else.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from .gtk import GLib
from .protocol.plugin.guard import guarded
from .protocol.plugin.host import HostError, Pixels, Rect
from .protocol.plugin.studio import Open

BETWEEN_S = 0.06
"""Writing a picture of 1024 px takes GIMP 10 to 20 ms; this leaves it most of the time."""
REST = 1.5
"""Where writing takes longer, GIMP gets this many times as long for itself."""

Shown = tuple[Pixels, Rect]


class Previews:
    """Follows `Open.preview`; see the module. The host's `put_preview` and `drop_preview` do the rest."""

    def __init__(self) -> None:
        self._shown: dict[Open, Shown] = {}
        self._waiting: dict[Open, Shown] = {}
        self._writing: dict[Open, Iterator[None]] = {}
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
        for one in [*self._shown]:
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
        began = time.monotonic()
        for one, shown in list(self._waiting.items()):
            if one not in self._writing:  # else the older one is finished first
                del self._waiting[one]
                self._begin(one, shown)
        for one in list(self._writing):
            self._go_on(one)
        ended = time.monotonic()
        rest = 0.0 if self._writing else BETWEEN_S
        self._next = ended + max(rest, REST * (ended - began))
        if self._writing or self._waiting:
            self._soon()
        return False

    def _begin(self, one: Open, shown: Shown) -> None:
        if one.host.document_key() is not None:
            self._shown[one] = shown
            self._writing[one] = one.host.put_preview(*shown, one.desk.source)

    def _go_on(self, one: Open) -> None:
        """Write the next piece."""
        try:
            if one.host.document_key() is not None:
                next(self._writing[one])
                return
        except (StopIteration, HostError):  # all is written, or the layer it lies on is gone
            pass
        self._writing.pop(one, None)

    def _drop(self, one: Open) -> None:
        self._writing.pop(one, None)
        if self._shown.pop(one, None) is not None and one.host.document_key() is not None:
            one.host.drop_preview()


def sweep(host: Any) -> int:
    """Remove previews that a saved file caught, or a panel that ended badly; returns how many there were."""
    return int(host.drop_stale_previews() or 0)
