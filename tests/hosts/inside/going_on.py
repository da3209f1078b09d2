# SPDX-License-Identifier: Apache-2.0
"""A second drag on a result in Krita: what is seen is edited, and undo takes the results away one by one."""

import bench

SIDE = 64


def desk_on_paper():
    """A document with one opaque layer, and a desk for it whose engine does what the test says."""
    from fakes.connection import ScriptedConnection
    from pullbrush.protocol.plugin.document.document_controller import DocumentController
    from pullbrush.protocol.plugin.engine import Engine

    document = bench.new(SIDE, SIDE)
    for node in document.rootNode().childNodes():
        node.remove()
    data = bytes(v for i in range(SIDE * SIDE) for v in (i % 251, i // SIDE, 90, 255))
    paper = bench.add_layer(document, "Paper", data, (0, 0, SIDE, SIDE))
    yield from bench.show(document)
    document.setActiveNode(paper)
    yield 150
    host, net = bench.controller().host, ScriptedConnection()
    desk = DocumentController(host, Engine(net), notes=host)
    desk.auto_run = False
    return document, desk, net


def ticks(desk, count):
    for _ in range(count):
        desk.tick()
        yield 20


def edit(desk, net, drag, placement="over"):
    """Draw, run, apply; returns place and pixels of what it was made of."""
    from pullbrush.protocol.plugin.drags import DragList

    before = len(desk.session.applied)
    desk.look()
    desk.set_drags(DragList().add(*drag))
    desk.run()
    yield from ticks(desk, 6)
    job = net.last("edit")
    net.done(job, placement=placement, opaque=True)
    yield from ticks(desk, 3)
    desk.apply()
    yield from ticks(desk, 3)
    assert len(desk.session.applied) == before + 1, desk.error
    yield bench.REST
    return job.image("source").rect, net.source(job)


def run(facts, args):
    bench.speak_protocol()
    from pullbrush import guard

    document, desk, net = yield from desk_on_paper()
    rect, first = yield from edit(desk, net, ((20.0, 20.0), (30.0, 24.0)))
    desk.start_over()
    steps = len(bench.history())
    place, second = yield from edit(desk, net, ((22.0, 22.0), (26.0, 23.0)))
    facts["steps"] = len(bench.history()) - steps
    facts["went_on"] = pixel(rect, first, 24, 22, inverted=True) == pixel(place, second, 24, 22)
    facts["composed"] = second == composed(document, place)
    key = document.rootNode().childNodes()[2].uniqueId().toString().strip("{}")
    facts["lineage"] = len(bench.controller().host.lineage_of(key).split(" "))
    desk.start_over()
    yield from edit(desk, net, ((24.0, 24.0), (28.0, 25.0)), "instead")
    yield from covered(facts, document, desk)
    desk.close()
    yield from bench.settled(document)
    bench.close(document)
    yield 100
    facts["problems"] = list(guard.problems)


def covered(facts, document, desk):
    """A full copy hides all it was made of, says so of them, and undo shows them again."""
    facts["hidden"] = [node.visible() for node in document.rootNode().childNodes()]
    document.setActiveNode(document.rootNode().childNodes()[0])
    yield 200
    desk.start_over()
    desk.look()
    facts["covered"] = bool(desk.source.cover)
    bench.undo()
    yield bench.REST
    bench.controller().host.look()
    yield 200
    facts["shown_again"] = [node.visible() for node in document.rootNode().childNodes()]


def pixel(rect, data, x, y, inverted=False):
    at = ((y - rect[1]) * rect[2] + x - rect[0]) * 4
    found = data[at : at + 3]
    return bytes(255 - value for value in found) if inverted else bytes(found)


def composed(document, rect):
    """What Krita itself composed of paper and first result there, before the second one came."""
    top = document.rootNode().childNodes()[2]
    top.setVisible(False)
    document.refreshProjection()
    data = document.pixelData(*rect).data()
    top.setVisible(True)
    document.refreshProjection()
    return data
