# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills the panel's picture: the image as it is seen, the preview of what is being computed, and where points are.

The preview is in no image: no flatten, export, save or undo of GIMP's can meet it (docs/adr/0010). What is seen of the
image is read again now and then, because GIMP tells nobody what is painted; where reading takes longer, it is done
less often.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

from .composing import composed
from .gtk import GLib
from .looking import Looking, Seen
from .protocol.plugin.document.document_manager import Open
from .protocol.plugin.guard import guarded, while_open
from .protocol.plugin.host import HostError, Pixels, Rect
from .protocol.plugin.seat import Seat
from .protocol.plugin.spots import Spot, spots_of
from .ui_picture import PictureBox

AGAIN_S = 0.8
"""What is seen of the image is at most this old while the artist paints."""
REST = 12.0
"""GIMP gets this many times as long for itself as reading takes."""
DRAW_MS = 15


class Previews:
    """Follows the document that `seat` looks at; see the module."""

    def __init__(self, seat: Seat) -> None:
        self.box = PictureBox(seat.strings, self.soon)
        self._seat = seat
        self.drawn: tuple[Pixels, Rect] | None = None
        """The preview that the picture shows, once it is drawn."""
        self.marked: tuple[Spot, ...] = ()
        self._seen: Seen | None = None
        self._of: tuple[object, ...] = ()
        self._next = 0.0
        self._timer = 0
        self._ended = False

    # ---- what happens

    def follow(self, one: Open) -> None:
        """A document has another preview now, or none any more."""
        if one is self._seat.open:
            self.soon()

    def look(self) -> None:
        """Read again what is seen, if it is time to; to be called a few times a second."""
        if time.monotonic() >= self._next:
            self.soon()

    def soon(self) -> None:
        """Draw anew, soon, and once."""
        if not self._timer and not self._ended:
            self._timer = GLib.timeout_add(DRAW_MS, self._draw)

    def drop_all(self, documents: Sequence[Open]) -> None:
        """No document has a preview any more: the engine is gone, or the panel goes."""
        for one in documents:
            one.preview = None
        self.soon()

    def end(self) -> None:
        """Draw no more."""
        self._ended = True

    @property
    def shown(self) -> tuple[Pixels, Rect] | None:
        """The preview that belongs into the picture now, None without one and while the artist looks at Before."""
        one = self._seat.open
        return one.preview if one is not None and not self.box.before else None

    # ---- drawing

    @guarded
    def _draw(self) -> bool:
        self._timer = 0
        one = self._seat.open
        if one is None or self._ended or min(self.box.size) < 2 or one.host.document_key() is None:
            return False
        with while_open(one.host), suppress(HostError):  # the layer has just gone
            look = self._looking(one)
            seen = self._read(one, look)
            preview = self.shown
            self.marked = self._spots(one)
            picture = composed(look, seen, preview, self.marked)
            self.box.show(look, picture, previewed=one.preview is not None)
            self.drawn = preview
        return False

    def _looking(self, one: Open) -> Looking:
        """Where to look: as the artist chose, else where something changes."""
        extent = one.host.extent_and_profile()
        size, look = (extent.width, extent.height), self.box.look
        if look is None or look.image != size:
            self.box.by_hand = False
            look = Looking.at_all(size, self.box.size)
        look = look.sized(self.box.size)
        if one.preview is not None and not self.box.by_hand:
            look = look.following(_with_ends(one.preview[1], self._spots(one)))
        return look

    def _read(self, one: Open, look: Looking) -> Seen:
        """What is seen there, read when it is another place or too old."""
        on: str | None = None
        hidden: tuple[str, ...] = ()
        if one.preview is not None:
            on, hidden = one.desk.source.lies_on, one.desk.status.will_hide
        of = (one, look.rect, look.step, on, hidden)
        now = time.monotonic()
        seen = self._seen
        if seen is None or of != self._of or now >= self._next:
            seen = one.host.seen(look.rect, look.step, on, hidden)
            self._seen, self._of, ended = seen, of, time.monotonic()
            self._next = ended + max(AGAIN_S, REST * (ended - now))
        return seen

    def _spots(self, one: Open) -> tuple[Spot, ...]:
        """Where pulled points are in what is seen, and where they go."""
        desk = one.desk
        if desk.panel.edit.drags_field is None:
            return ()
        drags = desk.drags.now.plain()
        handles = desk.session.progress.handles if one.preview is not None else ()
        if len(handles) != len(drags) or self.box.before:
            handles = tuple((way[0][0], way[0][1]) for way in drags)
        return spots_of(desk.panel.edit, {desk.panel.edit.drags_field: drags}, handles)


def _with_ends(rect: Rect, spots: Sequence[Spot]) -> Rect:
    """A rectangle and the points around it."""
    xs = [rect[0], rect[0] + rect[2], *(spot.at[0] for spot in spots)]
    ys = [rect[1], rect[1] + rect[3], *(spot.at[1] for spot in spots)]
    left, top = int(min(xs)), int(min(ys))
    return (left, top, max(1, round(max(xs)) - left), max(1, round(max(ys)) - top))
