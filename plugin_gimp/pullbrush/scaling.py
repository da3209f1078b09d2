# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels of a stretched picture, scaled by GdkPixbuf, which comes with GIMP."""

from __future__ import annotations

from gi.repository import GdkPixbuf, GLib

from .pieces import Stretched
from .protocol.plugin.host import Rect


def pixels_of(stretched: Stretched, piece: Rect) -> bytes:
    """RGBA of a part of what it covers; four bytes a pixel leave no gaps between rows."""
    _, _, columns, rows = stretched.picture.rect
    left, top, width, height = stretched.rect
    if piece == stretched.rect and (width, height) == (columns, rows):
        return bytes(stretched.picture.data)
    colors, smooth = GdkPixbuf.Colorspace.RGB, GdkPixbuf.InterpType.BILINEAR
    data = GLib.Bytes.new(bytes(stretched.picture.data))
    small = GdkPixbuf.Pixbuf.new_from_bytes(data, colors, True, 8, columns, rows, 4 * columns)
    part = GdkPixbuf.Pixbuf.new(colors, True, 8, *piece[2:])
    offset = (left - piece[0], top - piece[1])
    small.scale(part, 0, 0, *piece[2:], *offset, width / columns, height / rows, smooth)
    return part.get_pixels()
