# SPDX-License-Identifier: GPL-3.0-or-later
"""The strip of a document's past results: small pictures, newest first; choose one to make it again."""

from __future__ import annotations

from collections.abc import Callable

from .gtk import GdkPixbuf, GLib, Gtk, Pango
from .protocol.plugin.deeds import PanelDeeds
from .protocol.plugin.guard import guarded
from .protocol.plugin.history import Entry, History
from .protocol.plugin.standing import about_result
from .protocol.plugin.strings import Strings
from .protocol.plugin.strip import Strip
from .ui_base import Sign, button, column, describe, label, row, show

PICTURE_PX = 64
CHECKS = (0x9A9A9A, 0x7A7A7A)
"""What says "transparent" behind a small picture."""


class HistoryStrip:
    """Pictures side by side, and below them what can be done with the chosen one."""

    def __init__(self, strings: Strings, deeds: PanelDeeds) -> None:
        self.strings, self.deeds = strings, deeds
        self.model = Strip()
        self._buttons: dict[str, Gtk.Button] = {}
        self._all = History()
        self.find = Gtk.SearchEntry(placeholder_text=strings.text("panel.find"))
        describe(self.find, strings.text("panel.find"))
        self.find.connect("search-changed", guarded(lambda _it: self.show_history(self._all)))
        self.strip = Gtk.Box(spacing=2)
        view = Gtk.ScrolledWindow(vscrollbar_policy=Gtk.PolicyType.NEVER)
        view.set_min_content_height(PICTURE_PX + 24)
        view.add(self.strip)
        self.again = button(strings.text("action.redo"), lambda: self._with(deeds.redo))
        self.star = Sign("star", strings.text("panel.favorite"), self._favor)
        self.out = Sign("remove", strings.text("panel.forget"), lambda: self._with(deeds.forget))
        deed = row(self.again, self.star.widget, self.out.widget, wide=0)
        self.about = label(small=True)
        self.about.set_lines(2)
        self.about.set_ellipsize(Pango.EllipsizeMode.END)
        title = label(strings.text("panel.history"))
        self.widget = column(title, self.find, view, self.about, deed)

    def show_history(self, history: History) -> None:
        """Show the results that hold the words to be found, all without any, the last one first."""
        self._all = history
        fresh = self.model.show(history, self.find.get_text())
        show(self.find, self.model.has_finder)
        if fresh:
            self._show_entries()
        show(self.widget, not self.model.is_empty)

    def _show_entries(self) -> None:
        for child in self.strip.get_children():
            self.strip.remove(child)
        self._buttons = {}
        for entry in self.model.entries:
            self._buttons[entry.id] = self._picture(entry)
            self.strip.pack_start(self._buttons[entry.id], False, False, 0)
        self.strip.show_all()
        self._show_chosen()

    def _picture(self, entry: Entry) -> Gtk.Button:
        made = Gtk.Button(relief=Gtk.ReliefStyle.NONE)
        made.add(Gtk.Image.new_from_pixbuf(small_picture(entry.thumbnail)))
        describe(made, self._about(entry), self._about(entry))
        made.connect("clicked", guarded(lambda _it: self._choose(entry.id)))
        return made

    def _about(self, entry: Entry) -> str:
        made = GLib.DateTime.new_from_unix_local(entry.made_ms // 1000)
        when = made.format("%x %H:%M") if made is not None else ""
        return about_result(entry, self.deeds.seat.engine.edits, self.strings, when or "")

    def _choose(self, recipe_id: str) -> None:
        self.model.chosen = recipe_id
        self._show_chosen()

    def _show_chosen(self) -> None:
        entry = self.model.entry
        for part in (self.star.widget, self.out.widget, self.again):
            part.set_sensitive(entry is not None)
        self.star.turn("starred" if entry is not None and entry.favorite else "star")
        self.about.set_text(self._about(entry) if entry is not None else "")
        for key, made in self._buttons.items():
            relief = Gtk.ReliefStyle.NORMAL if key == self.model.chosen else Gtk.ReliefStyle.NONE
            made.set_relief(relief)

    def _favor(self) -> None:
        entry = self.model.entry
        if entry is not None:
            self.deeds.favor(entry.id, not entry.favorite)

    def _with(self, do: Callable[[str], object]) -> None:
        if self.model.entry is not None:
            do(self.model.chosen)


def small_picture(png: bytes) -> GdkPixbuf.Pixbuf:
    """A PNG on the checks that say "transparent", no side above the strip's height."""
    try:
        loader = GdkPixbuf.PixbufLoader.new_with_type("png")
        loader.write(png)
        loader.close()
        picture = loader.get_pixbuf()
    except GLib.Error:  # a history may be damaged
        picture = None
    if picture is None:
        empty = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, True, 8, PICTURE_PX, PICTURE_PX)
        empty.fill(0x7A7A7AFF)
        return empty
    scale = PICTURE_PX / max(picture.get_width(), picture.get_height())
    width = max(1, round(picture.get_width() * scale))
    height = max(1, round(picture.get_height() * scale))
    smooth = GdkPixbuf.InterpType.BILINEAR
    return picture.composite_color_simple(width, height, smooth, 255, 8, *CHECKS)
