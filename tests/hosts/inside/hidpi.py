# SPDX-License-Identifier: Apache-2.0
"""On a display of many small pixels: a drag by the display's mouse, and the brush's ink at the very same places.

Where the ink lies is Krita's own word on which document pixel is under the mouse; the plug-in's must be the same.
"""

import math

import bench
import guide
from krita import Krita
from PyQt5.QtCore import QPoint, QPointF
from PyQt5.QtGui import QColor
from PyQt5.QtWidgets import QApplication

VIEWS = ((1.5, 20.0, False), (0.8, -75.0, False), (1.0, 0.0, True))
WAY = ((120.0, 90.0), (168.0, 120.0))
FINE = ((60.0, 150.0), (60.0, 180.0))


def run(facts, args):
    from pullbrush import guard
    from pullbrush.pen import pen_of

    document = Krita.instance().openDocument(args["picture"])
    yield from bench.show(document)
    yield from guide.make_room()
    facts["ratio"] = bench.controller().canvas().widget.devicePixelRatioF()
    facts["views"] = []
    layer = bench.add_layer(document, "Ink", b"\0" * 4, (0, 0, 1, 1))
    yield 300  # Krita must have shown a layer before it is made active
    document.setActiveNode(layer)
    bench.window().activeView().setBrushSize(4)
    yield 300
    for number, view in enumerate(VIEWS):
        yield from bench.look_at(*view)
        pen_of(bench.controller()).take(True)
        found = yield from dragged(number)
        pen_of(bench.controller()).take(False)
        Krita.instance().action("KritaShape/KisToolBrush").trigger()
        yield 300
        found["ink"] = yield from inked(document, layer)
        facts["views"].append(found)
    yield from bench.settled(document)
    facts["problems"] = list(guard.problems)


def aim(point, more=0):
    """A pixel of the display near a document pixel, and which document pixel that is.

    Without `more` it is one whose place is whole for Qt, too, so that nothing is rounded on the way to Krita's tools;
    `more` goes that many of the display's own pixels to the right of it.
    """
    from pullbrush.mapping import image_to_widget, to_image, to_widget

    view = bench.controller().canvas()
    transform, ratio = image_to_widget(view), view.widget.devicePixelRatioF()
    corner = QPointF(view.widget.mapToGlobal(QPoint(0, 0)))
    near = corner + to_widget(transform, point)
    whole = QPointF(2 * round(near.x() / 2), 2 * round(near.y() / 2))
    meant = to_image(transform, whole + QPointF(more / ratio, 0) - corner)
    return QPoint(round(whole.x() * ratio) + more, round(whole.y() * ratio)), list(meant)


def dragged(number):
    """Pull two arrows; where the plug-in says their ends are, and what the display shows at those of the first."""
    from pullbrush.protocol.plugin.drags import DragList

    desk = bench.controller().desk
    desk.set_drags(DragList())
    coarse, fine = [aim(point) for point in WAY], [aim(point, more=1) for point in FINE]
    for (start, _), (end, _) in (coarse, fine):
        yield from guide.pull_on_screen(start, end)
    yield 300
    guide.shot(f"hidpi-{number}")
    picture = QApplication.primaryScreen().grabWindow(0).toImage()
    colors = [QColor(picture.pixel(place)).name() for place, _ in coarse]
    meant = [[where for _, where in way] for way in (coarse, fine)]
    return {"meant": meant, "ways": desk.drags.now.plain(), "colors": colors}


def inked(document, layer):
    """Tap with the brush where the first arrow began and where it ended; the middle of each spot of ink."""
    whole = (0, 0, document.width(), document.height())
    middles = []
    for point in WAY:
        layer.setPixelData(b"\0" * (4 * whole[2] * whole[3]), *whole)
        at, _ = aim(point)
        yield from guide.hand("mousemove", at.x(), at.y())
        yield 150
        yield from guide.hand("click", 1)
        yield 500
        document.waitForDone()
        middles.append(middle(layer.pixelData(*whole).data(), whole[2]))
    return middles


def middle(data, width):
    """The center of gravity of what is not transparent; a pixel's own center lies half a pixel inside it."""
    total = across = down = 0.0
    for at, alpha in enumerate(data[3::4]):
        if alpha:
            total += alpha
            across += alpha * (at % width + 0.5)
            down += alpha * (at // width + 0.5)
    return [across / total, down / total] if total else [math.inf, math.inf]
