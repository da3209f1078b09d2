# SPDX-License-Identifier: Apache-2.0
"""The suite for hosts (tests/fakes/host_suite.py) inside GIMP with its windows: undo and redo are the artist's keys."""

import subprocess
import time

import bench
import quickly
from gi.repository import Gimp

PATIENCE_S = 30.0


class GimpArtist:
    """Hands for GIMP. The image was saved when it was handed over, so that its steps can be counted."""

    undoes_selections = True

    def __init__(self, image, display):
        self.image, self.display = image, display
        self.host = quickly.host_of(image)
        self.paper = str(image.get_layers()[0].get_tattoo())

    def select(self, rect, value=255):
        from pullbrush.protocol.plugin.host import Pixels

        if rect is None:
            Gimp.Selection.none(self.image)
            return
        data = bytes([value]) * (rect[2] * rect[3])
        self.host.select_mask(Pixels(rect=rect, data=data, channels=1, order="gray", alpha="none"))

    def undo(self):
        self._press("ctrl+z")

    def redo(self):
        self._press("ctrl+y")

    def names(self):
        return list(reversed(bench.names(self.image)))

    def visible(self, key):
        return self.host.layer(key).visible

    def steps(self):
        """GIMP tells nobody: undone until the image is as it was saved, counted, and done again."""
        count = 0
        while self.image.is_dirty():
            self._press("ctrl+z")
            count += 1
        for _ in range(count):
            self._press("ctrl+y")
        return count

    def crop(self, rect):
        self.image.crop(rect[2], rect[3], rect[0], rect[1])

    def resize(self, rect):
        self.image.resize(rect[2], rect[3], -rect[0], -rect[1])

    def scale(self, width, height):
        Gimp.context_set_interpolation(Gimp.InterpolationType.NONE)
        self.image.scale(width, height)

    def rotate(self):
        self.image.rotate(Gimp.RotationType.DEGREES90)

    def convert(self, dtype):
        wanted = {"u2": "u16-non-linear", "f4": "float-non-linear"}[dtype]
        precisions = Gimp.Precision.__enum_values__.values()
        self.image.convert_precision(next(one for one in precisions if one.value_nick == wanted))

    def move(self, dx, dy):
        paper = self.host.layer(self.paper).raw
        _, x, y = paper.get_offsets()
        paper.set_offsets(x + dx, y + dy)

    def paint(self, rect, color):
        paper = self.host.layer(self.paper)
        x, y = paper.rect[:2]
        shadow = paper.raw.get_shadow_buffer()
        whole = (0, 0, *paper.rect[2:])
        shadow.set(
            bench.Gegl.Rectangle.new(*whole),
            "R'G'B'A u8",
            bench.pixels(paper.raw, whole, "R'G'B'A u8"),
        )
        area = bench.Gegl.Rectangle.new(rect[0] - x, rect[1] - y, *rect[2:])
        shadow.set(area, "R'G'B'A u8", bytes(color) * (rect[2] * rect[3]))
        shadow.flush()
        del shadow
        paper.raw.merge_shadow(True)
        paper.raw.update(*whole)

    def delete(self):
        bench.add_layer(self.image, "Other", (32, 24))
        self.image.remove_layer(self.host.layer(self.paper).raw)

    def look(self):
        self.host.look()

    def close(self):
        self.display.delete()

    def _press(self, key):
        before = self._state()
        subprocess.run(["xdotool", "key", key], check=True)
        deadline = time.monotonic() + PATIENCE_S
        while self._state() == before:
            assert time.monotonic() < deadline, f"{key} changes nothing"
            time.sleep(0.05)
        time.sleep(0.1)

    def _state(self):
        layers = [(one.get_name(), one.get_visible()) for one in self.image.get_layers()]
        return layers, self.image.is_dirty(), Gimp.Selection.bounds(self.image)[1:]


def paper_image():
    """A document as the suite wants it, in front of the artist, just saved."""
    from fakes.host_suite import pattern

    image = bench.new_image(32, 24)
    paper = bench.add_layer(image, "Paper", (28, 22), at=(2, 1))
    bench.fill(paper, pattern(), "R'G'B'A u8")
    display = Gimp.Display.new(image)
    gimps = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "GIMP$"]
    subprocess.run([*gimps, "windowactivate", "--sync"], check=True, timeout=60)
    image.clean_all()
    return image, display


def run(facts, args):
    from fakes.host_suite import CASES

    facts["passed"], facts["steps"] = [], []
    for name, case in CASES.items():
        image, display = paper_image()
        time.sleep(0.5)
        artist = GimpArtist(image, display)
        facts["now"] = name
        for _ in case(artist):
            time.sleep(0.05)
        facts["passed"].append(name)
        if image.is_valid():
            artist.close()
