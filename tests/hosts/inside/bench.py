# SPDX-License-Identifier: Apache-2.0
"""What tests inside Krita share: pictures, layers, history, and waiting for the plug-in."""

import hashlib

from krita import Krita
from PyQt5.QtCore import QAbstractItemModel
from PyQt5.QtWidgets import QAbstractItemView, QDockWidget


def window():
    return Krita.instance().activeWindow()


def controller():
    from pullbrush.extension import extension

    return extension.controllers[0]


def show(document):
    """Put a document before the artist; yields until the plug-in has seen it."""
    document.setBatchmode(True)
    window().addView(document)
    yield lambda: document.activeNode() is not None
    yield lambda: controller().host is not None and controller().host.document == document


def look_at(zoom, degrees, mirror):
    """Show the picture so, and wait until Krita has drawn it."""
    canvas = window().activeView().canvas()
    canvas.setZoomLevel(zoom)
    canvas.setRotation(degrees)
    canvas.setMirror(mirror)
    yield 500


def new(width, height, model="RGBA", depth="U8", profile=""):
    return Krita.instance().createDocument(width, height, "test", model, depth, profile, 72.0)


def add_layer(document, name, data, rect):
    node = document.createNode(name, "paintlayer")
    node.setPixelData(data, *rect)
    document.rootNode().addChildNode(node, None)
    return node


REST = 400
"""Milliseconds between the last change of a layer and the end of its document: four times what Krita's list waits.

Krita's list of layers remembers changed ones by their bare address for 100 ms, and does not forget them when their
document goes (KisNodeModel::processUpdateQueue, in 5.1 and still today): a document closed within that time crashes
Krita. Changes come from other threads too, so that these must have ended before the rest begins.
"""


def settled(document):
    """Wait until nothing changes any more, and Krita's list of layers has looked at what did."""
    document.waitForDone()
    yield REST


def close(document):
    """Close without being asked; only after `settled`."""
    document.setModified(False)
    document.close()


def names(document):
    """Top level from bottom to top."""
    return [node.name() for node in document.rootNode().childNodes()]


def node(document, key):
    return next(n for n in document.rootNode().childNodes() if key in n.uniqueId().toString())


def digest(node, rect):
    return hashlib.sha256(node.pixelData(*rect).data()).hexdigest()


def undo():
    Krita.instance().action("edit_undo").trigger()


def redo():
    Krita.instance().action("edit_redo").trigger()


def _history_view():
    dock = next(
        d for d in window().qwindow().findChildren(QDockWidget) if d.objectName() == "History"
    )
    return next(v for v in dock.findChildren(QAbstractItemView) if v.model() is not None)


def steps():
    """How many steps can be undone; the history also lists those that were undone."""
    return _history_view().currentIndex().row()


def history():
    """Texts of Krita's undo history."""
    model: QAbstractItemModel = _history_view().model()
    return [model.data(model.index(i, 0)) for i in range(model.rowCount())]


def speak_protocol():
    """Let the tests' own files say `protocol` for what the plug-in carries, in this process only."""
    from fakes.carried import reverse

    reverse()
