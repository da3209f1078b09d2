# SPDX-License-Identifier: Apache-2.0
"""The hands of the story's artist: the display's own mouse and keyboard, and eyes that wait for what they expect."""

import os
from pathlib import Path

import bench
import guide
from krita import Krita
from PyQt5.QtCore import QPoint
from PyQt5.QtWidgets import QAbstractItemView, QApplication, QDockWidget, QToolButton

SHOTS = Path(os.environ["E2E_SHOTS"])


def saved_as_kra(args):
    """The picture of the story as a .kra: saving it later asks nothing."""
    document = Krita.instance().openDocument(args["picture"])
    document.setBatchmode(True)
    document.saveAs(args["kra"])
    yield from bench.settled(document)
    document.close()
    yield 300


def panel():
    """The docker's panel."""
    from pullbrush.extension import extension

    return extension._panels[bench.controller()]


def desk():
    return bench.controller().desk


def pen():
    from pullbrush.pen import pen_of

    return pen_of(bench.controller())


def shot(name):
    """The whole display, with whatever popped up."""
    QApplication.primaryScreen().grabWindow(0).save(str(SHOTS / f"story-{name}.png"))


def color(point):
    """What the display shows at a pixel of the picture: red, green, blue."""
    at = guide.on_screen(point)
    seen = QApplication.primaryScreen().grabWindow(0, at.x(), at.y(), 1, 1).toImage()
    return list(seen.pixelColor(0, 0).getRgb()[:3])


def middle(widget):
    """A widget's middle on the display, scrolled into view if the panel scrolls it."""
    frame = panel().window() if not panel().isAncestorOf(widget) else None
    if frame is None:
        scroller = panel().parent().parent()
        scroller.ensureWidgetVisible(widget)
    ratio = widget.devicePixelRatioF()
    at = widget.mapToGlobal(widget.rect().center())
    return QPoint(round(at.x() * ratio), round(at.y() * ratio))


def click(widget, times=1):
    """Click on a widget as soon as it can be clicked."""
    yield lambda: widget.isVisible() and widget.isEnabled()
    yield 150  # a scrolled panel is drawn anew
    at = middle(widget)
    yield from guide.click_at(at.x(), at.y(), times)
    yield 100


def choose(box, text):
    """Open a list and take an entry by the mouse."""
    yield from click(box)
    view = box.view()
    yield view.isVisible
    row = next(i for i in range(box.count()) if box.itemText(i) == text)
    at = view.viewport().mapToGlobal(view.visualRect(view.model().index(row, 0)).center())
    yield from guide.click_at(at.x(), at.y())
    yield lambda: box.currentText() == text


def over(point=(128.0, 128.0)):
    """The pointer over a pixel of the picture: without a window manager, keys go to the window below it."""
    at = guide.on_screen(point)
    yield from guide.hand("mousemove", at.x(), at.y())
    yield 100


def keys(*words, at=(128.0, 128.0)):
    yield from over(at)
    yield from guide.hand("key", *words)
    yield 150


def write(text):
    yield from guide.hand("type", "--delay", 20, text)
    yield 100


def layer_in_list(name):
    """Click on a layer in Krita's own list."""
    main = bench.window().qwindow()
    dock = next(d for d in main.findChildren(QDockWidget) if d.objectName() == "KisLayerBox")
    view = next(v for v in dock.findChildren(QAbstractItemView) if v.isVisible() and v.model())
    index = _find(view.model(), name)
    assert index is not None, name
    view.scrollTo(index)
    yield 200
    box = view.visualRect(index)
    at = view.viewport().mapToGlobal(QPoint(box.left() + 90, box.center().y()))
    yield from guide.click_at(at.x(), at.y())
    document = bench.controller().host.document
    yield lambda: document.activeNode() is not None and document.activeNode().name() == name


def _find(model, name, parent=None):
    from PyQt5.QtCore import QModelIndex

    parent = parent or QModelIndex()
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        if str(index.data()) == name:
            return index
        deeper = _find(model, name, index)
        if deeper is not None:
            return deeper
    return None


def tool_is(name):
    """Whether Krita's toolbox shows this tool as taken."""
    main = bench.window().qwindow()
    box = next(d for d in main.findChildren(QDockWidget) if d.objectName() == "ToolBox")
    return next(b.isChecked() for b in box.findChildren(QToolButton) if b.objectName() == name)


def computed():
    """Wait for a result to look at."""
    yield lambda: desk().session.stage in ("done", "failed", "stale")
    assert desk().session.stage != "failed", repr(desk().session.failure)
    yield 200


def applied(document, count):
    """Wait until the document has this many layers more, and Krita has rest."""
    yield lambda: desk().session.stage == "applied"
    yield lambda: len(layers(document)) == count
    yield from bench.settled(document)


def layers(document):
    """Top-level layers from bottom to top; Krita counts the selection among them."""
    return [one for one in document.rootNode().childNodes() if "mask" not in one.type()]
