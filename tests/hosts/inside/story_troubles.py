# SPDX-License-Identifier: Apache-2.0
"""An artist's afternoon in Krita: alpha, a group, 16 bit; cropped, painted on and closed while it computes."""

import bench
import guide
import story_hands as hands
from krita import Krita

SIDE = 160
RED, BLUE = (36, 40, 40, 40), (100, 90, 36, 36)
"""Two shapes on nothing."""


def run(facts, args):
    from pullbrush import guard

    main = bench.window().qwindow()
    main.move(0, 0)
    main.resize(1600, 1000)
    main.activateWindow()
    for name, story in (
        ("alpha", alpha_layer), ("group", in_a_group), ("deep", sixteen_bit), ("cropped", cropped),
        ("painted", painted), ("closed", closed),
    ):  # fmt: skip
        facts[name] = {}
        yield from story(facts[name], args)
    facts["problems"] = list(guard.problems)


# ---- documents


def opened(document):
    """A document before the artist, with the pointer on it."""
    yield from bench.show(document)
    controller = bench.controller()
    yield lambda: controller.engine.ready and controller.engine.models
    hands.desk().set("preset", "quick")
    hands.desk().set("method", "warp")  # so that the story takes minutes, not an hour
    yield from hands.over((SIDE / 2, SIDE / 2))


def shapes(depth="U8", group=""):
    """Two shapes on a layer with transparency, in a group if it has a name."""
    document = bench.new(SIDE, SIDE, depth=depth)
    for node in document.rootNode().childNodes():
        node.remove()
    bytes_each = 2 if depth == "U16" else 1
    layer = document.createNode("Shapes", "paintlayer")
    for (x, y, w, h), color in ((RED, (30, 40, 220, 255)), (BLUE, (220, 80, 30, 200))):
        pixel = b"".join(bytes([value]) * bytes_each for value in color)
        layer.setPixelData(pixel * (w * h), x, y, w, h)
    parent = document.rootNode()
    if group:
        parent = document.createGroupLayer(group)
        document.rootNode().addChildNode(parent, None)
    parent.addChildNode(layer, None)
    yield from opened(document)
    document.setActiveNode(layer)
    yield lambda: document.activeNode() is not None and document.activeNode().name() == "Shapes"
    yield 400  # until the plug-in has looked
    return document, layer


def scene(args):
    document = Krita.instance().openDocument(args["picture"])
    yield from opened(document)
    return document


def drag(start, end):
    """Take the pen, pull, and see the preview."""
    if not hands.pen().is_on:
        yield from hands.click(hands.panel().canvas_bar.on)
    yield lambda: hands.pen().is_on
    yield from guide.pull(start, end)
    yield lambda: hands.desk().session.stage not in ("empty", "ready")


def left(document):
    yield from bench.settled(document)
    bench.close(document)
    yield lambda: bench.controller().desk is None
    yield 200


def box_of(node):
    box = node.bounds()
    return [box.x(), box.y(), box.width(), box.height()]


# ---- what is edited


def alpha_layer(facts, args):
    """One of two shapes is selected and moved; the other one is still there, in one layer that can be undone."""
    document, layer = yield from shapes()
    before = bench.digest(layer, BLUE)
    panel = hands.panel()
    x, y, w, h = RED
    yield from hands.keys("ctrl+r")
    yield lambda: hands.tool_is("KisToolSelectRectangular")
    yield from guide.pull((x - 4, y - 4), (x + w + 4, y + h + 4))
    yield lambda: hands.desk().source.selection is not None
    yield from hands.choose(panel.edits, "Move")
    hands.desk().set("preset", "quick")
    hands.desk().set("method", "warp")
    yield from hands.click(panel.canvas_bar.on)
    yield lambda: hands.pen().is_on and bench.controller().preview is None
    bx, by, bw, bh = BLUE
    facts["half_before"] = hands.color((bx + bw / 2, by + bh / 2))
    yield from guide.pull((x + w / 2, y + h / 2), (x + w / 2 + 30, y + h / 2 - 20))
    yield from hands.computed()
    yield 400  # a few frames
    facts["half_seen"] = hands.color((bx + bw / 2, by + bh / 2))
    facts["old_place"] = hands.color((x + 5, y + h - 6))
    hands.shot("21-alpha")
    yield from hands.click(panel.state.apply)
    yield from hands.applied(document, 2)
    made = hands.layers(document)[-1]
    hands.shot("22-alpha-applied")
    facts["visible"] = [layer.visible(), made.visible()]
    facts["other_kept"] = bench.digest(made, BLUE) == before
    facts["bounds"] = box_of(made)
    facts["moved_away"] = made.pixelData(x + 2, y + h - 4, 1, 1).data()[3]
    yield from hands.keys("ctrl+z")
    yield lambda: len(hands.layers(document)) == 1
    yield layer.visible
    yield from left(document)


