# SPDX-License-Identifier: Apache-2.0
"""A pull that is watched: frames on the canvas, a target moved meanwhile, Stop, another frame, Apply, and again."""

import hashlib
import time
from pathlib import Path

import bench
import guide
from krita import Krita
from PyQt5.QtCore import QPoint
from PyQt5.QtWidgets import QApplication

WHITE = 0xFFFFFF


class Watch:
    """What was seen of a run, looked at every few milliseconds: frames, pictures, handles, phases."""

    def __init__(self, facts, name, patience):
        self.seen = facts.setdefault(name, {})
        self.seen |= {"frames": [], "pictures": [], "handles": [], "dots": [], "phases": []}
        self.patience, self.began = patience, time.monotonic()

    def until(self, good):
        while not good():
            session = bench.controller().desk.session
            assert session.stage != "failed", session.failure
            assert time.monotonic() - self.began < self.patience, (session.stage, self.seen)
            self.look(session)
            yield 15

    def has(self, count):
        """Whether so many frames were seen, and a handle moved."""
        handles = self.seen["handles"]
        return len(handles) >= count and handles[-1] != handles[0]

    def look(self, session):
        if (phase := session.progress.phase) not in self.seen["phases"]:
            self.seen["phases"].append(phase)
        frame, preview = session.status.shown_frame, bench.controller().preview
        if frame < 0 or preview is None or frame in self.seen["frames"]:
            return
        self.seen["frames"].append(frame)
        self.seen["pictures"].append(digest(preview.image))
        handles = session.progress.handles
        self.seen["handles"].append([tuple(place) for place in handles])
        self.seen["dots"].append(all(is_dot(place) for place in handles))


def digest(image):
    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    return hashlib.sha256(bytes(bits)).hexdigest()


def is_dot(place):
    """Whether the overlay, as it is painted now, has the handle's dot at a place in the document."""
    from pullbrush.mapping import image_to_widget, to_widget

    view = bench.controller().canvas()
    sheet = next(w for w in view.widget.children() if w.objectName() == "pullbrush_overlay")
    sheet.follow(image_to_widget(view))
    at = to_widget(image_to_widget(view), place)
    return sheet.grab().toImage().pixel(QPoint(round(at.x()), round(at.y()))) & WHITE == WHITE


def button(name):
    """A button of the docker, by its name in the panel's code."""
    panels = (w for w in QApplication.allWidgets() if type(w).__name__ == "StateBox")
    box = next(panel for panel in panels if panel.isVisible())
    return getattr(box, name)


def last(document):
    return document.rootNode().childNodes()[-1]


def run(facts, args):
    from pullbrush import guard
    from pullbrush.pen import pen_of

    document = Krita.instance().openDocument(args["picture"])
    yield from bench.show(document)
    yield from guide.make_room()
    controller = bench.controller()
    yield lambda: controller.engine.ready and controller.engine.models
    desk = controller.desk
    desk.auto_run, desk.seed_locked = False, True
    desk.choose_edit("drag-gan")
    for name, value in args["params"].items():
        desk.set(name, value)
    facts["model"] = desk.panel.value("model")
    bench.window().activeView().canvas().setZoomLevel(2.5)
    pen_of(controller).take(True)
    base = document.activeNode()
    whole = (0, 0, document.width(), document.height())
    before, was, steps = bench.digest(base, whole), bench.names(document), bench.history()
    for way in args["drags"]:
        yield from guide.pull(*[tuple(point) for point in way])
    facts["drags"] = desk.drags.now.plain()
    yield from guide.aside()

    yield from steered(facts, args, desk)
    yield from stopped(facts, args, desk)
    yield from another_frame(facts, args, desk)
    facts["untouched"] = bench.names(document) == was and bench.history() == steps
    yield from applied(facts, args, document, desk)
    facts["added"] = bench.history()[len(steps) :]
    facts["source_same"] = bench.digest(base, whole) == before
    yield from guide.hand("key", "ctrl+z")
    yield lambda: bench.names(document) == was
    yield from guide.hand("key", "ctrl+shift+z")
    yield lambda: bench.names(document) == facts["names"]

    document.saveAs(args["kra"])
    yield from bench.settled(document)
    document.close()
    yield lambda: controller.desk is None
    yield from again(facts, args, controller)
    facts["problems"] = list(guard.problems)


