# SPDX-License-Identifier: GPL-3.0-or-later
"""The one file that says which GTK: 3, as in GIMP 3."""

from __future__ import annotations

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, GdkPixbuf, GLib, Gtk, Pango  # noqa: E402

Widget = Gtk.Widget

__all__ = ["GLib", "Gdk", "GdkPixbuf", "Gtk", "Pango", "Widget"]
