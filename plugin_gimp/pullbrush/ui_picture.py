# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture in the panel: the part of the image where something changes, with the preview, or as it is without.

The wheel zooms where the pointer is, a pull moves the picture. Nothing of this is part of the image.
"""

from __future__ import annotations

from collections.abc import Callable

from .composing import Pixbuf
from .gtk import Gdk, Gtk, Widget
from .looking import Looking
from .protocol.edits import Point
from .protocol.plugin.guard import guarded
from .protocol.plugin.strings import Strings
from .ui_base import TARGET_PX, Sign, button, column, describe, quiet, row

HEIGHT_PX = 150
"""No lower than this, so that something can be seen on small screens, too."""
EVENTS = (
    Gdk.EventMask.SCROLL_MASK
    | Gdk.EventMask.BUTTON_PRESS_MASK
    | Gdk.EventMask.BUTTON_RELEASE_MASK
    | Gdk.EventMask.BUTTON1_MOTION_MASK
)


class PictureBox:
    """`turned` is told how the artist wants to look from now on, `changed` that there is another size to fill."""

    def __init__(self, strings: Strings, changed: Callable[[], object]) -> None:
        self.look: Looking | None = None
        self.picture: Pixbuf | None = None
        self.by_hand = False
        """Whether the artist chose what is seen; it then stays until Fit."""
        self.before = False
        self.size = (0, 0)
        self.silent = False
        self._changed, self._grip = changed, (0.0, 0.0)
        text = strings.text
        self._image = Gtk.Image()
        self.area = Gtk.Layout()
        self.area.put(self._image, 0, 0)
        self.area.set_size_request(-1, HEIGHT_PX)
        self.area.add_events(EVENTS)
        describe(self.area, text("picture.name"), text("picture.tip"))
        for signal, call in (
            ("size-allocate", self._allocated), ("scroll-event", self._scrolled),
            ("button-press-event", self._pressed), ("motion-notify-event", self._moved),
        ):  # fmt: skip
            self.area.connect(signal, guarded(call))
        self.compare = Gtk.ToggleButton()
        self.compare.add(Gtk.Label(label=text("picture.before")))
        self.compare.set_size_request(-1, TARGET_PX)
        describe(self.compare, text("picture.before"), text("picture.before.tip"))
        self.compare.connect("toggled", guarded(lambda it: self._compared(it.get_active())))
        self.less = Sign("minus", text("picture.farther"), lambda: self.step(-1))
        self.percent = button("100 %", lambda: self._turn(self.look and self.look.zoomed(1.0)))
        describe(self.percent, text("picture.real"), text("picture.real"))
        self.more = Sign("plus", text("picture.nearer"), lambda: self.step(1))
        self.fit = Sign("fit", text("picture.fit"), self.fit_again)
        tools = row(
            self.compare, self.less.widget, self.percent, self.more.widget, self.fit.widget, wide=0
        )
        tools.set_border_width(4)
        self.widget = column(gap=0)
        self.widget.pack_start(self.area, True, True, 0)
        self.widget.pack_start(tools, False, False, 0)

    # ---- what it shows

    def show(self, look: Looking, picture: Pixbuf, *, previewed: bool) -> None:
        """Show a picture of the area's size; `previewed`: there is something to compare it with."""
        self.look = look
        self.picture = picture
        self._image.set_from_pixbuf(picture)
        zoom = 100 * look.zoom
        self.percent.get_child().set_text(f"{zoom:.0f} %" if zoom >= 10 else f"{zoom:.1f} %")
        self.compare.set_sensitive(previewed or self.before)

    def forget(self) -> None:
        """Another image or another edit: nothing is known of it."""
        self.look, self.by_hand = None, False
        if self.before:
            with quiet(self):
                self.compare.set_active(False)
            self.before = False

    # ---- what the artist does

    def step(self, steps: int, at: Point | None = None) -> None:
        """Nearer or farther."""
        self._turn(self.look and self.look.stepped(steps, at))

    def fit_again(self) -> None:
        """Show what changes, and follow it from now on."""
        self.look, self.by_hand = None, False
        self._changed()

    def _turn(self, look: Looking | None) -> None:
        if look is not None:
            self.look, self.by_hand = look, True
            self._changed()

    def _compared(self, on: bool) -> None:
        if not self.silent:
            self.before = on
            self._changed()

    def _allocated(self, _it: Widget, space: Gdk.Rectangle) -> None:
        size = (space.width, space.height)
        if size != self.size and min(size) > 1:
            self.size = size
            self._changed()

    def _scrolled(self, _it: Widget, event: Gdk.EventScroll) -> bool:
        steps = {Gdk.ScrollDirection.UP: 1, Gdk.ScrollDirection.DOWN: -1}.get(event.direction, 0)
        if steps:
            self.step(steps, (event.x, event.y))
        return True

    def _pressed(self, _it: Widget, event: Gdk.EventButton) -> bool:
        self._grip = (event.x, event.y)
        return True

    def _moved(self, _it: Widget, event: Gdk.EventMotion) -> bool:
        x, y = self._grip
        self._grip = (event.x, event.y)
        self._turn(self.look and self.look.panned(event.x - x, event.y - y))
        return True
