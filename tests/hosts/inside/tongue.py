# SPDX-License-Identifier: Apache-2.0
"""The panel in the artist's language: which one it found, what it says, and whether every sign can be drawn."""

import bench
import guide
from krita import Krita
from PyQt5.QtGui import QFontMetrics
from PyQt5.QtWidgets import QApplication, QLabel, QWidget


def run(facts, args):
    from pullbrush import guard

    document = Krita.instance().openDocument(args["picture"])
    yield from bench.show(document)
    yield from guide.make_room()
    bench.window().activeView().canvas().setZoomLevel(2.0)
    controller = bench.controller()
    if args["engine"]:
        yield lambda: controller.engine.ready and controller.engine.models
    yield 500
    facts["language"] = controller.strings.language
    panel = next(w for w in QApplication.allWidgets() if type(w).__name__ == "Frame")
    facts["texts"], facts["missing"], facts["cut"] = [], "", []
    for widget in panel.findChildren(QWidget):
        text = getattr(widget, "text", None)
        if text is None or not widget.isVisibleTo(panel) or not (said := text()):
            continue
        facts["texts"].append(said)
        metrics = QFontMetrics(widget.font())
        facts["missing"] += "".join(c for c in said if c > " " and not metrics.inFontUcs4(ord(c)))
        if isinstance(widget, QLabel) and not widget.wordWrap():
            continue  # shortened with dots on purpose
        if widget.width() < widget.minimumSizeHint().width():
            facts["cut"].append(said)
    guide.shot(f"tongue-{facts['language']}")
    facts["problems"] = list(guard.problems)
