# SPDX-License-Identifier: Apache-2.0
"""Panel and overlay in the real program: drags by mouse in a zoomed, turned and mirrored view, arrows on a layer."""

import math
import os
from pathlib import Path

import bench
from krita import Krita
from PyQt5.QtCore import QEvent, QPointF, Qt
from PyQt5.QtGui import QKeyEvent, QMouseEvent
from PyQt5.QtWidgets import QApplication

SHOTS = Path(os.environ["E2E_SHOTS"])
WAYS = [[(120.0, 90.0), (150.0, 80.0)], [(60.0, 180.0), (80.0, 190.0)]]
VIEWS = ((1.5, 20.0, False), (0.7, -75.0, False), (1.0, 0.0, True))


def shot(name):
    bench.window().qwindow().grab().save(str(SHOTS / f"{name}.png"))


def place(point):
    """Where a document pixel lies on the canvas now."""
    from pullbrush.mapping import image_to_widget, to_widget

    return to_widget(image_to_widget(bench.controller().canvas()), point)


def mouse(kind, at):
    canvas = bench.controller().canvas().widget
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    button = none if kind == QEvent.Type.MouseMove else left
    held = none if kind == QEvent.Type.MouseButtonRelease else left
    glob = QPointF(canvas.mapToGlobal(at.toPoint()))
    event = QMouseEvent(kind, at, at, glob, button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.postEvent(canvas, event)


def pull(start, end):
    """Press, go there in a few steps, lift; yields in between."""
    a, b = place(start), place(end)
    mouse(QEvent.Type.MouseButtonPress, a)
    for part in (0.3, 0.7, 1.0):
        mouse(QEvent.Type.MouseMove, a + (b - a) * part)
        yield 60
    mouse(QEvent.Type.MouseButtonRelease, b)
    yield 60


def key(code, held=Qt.KeyboardModifier.NoModifier):
    canvas = bench.controller().canvas().widget
    for kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(canvas, QKeyEvent(kind, int(code), held))


def run(facts, args):
    from pullbrush import guard
    from pullbrush.pen import pen_of

    document = Krita.instance().openDocument(args["picture"])
    yield from bench.show(document)
    controller = bench.controller()
    base = document.activeNode()
    whole = (0, 0, document.width(), document.height())
    before, steps = bench.digest(base, whole), bench.history()
    yield from drags_in_every_view(facts)
    facts["ink_while_on"] = bench.digest(base, whole) != before
    facts["steps_while_on"] = bench.history()[len(steps) :]
    yield from arrows_on_a_layer(facts, document)
    document.saveAs(args["kra"])
    yield from bench.settled(document)
    document.close()
    yield lambda: controller.desk is None
    again = Krita.instance().openDocument(args["kra"])
    yield from bench.show(again)
    yield 900
    facts["reopened"] = controller.desk.drags.now.plain()
    pen_of(controller).take(False)
    yield from painting(facts, again)
    facts["problems"] = list(guard.problems)


def drags_in_every_view(facts):
    """Two drags each in a turned, a small and a mirrored view; then keys."""
    from pullbrush.pen import pen_of
    from pullbrush.protocol.plugin.drags import DragList

    desk, pen = bench.controller().desk, pen_of(bench.controller())
    facts["errors"] = []
    for zoom, degrees, mirror in VIEWS:
        desk.set_drags(DragList())
        yield from bench.look_at(zoom, degrees, mirror)
        pen.take(True)
        for way in WAYS:
            yield from pull(*way)
        got = desk.drags.now.plain()
        pairs = zip(got, WAYS, strict=True)
        facts["errors"].append(
            [round(math.dist(p, q), 3) for one, way in pairs for p, q in zip(one, way, strict=True)]
        )
        shot(f"drags-{zoom:g}-{degrees:g}{'-mirrored' if mirror else ''}")
    facts["count"] = len(desk.drags.now.strokes)
    key(Qt.Key.Key_Right)
    facts["nudged"] = desk.drags.now.plain()[1][1][0] - got[1][1][0]
    key(Qt.Key.Key_Delete)
    facts["after_delete"] = len(desk.drags.now.strokes)
    desk.undo_drag()


def arrows_on_a_layer(facts, document):
    """Drawn on a layer by the panel, moved there by the program, and drawn again."""
    from pullbrush.protocol.plugin.drags import DragList

    controller = bench.controller()
    desk = controller.desk
    panels = (w for w in QApplication.allWidgets() if type(w).__name__ == "Panel")
    menu = next(panel for panel in panels if panel.controller is controller).menu
    menu.on_layer.trigger()
    yield 600
    facts["layers"] = bench.names(document)
    facts["drags"] = desk.drags.now.plain()
    layer = document.nodeByName("Pullbrush drags")
    facts["shapes"] = sorted(shape.name() for shape in layer.shapes())
    menu.sync()
    facts["read_back"] = desk.drags.now.plain()
    moved = next(shape for shape in layer.shapes() if shape.name() == "pullbrush-1")
    at = moved.position()
    moved.setPosition(QPointF(at.x() + 10, at.y() + 5))
    moved.update()
    yield 900
    facts["moved"] = desk.drags.now.plain()
    shot("drags-layer")
    desk.set_drags(DragList.of([WAYS[0]]))
    yield 900
    facts["rewritten"] = len(layer.shapes())


def painting(facts, document):
    """With the pen put away the brush paints, and no drag is made."""
    whole = (0, 0, document.width(), document.height())
    base = document.rootNode().childNodes()[0]
    document.setActiveNode(base)
    yield 300
    before = bench.digest(base, whole)
    yield from bench.look_at(1.0, 0.0, False)
    Krita.instance().action("KritaShape/KisToolBrush").trigger()
    yield 300
    yield from pull((60.0, 60.0), (180.0, 120.0))
    yield 500
    facts["ink_while_off"] = bench.digest(base, whole) != before
    facts["drags_while_off"] = len(bench.controller().desk.drags.now.strokes)
