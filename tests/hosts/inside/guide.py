# SPDX-License-Identifier: Apache-2.0
"""The guide's first drag, as an artist does it: two drags by the mouse of the display, preview, Enter, undo."""

import os
import subprocess
import time
from pathlib import Path

import bench
from krita import Krita, Selection
from PyQt5.QtCore import QPoint
from PyQt5.QtWidgets import QApplication, QDockWidget

SHOTS = Path(os.environ["E2E_SHOTS"])


def shot(name):
    QApplication.primaryScreen().grabWindow(bench.window().qwindow().winId()).save(
        str(SHOTS / f"{name}.png")
    )


def hand(*words):
    """Move the display's own mouse; yields until it is done."""
    process = subprocess.Popen(["xdotool", *(str(word) for word in words)])
    yield lambda: process.poll() is not None
    assert process.returncode == 0, words


def click_at(x, y, times=1):
    """Go there and click as a hand does: what was pointed at before has seen the pointer leave, its tip is gone."""
    repeat = ("--repeat", times, "--delay", 60) if times > 1 else ()
    yield from hand("mousemove", x, y, "sleep", 0.2, "click", *repeat, 1)


def on_screen(point):
    """Where a document pixel lies on the display, in the display's own pixels: Qt's are larger on a dense one."""
    from pullbrush.mapping import image_to_widget, to_widget

    view = bench.controller().canvas()
    at = to_widget(image_to_widget(view), point)
    corner, ratio = view.widget.mapToGlobal(QPoint(0, 0)), view.widget.devicePixelRatioF()
    return QPoint(round((corner.x() + at.x()) * ratio), round((corner.y() + at.y()) * ratio))


def pull(start, end):
    """Press on a document pixel, go to another one in a few steps, lift."""
    yield from pull_on_screen(on_screen(start), on_screen(end))


def pull_on_screen(a, b):
    """The same from one of the display's pixels to another."""
    yield from hand("mousemove", a.x(), a.y(), "mousedown", 1)
    for part in (0.25, 0.5, 0.75, 1.0):
        x, y = a.x() + (b.x() - a.x()) * part, a.y() + (b.y() - a.y()) * part
        yield from hand("mousemove", round(x), round(y))
        yield 120
    yield from hand("mouseup", 1)
    yield 150


def aside():
    """The mouse off the canvas: the outline of Krita's brush would be in the picture."""
    yield from hand("mousemove", 2, 2)
    yield 200


def make_room():
    """A window as on an artist's screen, with the panel tall beside the canvas."""
    main = bench.window().qwindow()
    main.resize(1400, 940)
    main.move(0, 0)
    for dock in main.findChildren(QDockWidget):
        if dock.isVisible() and dock.objectName() not in (
            "pullbrush_docker",
            "ToolBox",
            "KisLayerBox",
        ):
            dock.hide()
    yield 500


def run(facts, args):
    from pullbrush import guard
    from pullbrush.pen import pen_of

    document = Krita.instance().openDocument(args["picture"])
    yield from bench.show(document)
    yield from make_room()
    controller = bench.controller()
    yield lambda: controller.engine.ready and controller.engine.models
    desk, pen = controller.desk, pen_of(controller)
    for name, value in args["params"].items():
        desk.set(name, value)
    desk.seed_locked = True
    canvas = bench.window().activeView().canvas()
    canvas.setZoomLevel(2.5)
    yield from aside()
    yield 4000  # Krita's word about the zoom goes
    shot("guide-docker")
    canvas.setZoomLevel(1.5)
    canvas.setRotation(20)
    yield 500
    base = document.activeNode()
    whole = (0, 0, document.width(), document.height())
    before, was, steps = bench.digest(base, whole), bench.names(document), bench.history()
    yield from first_drag(facts, args)
    facts["untouched"] = bench.digest(base, whole) == before and bench.history() == steps
    yield from applied()
    facts["names"], facts["added"] = bench.names(document), bench.history()[len(steps) :]
    (outcome,) = desk.session.applied
    facts["rect"] = list(outcome.layers[0].pixels.rect)
    layer = document.rootNode().childNodes()[-1]
    Path(args["dump"]).write_bytes(layer.pixelData(*facts["rect"]).data())
    facts["source_same"] = bench.digest(base, whole) == before
    facts["history"] = len(desk.results.history.entries)
    facts["pen_stays"] = pen.is_on
    controller.canvas().widget.setFocus()
    yield from hand("key", "ctrl+z")
    yield lambda: bench.names(document) == was
    yield from move_the_balloon(facts, document)
    facts["problems"] = list(guard.problems)


def first_drag(facts, args):
    """Draw, see the picture bend, run, see the steps."""
    from pullbrush.pen import pen_of

    controller = bench.controller()
    desk = controller.desk
    pen_of(controller).take(True)
    desk.auto_run = False
    for way in args["drags"]:
        yield from pull(*[tuple(point) for point in way])
    facts["drags"] = desk.drags.now.plain()
    yield lambda: controller.preview is not None
    yield from aside()
    yield 500
    shot("guide-drags")
    began = time.monotonic()
    controller.canvas().widget.setFocus()
    yield from hand("key", "shift+Return")
    facts["stages"] = []
    while desk.session.stage not in ("done", "failed"):
        if desk.session.stage not in facts["stages"]:
            facts["stages"].append(desk.session.stage)
        if desk.session.progress.step > 2 and "mid" not in facts:
            facts["mid"] = desk.session.status.sentence
            shot("guide-preview")
        if time.monotonic() - began > args["patience"]:
            break
        yield 50
    facts["seconds"], facts["stage"] = round(time.monotonic() - began, 1), desk.session.stage
    facts["failure"] = repr(desk.session.failure)
    assert desk.session.stage == "done", facts
    yield 300
    shot("guide-done")


def applied():
    """Enter puts the layer there."""
    desk = bench.controller().desk
    bench.controller().canvas().widget.setFocus()
    yield from hand("key", "Return")
    yield lambda: desk.session.stage == "applied"
    yield from aside()
    yield 800
    shot("guide-result")


def move_the_balloon(facts, document):
    """The second edit: select, pull, preview; Escape leaves everything as it was."""
    from pullbrush.pen import pen_of

    controller = bench.controller()
    desk, pen = controller.desk, pen_of(controller)
    document.setActiveNode(document.rootNode().childNodes()[0])
    yield 300
    document.setSelection(around_the_balloon())
    desk.choose_edit("move")
    desk.set("preset", "quick")
    yield lambda: desk.source.selection is not None
    pen.take(True)
    yield 500
    yield from pull((212.0, 100.0), (60.0, 92.0))
    yield lambda: controller.preview is not None
    yield 500
    facts["moved"] = [desk.panel.value("dx"), desk.panel.value("dy")]
    yield from aside()
    shot("guide-move")
    controller.canvas().widget.setFocus()
    yield from hand("key", "Escape")
    yield lambda: controller.preview is None
    facts["escaped"] = bench.names(document)


def around_the_balloon():
    """The balloon and its basket, softly."""
    width = height = 80
    rows = bytearray()
    for y in range(height):
        for x in range(width):
            far = ((x - 40) / 24) ** 2 + ((y - 30) / 28) ** 2
            basket = 33 <= x <= 47 and 40 <= y <= 73
            rows.append(255 if basket else int(255 * min(1.0, max(0.0, 8 * (1.12 - far)))))
    chosen = Selection()
    chosen.setPixelData(bytes(rows), 172, 70, width, height)
    return chosen
