# SPDX-License-Identifier: GPL-3.0-or-later
"""Small parts the panel is made of: labels that wrap, lines that report when they are done, signs, notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .gtk import Gdk, GdkPixbuf, GLib, Gtk, Pango, Widget
from .protocol.plugin.guard import guarded
from .ui_signs import sign

TARGET_PX = 28
"""Side of a button with a sign: no target is smaller than 24 pixels."""
SIGN_PX = 16
GAP = 6


def label(text: str = "", *, small: bool = False, bold: bool = False) -> Gtk.Label:
    """A text in the theme's colors that wraps; `small` for what explains."""
    made = Gtk.Label(label=text, xalign=0.0, wrap=True, selectable=False)
    made.set_line_wrap_mode(Pango.WrapMode.WORD_CHAR)
    made.set_max_width_chars(1)  # as narrow as it is put, whatever its words
    made.set_hexpand(True)
    if small or bold:
        marks = Pango.AttrList()
        if small:
            marks.insert(Pango.attr_scale_new(0.9))
        if bold:
            marks.insert(Pango.attr_weight_new(Pango.Weight.BOLD))
        made.set_attributes(marks)
    return made


def button(text: str, do: Callable[[], object], *, strong: bool = False) -> Gtk.Button:
    """A button with words, high enough for a pen."""
    made = Gtk.Button(label=text)
    made.set_size_request(-1, TARGET_PX)
    made.get_child().set_ellipsize(Pango.EllipsizeMode.END)
    if strong:
        made.get_style_context().add_class("suggested-action")
    made.connect("clicked", guarded(lambda _it: do()))
    return made


def column(*parts: Widget, gap: int = GAP, margin: int = 0) -> Gtk.Box:
    """Widgets below each other."""
    made = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=gap, margin=margin)
    for part in parts:
        made.pack_start(part, False, False, 0)
    return made


def row(*parts: Widget, wide: int = -1, gap: int = 4, even: bool = False) -> Gtk.Box:
    """Widgets side by side; `wide` is the one that takes the room that is left."""
    made = Gtk.Box(spacing=gap, homogeneous=even)
    for at, part in enumerate(parts):
        made.pack_start(part, even or at == wide, True, 0)
    return made


def within(widget: Widget) -> Iterator[Widget]:
    """A widget and all that is in it, in the order in which it was put there."""
    yield widget
    if isinstance(widget, Gtk.Container):
        for child in widget.get_children():
            yield from within(child)


@contextmanager
def quiet(owner: Any) -> Iterator[None]:
    """While the panel shows a value, nobody is told that it changed."""
    owner.silent = True
    try:
        yield
    finally:
        owner.silent = False


def show(widget: Widget, on: bool) -> None:
    """Show or hide, and take no room when hidden."""
    widget.set_no_show_all(True)
    if on:
        widget.show()
        for child in widget.get_children() if isinstance(widget, Gtk.Container) else ():
            if not child.get_no_show_all():
                child.show_all()
    else:
        widget.hide()


def say(widget: Gtk.Label, text: str) -> None:
    """Show a text in a label, or no label."""
    if widget.get_text() != text:
        widget.set_text(text)
    show(widget, bool(text))


class Pick:
    """A list to choose from that keeps its choice when the panel is scrolled over it."""

    def __init__(self, name: str, chosen: Callable[[str], object]) -> None:
        self.silent = False
        self.widget = Gtk.ComboBoxText()
        self.widget.set_size_request(-1, TARGET_PX)
        self.widget.set_hexpand(True)
        for cell in self.widget.get_cells():
            cell.set_property("ellipsize", Pango.EllipsizeMode.END)
        describe(self.widget, name)
        calm(self.widget)
        self._entries: list[tuple[str, str]] = []
        self._chosen = chosen
        self.widget.connect("changed", self._changed)

    def fill(self, entries: list[tuple[str, str]], chosen: str) -> None:
        """Put (value, text) into the list and choose one, without a word to anybody."""
        with quiet(self):
            if entries != self._entries:
                self._entries = list(entries)
                self.widget.remove_all()
                for value, text in entries:
                    self.widget.append(f"={value}", text)
            if self.widget.get_active_id() != f"={chosen}":
                self.widget.set_active_id(f"={chosen}")

    @guarded
    def _changed(self, _it: Widget) -> None:
        value = self.widget.get_active_id()
        if not self.silent and value is not None:
            self._chosen(value[1:])


