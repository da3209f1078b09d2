# SPDX-License-Identifier: Apache-2.0
"""GIMP's panel without GIMP: its real widgets around documents of bytes, with an engine that does what a test says."""

import tempfile
from dataclasses import replace
from pathlib import Path

from fakes import carried

carried.PLUGIN = Path(__file__).parents[3] / "plugin_gimp"
carried.carry()

from fakes.noted import NotedHost  # noqa: E402
from fakes.wire import Wire  # noqa: E402
from pullbrush.gtk import GLib  # noqa: E402
from pullbrush.looking import Seen  # noqa: E402
from pullbrush.panel import App  # noqa: E402

from protocol.store import Store  # noqa: E402

WAY = ((60.0, 60.0), (120.0, 80.0))


class Host(NotedHost):
    """A document of bytes with what GIMP has besides: paths, a selection to set, and how all of it looks."""

    ways = ()
    draws_handles = True
    looks = 0
    color = b"\x40\x50\x60\xff"

    def paths(self):
        return self.ways

    def write_paths(self, ways, name="Pullbrush drags"):
        self.ways = tuple(tuple(way) for way in ways)

    def seen(self, rect, step, on, hidden=()):
        self.looks += 1
        self.lies_on, self.hidden = on, hidden
        return Seen(rect=rect, step=step, before=self.color * (rect[2] // step * (rect[3] // step)))

    def take_out(self, keys, shown):
        sheets = [one for one in self.state.sheets if one.key not in keys]
        self.do("take out", replace(self.state, sheets=tuple(sheets), active=sheets[0].key))

    def select_mask(self, mask):
        self.select(mask.rect)


class Image:
    """What stands for an open image."""

    def __init__(self, number):
        self.number = number

    def get_id(self):
        return self.number


class Program:
    """Stands where `host` is, with two pictures."""

    def __init__(self):
        self.images = [Image(1), Image(2)]
        self.hosts, self.words, self.above, self.fronted = {}, {}, [], []

    def GimpHost(self, image, show, tell):
        if image.number not in self.hosts:
            made = Host.opened(400, 300, name=f"picture {image.number}.xcf")
            made.show, made.tell = show, tell
            self.hosts[image.number] = made
        return self.hosts[image.number]

    def program(self):
        return "GIMP 3"

    def open_images(self):
        return list(self.images)

    def begin_ui(self, name):
        pass

    def stay_above(self, window):
        self.above.append(window)

    def to_image(self, display, time):
        self.fronted.append(display)

    def read_word(self, name):
        return self.words.get(name)

    def leave_word(self, name, data):
        self.words[name] = data


class Bench:
    """One panel with its surroundings."""

    def __init__(self, **how):
        self.program, self.wire = Program(), Wire()
        self.net = self.wire.net
        store = Store(Path(tempfile.mkdtemp()) / "recipes")
        self.app = App(self.program, lambda ring: self.wire, store)
        self.app.begin(self.program.images[0], **how)
        self.panel = self.app.panel
        looks = []
        look, self.host.paths = self.host.paths, lambda: looks.append(1) or look()
        self.until(lambda: looks, "looked at")
        self.wait(0.2)

    @property
    def desk(self):
        return self.app.seat.desk

    @property
    def host(self):
        return self.program.hosts[1]

    @property
    def shown(self):
        """The preview in the panel's picture, None without."""
        return self.app.previews.shown

    def wait(self, seconds):
        end = GLib.get_monotonic_time() + seconds * 1e6
        while GLib.get_monotonic_time() < end:
            if not GLib.MainContext.default().iteration(False):
                GLib.usleep(2000)

    def until(self, good, what):
        for _ in range(400):
            if good():
                return
            self.wait(0.02)
        raise AssertionError(f"never {what}")

    def draw(self, *ways):
        self.host.ways = ways
        self.until(lambda: len(self.desk.drags.now.strokes) == len(ways), "drawn")

    def asked(self):
        """A drag that the engine has got."""
        self.desk.auto_run = False
        self.draw(WAY)
        self.until(lambda: self.panel.state.run.is_sensitive(), "ready to run")
        before = self.net.tasks().count("edit")
        self.panel.state.run.clicked()
        self.until(lambda: self.net.tasks().count("edit") > before, "asked for")

    def computed(self, **how):
        """A drag whose result is there."""
        self.asked()
        self.net.done(self.net.last(), **how)
        self.until(lambda: self.desk.session.stage == "done", "done")
        self.wait(0.2)

    def close(self):
        self.app.window.destroy()
        self.wait(0.05)
