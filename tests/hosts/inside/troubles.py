# SPDX-License-Identifier: Apache-2.0
"""With the real engine: stopped on the way, the engine killed on the way, the document closed on the way."""

import json
import os
import signal
import time
from pathlib import Path

import bench
from krita import Krita


def run(facts, args):
    from pullbrush import guard
    from pullbrush.protocol.plugin.drags import DragList

    def drags(dx):
        return DragList.of([[(120.0, 90.0), (150.0 + dx, 80.0)]])

    document = Krita.instance().openDocument(args["picture"])
    yield from bench.show(document)
    controller = bench.controller()
    yield lambda: controller.engine.ready and controller.engine.models
    began_engine = time.monotonic()
    desk = controller.desk
    desk.auto_run = False
    desk.choose_edit("drag")
    desk.set("preset", "quick")
    desk.set_drags(drags(0))
    was = bench.names(document)

    desk.run()
    yield lambda: desk.session.stage == "running" and desk.session.progress.step >= 1
    began = time.monotonic()
    desk.cancel()
    facts["stopping"] = desk.session.stage
    yield lambda: desk.session.stage == "ready"
    facts["cancel_ms"] = round(1000 * (time.monotonic() - began))
    assert bench.names(document) == was
    assert desk.session.outcome is None

    yield (
        lambda: time.monotonic() - began_engine > 21
    )  # an engine gets this long before another one
    desk.run()
    yield lambda: desk.session.stage == "running" and desk.session.progress.step >= 1
    session = Path(os.environ["PULLBRUSH_SESSION"])
    first = json.loads(session.read_text())["pid"]
    os.kill(first, signal.SIGKILL)
    yield lambda: not controller.engine.ready
    facts["lost"] = [desk.session.stage, controller.engine_state.kind]
    began = time.monotonic()
    yield lambda: controller.engine.ready
    facts["back_s"] = round(time.monotonic() - began, 1)
    facts["another"] = json.loads(session.read_text())["pid"] != first
    yield lambda: desk.session.stage in ("done", "failed")
    facts["after"] = [desk.session.stage, repr(desk.session.failure)]
    facts["messages"] = [level for level, _ in controller.messages]
    desk.apply()
    yield lambda: desk.session.stage == "applied"
    assert len(bench.names(document)) == len(was) + 1
    yield from bench.settled(document)

    desk.set_drags(drags(5))
    desk.run()
    yield lambda: desk.session.stage == "running"
    bench.close(document)
    yield lambda: controller.desk is None and desk.session.stage != "running"
    facts["closed"] = desk.session.stage
    yield 500
    facts["desks"] = len(controller.desks)
    facts["problems"] = list(guard.problems)