def in_a_group(facts, args):
    """The result lies in the group, right above its source."""
    document, _ = yield from shapes(group="Group")
    yield from drag((56.0, 40.0), (56.0, 28.0))
    yield from hands.computed()
    yield from hands.keys("Return")
    group = document.rootNode().childNodes()[0]
    yield lambda: hands.desk().session.stage == "applied"
    hands.shot("23-group")
    facts["top"] = bench.names(document)
    facts["inside"] = [node.name().split(" [")[0] for node in group.childNodes()]
    yield from left(document)


def sixteen_bit(facts, args):
    """The result has the depth of its layer."""
    document, _ = yield from shapes("U16")
    yield from drag((56.0, 40.0), (56.0, 28.0))
    yield from hands.computed()
    yield from hands.click(hands.panel().state.apply)
    yield from hands.applied(document, 2)
    facts["depth"] = document.rootNode().childNodes()[-1].colorDepth()
    yield from left(document)


# ---- what happens meanwhile


def cropped(facts, args):
    """Cropped with Krita's own tool while a result waits: it follows."""
    document = yield from scene(args)
    yield from drag((80.0, 59.0), (96.0, 50.0))
    yield from hands.computed()
    was = list(hands.desk().session.outcome.layers[-1].pixels.rect)
    yield from hands.keys("c")
    yield lambda: hands.tool_is("KisToolCrop")
    yield from guide.pull((20.0, 12.0), (230.0, 240.0))
    yield 500
    yield from guide.hand("key", "Return")  # ends the crop, and is nothing else
    yield lambda: document.width() < 256
    yield from bench.settled(document)
    yield lambda: hands.desk().session.artifacts.moves or hands.desk().status.stale
    yield 500
    hands.shot("24-cropped")
    facts["stale"] = hands.desk().status.stale
    facts["size"] = [document.width(), document.height()]
    yield from hands.click(hands.panel().state.apply)
    yield from hands.applied(document, 2)
    hands.shot("25-cropped-applied")
    made = hands.layers(document)[-1]
    (outcome,) = hands.desk().session.applied
    now = list(outcome.layers[-1].pixels.rect)
    facts["shift"] = [now[0] - was[0], now[1] - was[1]]
    facts["inside"] = box_of(made)
    facts["result"] = now
    yield from left(document)


def painted(facts, args):
    """Painted on with the brush where the result lies: it is said, nothing is covered, and it is computed again."""
    document = yield from scene(args)
    panel = hands.panel()
    yield from drag((80.0, 59.0), (96.0, 50.0))
    yield from hands.computed()
    yield from hands.keys("b")
    yield lambda: hands.tool_is("KritaShape/KisToolBrush")
    yield from guide.pull((70.0, 60.0), (100.0, 60.0))
    yield lambda: hands.desk().status.stale
    yield 300
    hands.shot("26-painted")
    facts["said"] = hands.desk().status.stale
    facts["preview"] = bench.controller().preview is not None
    facts["apply"] = panel.state.apply.isEnabled()
    facts["layers"] = len(hands.layers(document))
    yield from hands.click(panel.state.recompute)
    yield lambda: not hands.desk().status.stale
    yield from hands.computed()
    yield from hands.click(panel.state.apply)
    yield from hands.applied(document, 2)
    hands.shot("27-painted-applied")
    yield from left(document)


def closed(facts, args):
    """Closed by Ctrl+W while it computes: nothing is asked, nothing is left behind."""
    document = yield from scene(args)
    desk = hands.desk()
    desk.set("method", "guided")
    yield from drag((80.0, 59.0), (96.0, 50.0))
    yield lambda: desk.session.stage == "running"
    yield from bench.settled(document)
    document.setModified(False)
    yield from hands.keys("ctrl+w")
    yield lambda: bench.controller().desk is None
    facts["stage"] = desk.session.stage
    yield 500
    hands.shot("28-closed")
    facts["desks"] = len(bench.controller().desks)