def started():
    bench.controller().canvas().widget.setFocus()
    yield from guide.hand("key", "shift+Return")


def steered(facts, args, desk):
    """The last target is moved by a key after two frames; it goes on from there until a handle moved, then Escape."""
    watch = Watch(facts, "steered", args["patience"])
    yield from started()
    yield from watch.until(lambda: len(watch.seen["frames"]) >= 2)
    bench.controller().canvas().widget.setFocus()
    (job,) = (one.id for one in desk.session.artifacts.jobs.open.values() if one.task == "edit")
    yield from guide.hand("key", "shift+Down")
    yield lambda: desk.drags.now.plain() != facts["drags"]
    facts["target"] = desk.drags.now.plain()[-1][-1]
    known = len(watch.seen["frames"])
    yield from watch.until(lambda: watch.has(known + args["more"]))
    (edit,) = (one for one in desk.session.artifacts.jobs.open.values() if one.task == "edit")
    facts["taken_over"] = [edit.id == job, edit.caught_up, edit.request.params["drags"][-1][-1]]
    guide.shot("live-pull")
    yield from guide.hand("key", "Escape")
    yield lambda: not desk.status.busy
    desk.undo_drag()


def stopped(facts, args, desk):
    """Stop, by the docker's button: the frame that is seen becomes the result."""
    assert desk.drags.now.plain() == facts["drags"]
    watch = Watch(facts, "stopped", args["patience"])
    yield from started()
    yield from watch.until(lambda: len(watch.seen["frames"]) >= 4)
    button("stop").click()
    facts["kept"] = desk.panel.value("frame")
    yield from watch.until(lambda: desk.session.outcome is not None and not desk.status.busy)
    outcome = desk.session.outcome
    facts["frame"], facts["frames"] = outcome.metrics["frame"], desk.session.artifacts.frames
    facts["final"] = "film.bin" in outcome.recipe.attachments
    facts["stop_pixels"] = pixels_of(outcome)


def another_frame(facts, args, desk):
    """Frame takes an earlier one, then the one that was seen, out of the film; nothing is pulled."""
    watch = Watch(facts, "chosen", args["patience"])
    for name, frame in (("earlier_pixels", args["frame"]), ("again_pixels", facts["kept"])):
        yield from chosen(watch, desk, frame)
        facts[name] = pixels_of(desk.session.outcome)
    yield from chosen(watch, desk, args["frame"])


def chosen(watch, desk, frame):
    desk.set("frame", frame)
    yield from watch.until(
        lambda: desk.session.outcome and desk.session.outcome.params["frame"] == frame
    )
    yield from watch.until(lambda: not desk.status.busy)
    assert desk.session.outcome.metrics["frame"] == frame


def pixels_of(outcome):
    return hashlib.sha256(bytes(outcome.layers[0].pixels.data)).hexdigest()


def applied(facts, args, document, desk):
    """Enter: one layer, its bytes into a file."""
    yield from guide.applied()
    facts["names"] = bench.names(document)
    (outcome,) = desk.session.applied
    facts["rect"] = list(outcome.layers[0].pixels.rect)
    Path(args["dump"]).write_bytes(last(document).pixelData(*facts["rect"]).data())


def again(facts, args, controller):
    """The reopened document offers the same frames, and gives one without a pull."""
    document = Krita.instance().openDocument(args["kra"])
    yield from bench.show(document)
    desk = controller.desk
    desk.auto_run = False
    document.setActiveNode(last(document))
    yield lambda: document.activeNode().name() == facts["names"][-1]
    desk.look()
    facts["took_up"], facts["notice"] = desk.edit_again(""), desk.notice
    facts["frames_again"] = desk.session.artifacts.frames
    watch = Watch(facts, "reopened", args["patience"])
    yield from chosen(watch, desk, facts["kept"])
    facts["reopened_pixels"] = pixels_of(desk.session.outcome)
    desk.discard()
