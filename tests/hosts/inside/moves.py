# SPDX-License-Identifier: Apache-2.0
"""A selected object moved and scaled by the mouse; keys that are ours, and the same keys when they are not."""

import bench
import guide
from krita import Krita, Selection
from PyQt5.QtCore import Qt

BOX = (96, 60, 48, 40)


def select(document, box):
    chosen = Selection()
    chosen.select(*box, 255)
    document.setSelection(chosen)


def run(facts, args):
    from pullbrush import guard
    from pullbrush.pen import pen_of

    document = Krita.instance().openDocument(args["picture"])
    yield from bench.show(document)
    yield from guide.make_room()
    controller = bench.controller()
    desk, pen = controller.desk, pen_of(controller)
    canvas = bench.window().activeView().canvas()
    canvas.setZoomLevel(2.0)
    canvas.setRotation(-30)
    select(document, BOX)
    steps = bench.history()
    base = document.rootNode().childNodes()[0]
    whole = (0, 0, document.width(), document.height())
    before = bench.digest(base, whole)
    desk.choose_edit("move")
    yield lambda: desk.source.selection == BOX
    pen.take(True)
    yield 500
    yield from guide.pull((120.0, 80.0), (150.0, 70.0))
    facts["moved"] = [desk.panel.value("dx"), desk.panel.value("dy")]
    corner = (120.0 + 30 + 24, 80.0 - 10 + 20)
    yield from guide.pull(corner, (corner[0] + 12, corner[1] + 10))
    facts["scale"] = desk.panel.value("scale")
    guide.shot("move-outline")
    widget = controller.canvas().widget
    widget.setFocus()
    yield from guide.hand("key", "shift+Left")
    yield 200
    facts["nudged"] = desk.panel.value("dx")

    document.setSelection(None)
    yield from keys_on_drags(facts, desk, widget)
    facts["untouched"] = bench.digest(base, whole) == before
    facts["steps"] = bench.history()[len(steps) :]

    pen.take(False)
    yield 200
    widget.setFocus()
    yield from guide.hand("key", "Delete")  # Krita's own: clears the layer
    yield 800
    facts["cleared"] = bench.digest(base, whole) != before
    facts["strokes_kept"] = len(desk.drags.now.strokes)
    facts["focus"] = widget.focusPolicy() != Qt.FocusPolicy.NoFocus
    facts["problems"] = list(guard.problems)


def keys_on_drags(facts, desk, widget):
    """Nudge, remove, undo."""
    from pullbrush.protocol.plugin.drags import DragList

    desk.choose_edit("drag")
    desk.set_drags(DragList.of([[(60.0, 60.0), (90.0, 60.0)], [(60.0, 120.0), (90.0, 120.0)]]))
    desk.set_drags(desk.drags.now.choose(desk.drags.now.grip_at((90.0, 60.0), 1)))
    yield 300
    widget.setFocus()
    yield from guide.hand("key", "Down")
    yield 200
    facts["down"] = desk.drags.now.plain()[0][1]
    yield from guide.hand("key", "Delete")
    yield 200
    facts["deleted"] = len(desk.drags.now.strokes)
    yield from guide.hand("key", "ctrl+z")
    yield 200
    facts["undone"] = len(desk.drags.now.strokes)
