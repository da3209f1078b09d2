# SPDX-License-Identifier: GPL-3.0-or-later
"""The one file that says which GTK: 3, as in GIMP 3."""

from __future__ import annotations

import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, GdkPixbuf, GLib, Gtk, Pango  # noqa: E402

Widget = Gtk.Widget


def x11_window(handle: bytes) -> Gdk.Window | None:
    """Another program's window by its number, as libgimp tells it; None where windows are not X11's."""
    try:
        gi.require_version("GdkX11", "3.0")
        from gi.repository import GdkX11
    except (ImportError, ValueError):
        return None
    display = Gdk.Display.get_default()
    if not isinstance(display, GdkX11.X11Display):
        return None
    number = int.from_bytes(handle, sys.byteorder)
    return GdkX11.X11Window.foreign_new_for_display(display, number) if number else None


__all__ = ["GLib", "Gdk", "GdkPixbuf", "Gtk", "Pango", "Widget", "x11_window"]
