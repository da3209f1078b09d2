# SPDX-License-Identifier: GPL-3.0-or-later
"""The one file that says which GTK: 3, as in GIMP 3. Its classes come without types."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_gi: Any = import_module("gi")
_gi.require_version("Gtk", "3.0")
_gi.require_version("Gdk", "3.0")
Gdk: Any = import_module("gi.repository.Gdk")
GdkPixbuf: Any = import_module("gi.repository.GdkPixbuf")
GLib: Any = import_module("gi.repository.GLib")
Gtk: Any = import_module("gi.repository.Gtk")
Pango: Any = import_module("gi.repository.Pango")

Widget = Any

__all__ = ["GLib", "Gdk", "GdkPixbuf", "Gtk", "Pango", "Widget"]