class Line:
    """A line to type in: `typed` comes when the artist is done with it, `stepped` for the arrow keys."""

    def __init__(
        self,
        name: str,
        typed: Callable[[str], object],
        stepped: Callable[[int], object] | None = None,
        chars: int = 8,
    ) -> None:
        self.widget = Gtk.Entry(width_chars=chars, max_width_chars=chars)
        self.widget.set_size_request(-1, TARGET_PX)
        describe(self.widget, name)
        self._typed, self._stepped, self._shown = typed, stepped, ""
        self.widget.connect("activate", self._done)
        self.widget.connect("focus-out-event", self._done)
        self.widget.connect("key-press-event", self._key)

    def show_text(self, text: str) -> None:
        """Show another text, unless somebody is typing here."""
        typing = self.widget.has_focus() and self.widget.get_text() != self._shown
        if text != self._shown and not typing:
            self._shown = text
            self.widget.set_text(text)

    @guarded
    def _done(self, *_: object) -> bool:
        text = self.widget.get_text()
        if text != self._shown:
            self._shown = text
            self._typed(text)
        return False

    @guarded
    def _key(self, _it: Widget, event: Gdk.EventKey) -> bool:
        steps = {Gdk.KEY_Up: 1, Gdk.KEY_Down: -1}.get(event.keyval)
        if steps is not None and self._stepped is not None:
            self._stepped(steps)
            return True
        if event.keyval == Gdk.KEY_Escape and self.widget.get_text() != self._shown:
            self.widget.set_text(self._shown)
            return True
        return False


class Sign:
    """A button with a drawn sign in the theme's own text color, for a deed or a menu; its meaning is its tip."""

    def __init__(self, name: str, tip: str, do: Callable[[], object] | Gtk.Menu) -> None:
        self.widget = Gtk.MenuButton() if isinstance(do, Gtk.Menu) else Gtk.Button()
        self.widget.set_relief(Gtk.ReliefStyle.NONE)
        self.widget.set_size_request(TARGET_PX, TARGET_PX)
        describe(self.widget, tip, tip)
        self._name = name
        self._drawn: tuple[str, str, float] | None = None
        self._image = Gtk.Image()
        self.widget.set_image(self._image)
        self.widget.set_always_show_image(True)
        if isinstance(do, Gtk.Menu):
            assert isinstance(self.widget, Gtk.MenuButton)
            self.widget.set_popup(do)
        else:
            self.widget.connect("clicked", guarded(lambda _it: do()))
        for change in ("style-updated", "state-flags-changed", "realize"):
            self.widget.connect(change, self._draw)
        self._draw()

    def turn(self, name: str) -> None:
        """Show another sign."""
        self._name = name
        self._draw()

    @guarded
    def _draw(self, *_: object) -> None:
        context = self.widget.get_style_context()
        color = context.get_color(context.get_state())
        opacity = 1.0 if self.widget.is_sensitive() else 0.5
        now = (self._name, color.to_string(), opacity)
        if now != self._drawn:
            self._drawn = now
            self._image.set_from_pixbuf(drawn(self._name, color, opacity))


class Notice:
    """A framed sentence with a sign that takes no room while there is nothing to say."""

    def __init__(self, name: str) -> None:
        self.words = label()
        self.words.set_selectable(True)
        self._image, self._name = Gtk.Image(valign=Gtk.Align.START), name
        inside = row(self._image, self.words, wide=1, gap=GAP)
        inside.set_border_width(GAP)
        self.widget = Gtk.Frame()
        self.widget.add(inside)
        self.widget.connect("style-updated", self._draw)
        self._draw()
        show(self.widget, False)

    def say(self, text: str) -> None:
        """Show a sentence, or nothing."""
        say(self.words, text)
        show(self.widget, bool(text))

    @guarded
    def _draw(self, *_: object) -> None:
        context = self.widget.get_style_context()
        self._image.set_from_pixbuf(drawn(self._name, context.get_color(context.get_state()), 1.0))


def drawn(name: str, color: Gdk.RGBA, opacity: float) -> GdkPixbuf.Pixbuf:
    """A sign in one of the theme's colors."""
    rgb = (round(255 * color.red), round(255 * color.green), round(255 * color.blue))
    data = bytearray(sign(name, SIGN_PX, rgb))
    data[3::4] = bytes(round(value * opacity * color.alpha) for value in data[3::4])
    return pixbuf(bytes(data), SIGN_PX, SIGN_PX)


def pixbuf(rgba: bytes, width: int, height: int) -> GdkPixbuf.Pixbuf:
    """RGBA as something GTK can show."""
    return GdkPixbuf.Pixbuf.new_from_bytes(
        GLib.Bytes.new(rgba), GdkPixbuf.Colorspace.RGB, True, 8, width, height, 4 * width
    )


def describe(widget: Widget, name: str, tip: str = "") -> None:
    """Say what it is to screen readers, and to a pen that rests on it."""
    if (spoken := widget.get_accessible()) is not None:
        spoken.set_name(name)
        spoken.set_description(tip)
    widget.set_tooltip_text(tip or None)


def calm(widget: Widget) -> None:
    """The wheel scrolls the panel, not the value."""
    widget.add_events(Gdk.EventMask.SCROLL_MASK | Gdk.EventMask.SMOOTH_SCROLL_MASK)

    def scrolled(it: Widget, event: Gdk.Event) -> bool:
        it.stop_emission_by_name("scroll-event")
        view = it.get_ancestor(Gtk.ScrolledWindow)
        return bool(view is not None and view.event(event))

    widget.connect("scroll-event", scrolled)
