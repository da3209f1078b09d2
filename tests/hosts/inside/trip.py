# SPDX-License-Identifier: Apache-2.0
"""Krita's part of a trip through both programs: an edit that is saved as .ora, and results that come back."""

from pathlib import Path

import bench
from krita import Krita


def run(facts, args):
    from pullbrush import guard

    document = Krita.instance().openDocument(args["file"])
    yield from bench.show(document)
    controller = bench.controller()
    yield lambda: controller.engine.ready and controller.engine.models
    controller.desk.auto_run = False
    facts["layers"] = bench.names(document)
    if args["ora"]:
        yield from begin(facts, args, controller, document)
    else:
        facts["again"] = {}
        for name in facts["layers"]:
            yield from again(facts, args, controller, document, name)
    yield from bench.settled(document)
    bench.close(document)
    yield 100
    facts["problems"] = list(guard.problems)


def begin(facts, args, controller, document):
    """The first edit, and the file with its recipe."""
    from pullbrush.protocol.plugin.drags import DragList

    desk = controller.desk
    desk.choose_edit("drag")
    for name, value in args["params"].items():
        desk.set(name, value)
    desk.set_drags(DragList.of(args["drags"]))
    yield from computed(desk)
    desk.apply()
    yield lambda: desk.session.stage == "applied"
    yield from bench.settled(document)
    facts["layers"] = bench.names(document)
    (outcome,) = desk.session.applied
    facts["made"] = dump(outcome.layers[-1].pixels, args["dump"])
    facts["saved"] = controller.seat.save_ora(Path(args["ora"]))


def again(facts, args, controller, document, name):
    """Take a result up once more as it is: what the layer holds, and what is computed now."""
    if "[Pullbrush]" not in name:
        return
    node, desk = document.nodeByName(name), controller.desk
    document.setActiveNode(node)
    yield lambda: document.activeNode().name() == name
    yield 300
    desk.look()
    found = facts["again"][name] = {"took_up": desk.edit_again("")}
    found["notice"], found["drags"] = desk.notice, desk.drags.now.plain()
    yield from computed(desk)
    fresh = desk.session.outcome.layers[-1].pixels
    place = Path(args["dump"]).with_suffix(f".{len(facts['again'])}")
    found["fresh"] = dump(fresh, f"{place}.fresh")
    found["layer"] = [*fresh.rect, "bgra", f"{place}.layer"]
    Path(f"{place}.layer").write_bytes(node.pixelData(*fresh.rect).data())
    desk.discard()
    desk.start_over()
    yield 100


def computed(desk):
    yield lambda: not desk.status.grey
    desk.run()
    yield lambda: desk.session.stage in ("done", "failed")
    assert desk.session.stage == "done", repr(desk.session.failure)


def dump(pixels, place):
    """Leave the bytes for the test outside; returns place, order of channels, and where they are."""
    Path(place).write_bytes(bytes(pixels.data))
    return [*pixels.rect, pixels.order, str(place)]
