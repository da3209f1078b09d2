# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel's menu: what is wanted now and then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from .gtk import Gtk
from .protocol.plugin.guard import guarded
from .protocol.plugin.strings import Strings
from .ui_base import Sign


class Deeds(Protocol):
    """What the menu can ask for."""

    def start_over(self) -> object: ...
    def save_ora(self) -> object: ...
    def copy_diagnostics(self) -> object: ...


class Menu:
    """A button with a menu."""

    def __init__(self, strings: Strings, deeds: Deeds) -> None:
        self.menu = Gtk.Menu()
        for text, do in (
            ("panel.start_over", deeds.start_over),
            ("panel.save_ora", deeds.save_ora),
            ("panel.diagnostics", deeds.copy_diagnostics),
        ):
            self._add(strings.text(text), do)
        self.menu.show_all()
        self.button = Sign("more", strings.text("panel.more"), self.menu)

    def _add(self, text: str, do: Callable[[], object]) -> None:
        item = Gtk.MenuItem(label=text)
        item.connect("activate", guarded(lambda _it: do()))
        self.menu.append(item)
