# SPDX-License-Identifier: GPL-3.0-or-later
"""The row that chooses a frame: a slider over all of them, and below its number a strip of those that were seen."""

from __future__ import annotations

from .gtk import GdkPixbuf, GLib, Gtk
from .protocol.plugin.film_strip import FramePicture
from .protocol.plugin.guard import guarded
from .protocol.plugin.panel import Row
from .ui_base import describe, quiet
from .ui_values import NumberRow

PICTURE_PX = 28
NARROW = b"""
button { padding: 3px; min-width: 0; min-height: 0; }
button:checked { background: @theme_selected_bg_color; border-color: @theme_selected_bg_color; }
"""
"""Eight frames side by side fit a panel of 330 pixels; around the chosen one is the theme's color."""


class FilmRow(NumberRow):
    """Small pictures side by side, each a button; to press one is to move the slider there."""

    def build(self, spec: Row) -> None:
        super().build(spec)
        self.strip = Gtk.Box(spacing=2)
        self.narrow = Gtk.CssProvider()
        self.narrow.load_from_data(NARROW)
        view = Gtk.ScrolledWindow(vscrollbar_policy=Gtk.PolicyType.NEVER)
        view.add(self.strip)
        describe(view, self.strings.text("panel.film"))
        self.add(view)
        self.widget.reorder_child(view, 1)
        self.frames: dict[int, Gtk.ToggleButton] = {}
        self._seen: list[tuple[int, bytes]] = []
        self._chosen = -1

    def show_value(self, spec: Row) -> None:
        super().show_value(spec)
        seen = [(one.number, one.rgb) for one in spec.pictures]
        self._chosen = next((one.number for one in spec.pictures if one.chosen), -1)
        if seen != self._seen:
            self._seen = seen
            had_focus = any(one.has_focus() for one in self.frames.values())
            for child in self.strip.get_children():
                self.strip.remove(child)
            self.frames = {one.number: self._frame(one) for one in spec.pictures}
            self.strip.show_all()
            if had_focus and self._chosen in self.frames:
                self.frames[self._chosen].grab_focus()
        for one in spec.pictures:
            self.frames[one.number].set_active(one.chosen)

    def _frame(self, one: FramePicture) -> Gtk.ToggleButton:
        made = Gtk.ToggleButton()
        made.get_style_context().add_provider(self.narrow, Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION)
        made.add(Gtk.Image.new_from_pixbuf(picture(one)))
        made.set_size_request(PICTURE_PX + 8, PICTURE_PX + 8)
        describe(made, one.label, one.label)
        made.connect("toggled", guarded(lambda _it: self._choose(one.number)))
        self.strip.pack_start(made, False, False, 0)
        return made

    def _choose(self, number: int) -> None:
        """Pressed; the chosen one stays pressed."""
        if self.silent:
            return
        if number == self._chosen:
            with quiet(self):
                self.frames[number].set_active(True)
        else:
            self.emit(number)


def picture(one: FramePicture) -> GdkPixbuf.Pixbuf:
    """A frame at the size of the strip."""
    rgb, kind = GLib.Bytes.new(one.rgb), GdkPixbuf.Colorspace.RGB
    made = GdkPixbuf.Pixbuf.new_from_bytes(
        rgb, kind, False, 8, one.width, one.height, 3 * one.width
    )
    scale = PICTURE_PX / max(one.width, one.height)
    size = (max(1, round(one.width * scale)), max(1, round(one.height * scale)))
    return made.scale_simple(*size, GdkPixbuf.InterpType.BILINEAR)
