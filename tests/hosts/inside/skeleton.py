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


def run(facts, args):
    from pullbrush import guard

    document = Krita.instance().openDocument(args["picture"])
    yield from bench.show(document)
    controller = bench.controller()
    yield lambda: controller.engine_state.kind == "starting" or controller.engine.ready
    facts["started_here"] = controller.engine_state.kind
    yield lambda: controller.engine.ready and controller.engine.models
    desk = controller.desk
    facts["profile"] = controller.host.extent_and_profile().profile
    desk.auto_run = False
    desk.choose_edit("drag")
    for name, value in args["params"].items():
        desk.set(name, value)
    from pullbrush.protocol.plugin.drags import DragList

    base = document.activeNode()
    whole = (0, 0, document.width(), document.height())
    before, was = bench.digest(base, whole), bench.names(document)
    nearly = [[way[0], [way[1][0] - 3, way[1][1]]] for way in args["drags"]]
    desk.set_drags(DragList.of([[tuple(p) for p in way] for way in nearly]))
    yield lambda: desk.session.stage == "ready"
    began = time.monotonic()
    desk.set_drags(DragList.of([[tuple(p) for p in way] for way in args["drags"]]))
    yield lambda: controller.preview is not None
    facts["warp_ms"] = round(1000 * (time.monotonic() - began))
    yield 300
    shot("preview")
    facts["modified_by_preview"] = bench.names(document) != was
    steps = bench.history()
    began = time.monotonic()
    desk.run()
    yield lambda: desk.session.stage in ("done", "failed")
    facts["stage"], facts["seconds"] = desk.session.stage, round(time.monotonic() - began, 1)
    facts["failure"] = repr(desk.session.failure)
    assert desk.session.stage == "done", facts
    shot("done")
    desk.apply()
    yield lambda: desk.session.stage == "applied"
    yield 500
    shot("applied")
    assert controller.preview is None
    facts["names"], facts["steps"] = bench.names(document), bench.history()[len(steps) :]
    layer = document.rootNode().childNodes()[-1]
    (outcome,) = desk.session.applied
    rect = outcome.layers[0].pixels.rect
    facts["rect"], facts["seed"] = list(rect), outcome.seed
    Path(args["dump"]).write_bytes(layer.pixelData(*rect).data())
    facts["source_same"] = bench.digest(base, whole) == before
    facts["recipe"] = outcome.recipe.id

    bench.undo()
    yield lambda: bench.names(document) == was
    facts["undone"] = bench.digest(base, whole) == before
    bench.redo()
    yield lambda: bench.names(document) == facts["names"]
    redone = document.rootNode().childNodes()[-1]
    facts["redone"] = redone.pixelData(*rect).data() == Path(args["dump"]).read_bytes()

    document.saveAs(args["kra"])
    document.close()
    yield lambda: controller.desk is None
    again = Krita.instance().openDocument(args["kra"])
    yield from bench.show(again)
    desk = controller.desk
    facts["history"] = len(desk.history.entries)
    again.setActiveNode(again.rootNode().childNodes()[-1])
    yield lambda: again.activeNode().name() == facts["names"][-1]
    desk.look()
    facts["took_up"] = desk.edit_again("")
    facts["notice"] = desk.notice
    facts["drags_again"] = desk.drags.now.plain()
    desk.run()
    yield lambda: desk.session.stage in ("done", "failed")
    (fresh,) = desk.session.outcome.layers
    facts["same_again"] = fresh.pixels.data == outcome.layers[0].pixels.data
    desk.set_drags(DragList.of([[tuple(p) for p in way] for way in nearly]))
    desk.apply()
    yield lambda: desk.session.stage in ("applied", "failed")
    yield 500
    facts["names_again"] = bench.names(again)
    facts["visible"] = [n.visible() for n in again.rootNode().childNodes()]
    bench.undo()
    yield lambda: bench.names(again) == facts["names"]
    yield lambda: all(n.visible() for n in again.rootNode().childNodes())
    facts["problems"] = list(guard.problems)
