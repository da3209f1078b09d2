# SPDX-License-Identifier: Apache-2.0
"""The hands of the story's artist: the display's own mouse and keyboard, and eyes that wait for what they expect."""

import bench
import panel_guide
import screen
from gi.repository import Gimp

TOOLS = {"rectangle": (55, 92), "paths": (92, 160), "brush": (129, 126), "crop": (166, 92)}
"""Where tools are in GIMP's toolbox, with its window in the screen's corner."""


class Artist:
    """One in front of the panel and an image; `corner` is where the image's picture begins on the screen."""

    def __init__(self, app, args):
        self.app, self.args = app, args
        self.image = self.corner = None

    @property
    def panel(self):
        return self.app.panel

    @property
    def desk(self):
        return self.app.seat.desk

    def begin(self, image):
        """The image is in front, the panel knows it and the engine, and it is seen where it is."""
        self.image = image
        yield lambda: self.desk is not None and self.app.seat.open.document.raw == image
        yield lambda: self.app.seat.engine.ready and self.app.seat.engine.models
        yield from self.take("rectangle")  # a click beside the picture would be an anchor or paint
        self.corner = yield from panel_guide.see_canvas(image)

    def shot(self, name):
        """What is on the screen, once GIMP has drawn what was done."""
        yield 500
        screen.shot(self.args, f"gimp-story-{name}")

    # ---- in the panel

    def click(self, widget, times=1):
        """Click on a widget of the panel as soon as it can be clicked."""
        yield lambda: widget.get_mapped() and widget.is_sensitive()
        _into_view(widget)
        yield 200  # a scrolled panel is drawn anew
        yield from screen.click_at(*middle(widget), times)

    def choose(self, pick, text):
        """Open a list and take an entry by the mouse."""
        from pullbrush.gtk import Gtk

        yield from self.click(pick.widget)
        found = []

        def opened():
            menus = Gtk.Menu.get_for_attach_widget(pick.widget)
            found[:] = [menu for menu in menus if menu.get_mapped()]
            return found

        yield opened
        yield 300
        row = [words for _, words in pick._entries].index(text)
        yield from screen.click_at(*middle(found[0].get_children()[row]))
        yield lambda: pick.widget.get_active() == row

    # ---- in GIMP

    def take(self, tool):
        """A tool from GIMP's toolbox."""
        yield from screen.click_at(*TOOLS[tool])
        yield 400

    def on_screen(self, point):
        return panel_guide.on_screen(self.corner, point)

    def keys(self, *words):
        """To whatever has the keys now."""
        yield from screen.hand("key", *words)
        yield 200

    def pull(self, start, end):
        """Press, move, let go."""
        yield from screen.hand("mousemove", *self.on_screen(start))
        yield 150
        yield from screen.hand("mousedown", 1)
        for share in (0.4, 0.8, 1.0):
            point = [start[i] + share * (end[i] - start[i]) for i in (0, 1)]
            yield from screen.hand("mousemove", *self.on_screen(point))
            yield 100
        yield from screen.hand("mouseup", 1)
        yield 150

    def draw(self, *points):
        """A path: click, click."""
        yield from self.take("paths")
        for point in points:
            yield from screen.hand("mousemove", *self.on_screen(point))
            yield 150
            yield from screen.hand("click", 1)
            yield 250
        yield lambda: self.app.seat.host.paths()

    def close_image(self):
        """Ctrl+W; what was not saved is given up."""
        yield from panel_guide.to_image()
        dirty = self.image.is_dirty()
        yield from self.keys("ctrl+w")
        if dirty:
            yield 1000
            yield from self.keys("alt+d")
        yield lambda: not self.image.is_valid()
        yield lambda: self.desk is None

    # ---- what is waited for

    def computed(self):
        """A result to look at."""
        yield lambda: self.desk.session.stage in ("done", "failed", "stale")
        assert self.desk.session.stage == "done", repr(self.desk.session.failure)
        yield lambda: self.app.previews.drawn is not None

    def applied(self, count):
        """The image has this many layers now, and the panel says so."""
        yield lambda: self.desk.session.stage == "applied"
        yield lambda: len(self.image.get_layers()) == count

    @property
    def names(self):
        return bench.names(self.image)

    @property
    def visible(self):
        return [layer.get_visible() for layer in self.image.get_layers()]


def middle(widget):
    """A widget's middle on the screen."""
    top = widget.get_toplevel()
    wide, high = widget.get_allocated_width(), widget.get_allocated_height()
    x, y = widget.translate_coordinates(top, wide // 2, high // 2)
    _, left, upper = top.get_window().get_origin()
    return left + x, upper + y


def _into_view(widget):
    """Scroll the panel to a widget, if it is in what scrolls."""
    from pullbrush.gtk import Gtk

    view = widget.get_ancestor(Gtk.ScrolledWindow)
    if view is not None:
        inside = view.get_child().get_child()
        _, y = widget.translate_coordinates(inside, 0, 0)
        view.get_vadjustment().clamp_page(y, y + widget.get_allocated_height())


def drive(args, steps, image, display):
    """Open the panel on an image, let an artist take steps, and return the panel's problems once it is closed."""
    from pullbrush.protocol.plugin.guard import problems

    def whole():
        app = screen.open_app(image, kind="drag", display=display)
        artist = Artist(app, args)
        yield from panel_guide.place_windows(app)
        yield from artist.begin(image)
        yield from steps(artist)
        app.window.destroy()
        yield 300

    try:
        screen.drive(whole())
    except BaseException as problem:
        screen.shot(args, "gimp-story-failed")
        problem.add_note(f"windows: {screen.windows()}")
        raise
    return list(problems)


__all__ = ["TOOLS", "Artist", "Gimp", "drive", "middle"]
