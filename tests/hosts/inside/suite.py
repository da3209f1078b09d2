# SPDX-License-Identifier: Apache-2.0
"""The suite for hosts (tests/fakes/host_suite.py) inside Krita, each case with a document of its own."""

import math
import sys

import bench
from krita import Krita


class KritaArtist:
    """Hands for Krita."""

    undoes_selections = False

    def __init__(self, document, host):
        self.document, self.host = document, host
        self.paper = document.rootNode().childNodes()[0].uniqueId().toString().strip("{}")

    def select(self, rect, value=255):
        from krita import Selection

        if rect is None:
            self.document.setSelection(None)
            return
        selection = Selection()
        selection.select(*rect, value)
        self.document.setSelection(selection)

    def undo(self):
        bench.undo()

    def redo(self):
        bench.redo()

    def names(self):
        return bench.names(self.document)

    def visible(self, key):
        return bench.node(self.document, key).visible()

    def steps(self):
        return bench.steps()

    def crop(self, rect):
        self.document.crop(*rect)

    def resize(self, rect):
        self.document.resizeImage(*rect)

    def scale(self, width, height):
        self.document.scaleImage(width, height, 72, 72, "Box")

    def rotate(self):
        self.document.rotateImage(math.pi / 2)

    def convert(self, dtype):
        depth = {"u2": "U16", "f4": "F32"}[dtype]
        self.document.setColorSpace("RGBA", depth, "sRGB-elle-V2-srgbtrc.icc")

    def move(self, dx, dy):
        paper = bench.node(self.document, self.paper)
        at = paper.position()
        paper.move(at.x() + dx, at.y() + dy)
        self.document.refreshProjection()

    def paint(self, rect, color):
        """Krita's own Fill, since pixels that a plug-in sets are no step of undo; the active layer changes late."""
        from krita import ManagedColor
        from PyQt5.QtCore import QTimer

        red, green, blue, alpha = (value / 255 for value in color)
        self.document.setActiveNode(bench.node(self.document, self.paper))
        ink = ManagedColor("RGBA", "U8", "")
        ink.setComponents([blue, green, red, alpha])

        def fill():
            bench.window().activeView().setForeGroundColor(ink)
            self.select(rect)
            Krita.instance().action("fill_selection_foreground_color").trigger()
            self.document.waitForDone()
            self.select(None)

        QTimer.singleShot(100, fill)

    def delete(self):
        other = self.document.createNode("Other", "paintlayer")
        self.document.rootNode().addChildNode(other, None)
        bench.node(self.document, self.paper).remove()

    def look(self):
        self.host.look()

    def close(self):
        bench.close(self.document)


def paper_document():
    from fakes.host_suite import pattern

    document = bench.new(32, 24)
    for node in document.rootNode().childNodes():
        node.remove()
    data = bytearray(pattern())
    data[0::4], data[2::4] = data[2::4], data[0::4]  # Krita keeps 8 bit as BGRA
    bench.add_layer(document, "Paper", bytes(data), (2, 1, 28, 22))
    return document


def run(facts, args):
    bench.speak_protocol()
    from fakes.host_suite import CASES
    from pullbrush import guard

    facts["passed"] = []
    for name, case in CASES.items():
        document = paper_document()
        yield from bench.show(document)
        document.setActiveNode(document.rootNode().childNodes()[0])
        yield 150
        artist = KritaArtist(document, bench.controller().host)
        sys.stderr.write(f"case {name}\n")  # where it ended, should Krita itself end
        sys.stderr.flush()
        for _ in case(artist):
            yield from bench.settled(document)
        facts["passed"].append(name)
        yield from bench.settled(document)
        if artist.host.document_key() is not None:
            artist.close()
        yield 50
    facts["problems"] = list(guard.problems)
