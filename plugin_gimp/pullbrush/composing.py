# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel's picture put together by GdkPixbuf, which comes with GIMP: checks, the image, the preview, marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gi.repository import GdkPixbuf, GLib

from .looking import Looking, Seen
from .protocol.plugin.host import Pixels, Rect
from .protocol.plugin.spots import Spot, with_spots

Pixbuf = GdkPixbuf.Pixbuf
LIGHT, DARK, SIDE = 0x9A9A9A, 0x7A7A7A, 8
"""Checks that say "transparent"."""
BLOCKS = 3.0
"""From this zoom on pixels are shown as they are, not mixed."""


def composed(
    look: Looking,
    seen: Seen,
    preview: tuple[Pixels, Rect] | None = None,
    spots: Sequence[Spot] = (),
) -> Pixbuf:
    """What `look` shows of an image, with an 8-bit RGBA preview stretched over its rectangle and marks on top."""
    out = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, True, 8, *look.window)
    out.fill(0)
    _lay(out, look, seen.before, seen.size, seen.rect, checks=True)
    if preview is not None:
        rgba, rect = preview
        if seen.below is not None:
            _lay(out, look, seen.below, seen.size, seen.rect, checks=True, within=rect)
        _lay(out, look, bytes(rgba.data), rgba.rect[2:], rect, within=(0, 0, *look.image))
        if seen.above is not None:
            _lay(out, look, seen.above, seen.size, seen.rect, within=rect)
    return _marked(out, look, spots)


def _lay(
    out: Pixbuf,
    look: Looking,
    data: bytes,
    size: tuple[int, int],
    rect: Rect,
    *,
    checks: bool = False,
    within: Rect | None = None,
) -> None:
    """Lay RGBA of some size over its rectangle of the image, on checks or on what is there, `within` a part only."""
    x, y, width, height = _window(look, rect if within is None else within, rect)
    if width <= 0 or height <= 0:
        return
    colors = GdkPixbuf.Colorspace.RGB
    one = GdkPixbuf.Pixbuf.new_from_bytes(GLib.Bytes.new(data), colors, True, 8, *size, 4 * size[0])
    left, top = look.place((rect[0], rect[1]))
    by_x, by_y = (rect[2 + i] * look.zoom / size[i] for i in (0, 1))
    kinds = GdkPixbuf.InterpType
    how = kinds.NEAREST if min(by_x, by_y) >= BLOCKS else kinds.BILINEAR
    place = (out, x, y, width, height, left, top, by_x, by_y, how)
    if (alpha := data[3::4]).count(255) == len(alpha):  # also exact, which mixing is not
        one.scale(*place)
    elif checks:
        one.composite_color(*place, 255, x, y, SIDE, DARK, LIGHT)
    else:
        one.composite(*place, 255)


def _window(look: Looking, first: Rect, second: Rect) -> Rect:
    """Where two rectangles of the image overlap in the window, in whole pixels of it."""
    left, top = look.place((max(first[0], second[0]), max(first[1], second[1])))
    right, bottom = look.place(
        (min(first[0] + first[2], second[0] + second[2]), min(first[1] + first[3], second[1] + second[3]))
    )  # fmt: skip
    x, y = max(0, round(left)), max(0, round(top))
    return (x, y, min(look.window[0], round(right)) - x, min(look.window[1], round(bottom)) - y)


def _marked(out: Pixbuf, look: Looking, spots: Sequence[Spot]) -> Pixbuf:
    """With marks at the size of the screen, whatever the zoom."""
    if not spots:
        return out
    whole = (0, 0, *look.window)
    picture = Pixels(rect=whole, data=out.get_pixels())
    placed = [replace(spot, at=look.place(spot.at)) for spot in spots]
    data = bytes(with_spots(picture, whole, placed).data)
    return GdkPixbuf.Pixbuf.new_from_bytes(
        GLib.Bytes.new(data), GdkPixbuf.Colorspace.RGB, True, 8, *look.window, 4 * look.window[0]
    )
