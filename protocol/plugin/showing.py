# SPDX-License-Identifier: Apache-2.0
"""What a session puts before the artist beside the document, and what it keeps of a result on this machine."""

from __future__ import annotations

from ..images import Image
from ..messages.base import Bytes
from ..store import Store
from .host import Host, Rect
from .outcome import Outcome, preview_of

PIXELS_MAX = 1 << 20
"""Larger results are not turned into a preview here; the engine's own last preview stays."""


class Showing:
    """The preview of one document: at most one, and gone when it is over."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._shown: Rect | None = None

    def show(self, image: Image, data: Bytes) -> None:
        """Show a picture where it belongs, unless only the engine could convert it."""
        rgba = preview_of(image, data) if image.shape[0] * image.shape[1] <= PIXELS_MAX else None
        if rgba is not None:
            self._shown = image.rect
            self._host.show_preview(rgba, image.rect)

    def hide(self) -> None:
        """Take the preview away."""
        if self._shown is not None:
            self._host.show_preview(None, self._shown)
            self._shown = None


def keep(store: Store | None, outcome: Outcome, host: Host) -> None:
    """Put the recipe into this machine's store; a full disk costs that copy, not the result."""
    if store is None:
        return
    try:
        store.put(outcome.bundle)
    except OSError as problem:
        host.message("warning", str(problem))


def complain(store: Store | None, host: Host) -> None:
    """Tell the artist what the store could not keep."""
    for problem in store.problems() if store is not None else ():
        host.message("warning", problem)
