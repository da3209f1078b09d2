# SPDX-License-Identifier: Apache-2.0
"""What a session puts before the artist beside the document, and what it keeps of a result on this machine."""

from __future__ import annotations

from collections.abc import Sequence

from ...images import Image
from ...messages.base import Bytes
from ...store import Store, unkept
from ..host import Host, Pixels, Rect, draws_handles
from ..moving import moved_pixels, moved_rect
from ..spots import Spot, with_spots
from ..strings import Strings
from .outcome import Outcome, preview_of

PIXELS_MAX = 1 << 20
"""Larger results are not turned into a preview here; the engine's own last preview stays."""


class EditPreview:
    """The preview of one document: at most one, and gone when it is over."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.hides: tuple[str, ...] = ()
        """Keys of the layers that are not seen with what was shown last: it stands for them."""
        self._shown: Rect | None = None
        self._last: tuple[Pixels, Rect] | None = None
        self._result: tuple[tuple[Pixels, Rect], tuple[str, ...]] | None = None

    def show(
        self, image: Image, data: Bytes, spots: Sequence[Spot] = (), hides: tuple[str, ...] = ()
    ) -> Pixels | None:
        """Show a picture where it belongs, unless only the engine could convert it; returns it.

        `hides` are the keys of the layers that it stands for; `spots` are what is pulled in it, for hosts that do not
        draw that themselves; what is returned has none.
        """
        rgba = preview_of(image, data) if image.shape[0] * image.shape[1] <= PIXELS_MAX else None
        if rgba is not None:
            marked = rgba if draws_handles(self._host) else with_spots(rgba, image.rect, spots)
            self._last, self.hides = (marked, image.rect), hides
            self.show_again()
        return rgba

    @property
    def is_shown(self) -> bool:
        """Whether there is a preview to be seen now."""
        return self._shown is not None

    def show_again(self) -> None:
        """Show what was shown last."""
        if self._last is not None:
            self._shown = self._last[1]
            self._host.show_preview(*self._last)

    def take_as_result(self) -> None:
        """What was shown last is how the result looks."""
        self._result = (self._last, self.hides) if self._last is not None else None

    def show_result(self) -> None:
        """Show the result again, whatever was shown since."""
        if self._result is not None:
            self.cover()
            self._last, self.hides = self._result
            self.show_again()

    def move(self, dx: int, dy: int) -> None:
        """What is shown belongs elsewhere now."""
        if self._result is not None:
            (pixels, rect), hides = self._result
            self._result = ((moved_pixels(pixels, dx, dy), moved_rect(rect, dx, dy)), hides)
        if self._last is not None:
            was_shown = self._shown is not None
            self.cover()
            pixels, rect = self._last
            self._last = (moved_pixels(pixels, dx, dy), moved_rect(rect, dx, dy))
            if was_shown:
                self.show_again()

    def cover(self) -> None:
        """Take the preview away, and keep it for `show_again`."""
        if self._shown is not None:
            self._host.show_preview(None, self._shown)
            self._shown = None

    def hide(self) -> None:
        """Take the preview away for good."""
        self.drop()
        self._result = None

    def drop(self) -> None:
        """Take the preview away; how the result looks is kept for `show_result`."""
        self.cover()
        self._last, self.hides = None, ()


def keep(store: Store | None, outcome: Outcome, host: Host, strings: Strings) -> None:
    """Put the recipe into this machine's store; a full disk costs that copy, not the result."""
    if store is None:
        return
    try:
        store.put(outcome.bundle)
    except OSError as problem:
        host.message("warning", strings.said(unkept(problem)))


def complain(store: Store | None, host: Host, strings: Strings) -> None:
    """Tell the artist what the store could not keep."""
    for problem in store.problems() if store is not None else ():
        host.message("warning", strings.said(problem))
