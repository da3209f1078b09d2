# SPDX-License-Identifier: Apache-2.0
"""Runs one test inside Krita: a generator whose yields are waits, so that Krita's own event loop runs in between.

`yield 50` waits milliseconds; `yield condition` waits until the function returns something true, 200 s at most.
The result goes to the file that E2E_RESULT names; then Krita is closed the way an artist closes it.
"""

import importlib.util
import json
import os
import sys
import time
import traceback
from pathlib import Path

from krita import Extension, Krita
from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import QApplication, QDialog, QMessageBox

PATIENCE_S = float(os.environ.get("E2E_PATIENCE", "200"))
HERE = str(Path(os.environ.get("E2E_TEST", "")).parent)


class Driver(Extension):
    def setup(self):
        self.started = False
        notifier = Krita.instance().notifier()
        notifier.setActive(True)
        notifier.windowCreated.connect(self.begin)

    def createActions(self, window):
        pass

    def begin(self):
        if self.started or not os.environ.get("E2E_TEST"):
            return
        self.started = True
        self.facts = {}
        self.steps = None
        self.condition = None
        self.since = time.monotonic()
        QTimer.singleShot(300, self.load)

    def load(self):
        try:
            sys.path[:0] = [HERE, *filter(None, os.environ.get("E2E_PATH", "").split(os.pathsep))]
            spec = importlib.util.spec_from_file_location("e2e_test", os.environ["E2E_TEST"])
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            self.steps = module.run(self.facts, json.loads(os.environ.get("E2E_ARGS", "{}")))
        except BaseException:
            self.finish(traceback.format_exc())
            return
        self.step()

    def step(self):
        try:
            for dialog in dialogs():
                raise AssertionError("a dialog opened: " + dialog)
            if self.condition is not None:
                if not self.condition():
                    if time.monotonic() - self.since > PATIENCE_S:
                        raise AssertionError(f"waited in vain at {where(self.steps)}")
                    QTimer.singleShot(10, self.step)
                    return
                self.condition = None
            wanted = next(self.steps)
        except StopIteration:
            self.finish(None)
            return
        except BaseException:
            self.finish(traceback.format_exc())
            return
        self.since = time.monotonic()
        if callable(wanted):
            self.condition = wanted
            QTimer.singleShot(0, self.step)
        else:
            QTimer.singleShot(int(wanted), self.step)

    def finish(self, problem):
        if problem and os.environ.get("E2E_SHOTS"):
            window = Krita.instance().activeWindow()
            if window is not None:
                window.qwindow().grab().save(str(Path(os.environ["E2E_SHOTS"]) / "failed.png"))
        place = Path(os.environ["E2E_RESULT"])
        told = {"ok": problem is None, "problem": problem, "facts": self.facts}
        place.with_suffix(".new").write_text(json.dumps(told))
        place.with_suffix(".new").replace(place)
        for document in Krita.instance().documents():
            document.waitForDone()
        QTimer.singleShot(400, self.leave)  # see REST in inside/bench.py

    def leave(self):
        Krita.instance().setBatchmode(True)
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible():
                widget.close()
        for document in Krita.instance().documents():
            document.setModified(False)
            document.close()
        QTimer.singleShot(200, lambda: Krita.instance().action("file_quit").trigger())


def where(steps):
    """File, function and line at which a generator waits, inside those it waits for."""
    while getattr(steps, "gi_yieldfrom", None) is not None:
        steps = steps.gi_yieldfrom
    code = steps.gi_code
    return f"{Path(code.co_filename).name}, {code.co_name}, line {steps.gi_frame.f_lineno}"


def dialogs():
    for widget in QApplication.topLevelWidgets():
        if widget.isVisible() and (
            isinstance(widget, QMessageBox) or type(widget).__name__ == "ExceptHookDialog"
        ):
            text = getattr(widget, "text", lambda: "")()
            yield type(widget).__name__ + " " + widget.windowTitle() + " " + str(text)


Krita.instance().addExtension(Driver(Krita.instance()))
