# SPDX-License-Identifier: Apache-2.0
"""From a drag to a layer, by the real engine that the plug-in starts itself; then undo, save, reopen, again."""

import os
import time
from pathlib import Path

import bench
from krita import Krita

SHOTS = Path(os.environ["E2E_SHOTS"])


def shot(name):
    bench.window().qwindow().grab().save(str(SHOTS / f"{name}.png"))


def ways(args, less=0):
    """The drags of the test as the desk takes them, their ends `less` pixels to the left."""
    from pullbrush.protocol.plugin.drags import DragList

    return DragList.of([[tuple(a), (b[0] - less, b[1])] for a, b in args["drags"]])


def last(document):
    return document.rootNode().childNodes()[-1]


def run(facts, args):
    from pullbrush import guard

    document = Krita.instance().openDocument(args["picture"])
    yield from bench.show(document)
    controller = bench.controller()
    yield lambda: controller.engine_state.kind == "starting" or controller.engine.ready
    facts["started_here"] = controller.engine_state.kind
    yield lambda: controller.engine.ready and controller.engine.models
    base = document.activeNode()
    whole = (0, 0, document.width(), document.height())
    before, was = bench.digest(base, whole), bench.names(document)

    yield from preview_and_run(facts, args, controller, document)
    yield from apply(facts, args, controller, document)
    outcome = controller.desk.session.applied[0]
    facts["source_same"] = bench.digest(base, whole) == before

    bench.undo()
    yield lambda: bench.names(document) == was
    facts["undone"] = bench.digest(base, whole) == before
    bench.redo()
    yield lambda: bench.names(document) == facts["names"]
    redone = last(document).pixelData(*facts["rect"]).data()
    facts["redone"] = redone == Path(args["dump"]).read_bytes()

    document.saveAs(args["kra"])
    yield from bench.settled(document)
    document.close()
    yield lambda: controller.desk is None
    yield from again(facts, args, controller, outcome)
    facts["problems"] = list(guard.problems)


def preview_and_run(facts, args, controller, document):
    """The preview bends with the drags and is not in the document; then the model computes."""
    desk, was = controller.desk, bench.names(document)
    facts["profile"] = controller.host.extent_and_profile().profile
    desk.auto_run = False
    desk.choose_edit("drag")
    for name, value in args["params"].items():
        desk.set(name, value)
    desk.set_drags(ways(args, less=3))
    yield lambda: desk.session.stage == "ready"
    began = time.monotonic()
    desk.set_drags(ways(args))
    yield lambda: controller.preview is not None
    facts["warp_ms"] = round(1000 * (time.monotonic() - began))
    yield 300
    shot("preview")
    facts["modified_by_preview"] = bench.names(document) != was
    began = time.monotonic()
    desk.run()
    yield lambda: desk.session.stage in ("done", "failed")
    facts["stage"], facts["seconds"] = desk.session.stage, round(time.monotonic() - began, 1)
    facts["failure"] = repr(desk.session.failure)
    assert desk.session.stage == "done", facts
    shot("done")


def apply(facts, args, controller, document):
    """One layer, one step, and its bytes into a file for the test outside."""
    desk, steps = controller.desk, bench.history()
    desk.apply()
    yield lambda: desk.session.stage == "applied"
    yield 500
    shot("applied")
    assert controller.preview is None
    facts["names"], facts["steps"] = bench.names(document), bench.history()[len(steps) :]
    (outcome,) = desk.session.applied
    facts["rect"], facts["seed"] = list(outcome.layers[0].pixels.rect), outcome.seed
    Path(args["dump"]).write_bytes(last(document).pixelData(*facts["rect"]).data())
    facts["recipe"] = outcome.recipe.id


def again(facts, args, controller, outcome):
    """The reopened document still knows how its result was made; another one takes its place."""
    document = Krita.instance().openDocument(args["kra"])
    yield from bench.show(document)
    desk = controller.desk
    facts["history"] = len(desk.results.history.entries)
    document.setActiveNode(last(document))
    yield lambda: document.activeNode().name() == facts["names"][-1]
    desk.look()
    facts["took_up"] = desk.edit_again("")
    facts["notice"] = desk.notice
    facts["drags_again"] = desk.drags.now.plain()
    desk.run()
    yield lambda: desk.session.stage in ("done", "failed")
    (fresh,) = desk.session.outcome.layers
    facts["same_again"] = fresh.pixels.data == outcome.layers[0].pixels.data
    desk.set_drags(ways(args, less=3))
    desk.apply()
    yield lambda: desk.session.stage in ("applied", "failed")
    yield 500
    facts["names_again"] = bench.names(document)
    facts["visible"] = [n.visible() for n in document.rootNode().childNodes()]
    bench.undo()
    yield lambda: bench.names(document) == facts["names"]
    yield lambda: all(n.visible() for n in document.rootNode().childNodes())
