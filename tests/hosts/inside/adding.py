# SPDX-License-Identifier: Apache-2.0
"""How long Krita's main thread is held while a result of 2190² comes into a document of 4096²."""

import time

import bench
import stalls

RECT = (920, 915, 2176, 2190)


def timed(do):
    """Milliseconds by the clock on the wall, and of the processor in this thread; and what came out."""
    began, used = time.perf_counter(), time.thread_time()
    made = do()
    held, busy = time.perf_counter() - began, time.thread_time() - used
    return round(1000 * held, 1), round(1000 * busy, 1), made


def result(depth, key, whole):
    """A result as the engine sends it; `whole` is one that takes its source's place as a copy of it."""
    from pullbrush.protocol.plugin.host import NewLayer, Pixels

    width, height = RECT[2:]
    data = stalls.RAMP[depth] * (width // 64) * height
    kind = {"U8": "u1", "U16": "u2", "F32": "f4"}[depth]
    pixels = Pixels(rect=RECT, data=data, dtype=kind, linear=depth != "U8")
    instead = {"placement": "instead", "copy_of": key} if whole else {}
    return NewLayer(name="Result", pixels=pixels, above=key, **instead)


def run(facts, args):
    from pullbrush import guard

    for depth, whole in [(depth, whole) for depth in args["depths"] for whole in (False, True)]:
        document = stalls.painted(depth)
        yield from bench.show(document)
        yield from bench.settled(document)
        yield 1500
        base = document.rootNode().childNodes()[0]
        host = bench.controller().host
        layer = result(depth, base.uniqueId().toString().strip("{}"), whole)
        plain_busy = yield from added_plainly(document, base, layer.pixels, whole)
        steps, bites = len(bench.history()), []
        preparing = host.prepare_layers([layer], None)
        while not bites or bites[-1][2] == "more":
            bites.append(timed(lambda preparing=preparing: next(preparing, "done") or "more"))
            assert bench.names(document) == ["Background"], "a half-made layer is to be seen"
            yield 5
        held, busy, _ = timed(lambda host=host, layer=layer: host.write_layers([layer], None, "x"))
        yield 300
        facts[f"{depth} whole" if whole else depth] = {
            "bites": len(bites),
            "bite_held": max(one[0] for one in bites),
            "bite_busy": max(one[1] for one in bites),
            "bites_busy": round(sum(one[1] for one in bites), 1),
            "add_held": held,
            "add_busy": busy,
            "plain_busy": plain_busy,
            "steps": len(bench.history()) - steps,
            "same": same(document.rootNode().childNodes()[1], layer.pixels),
            "source_seen": base.visible(),
        }
        yield from bench.settled(document)
        bench.close(document)
        yield 300
    facts["problems"] = list(guard.problems)


def added_plainly(document, base, pixels, whole):
    """The main thread's milliseconds while Krita alone adds such a layer and shows or hides the one below."""
    from pullbrush.formats import Space

    space = Space(base.colorModel(), base.colorDepth(), base.colorProfile())
    node = document.createNode("plain", "paintlayer")
    node.setPixelData(space.bytes_of(pixels), *pixels.rect)

    def add():
        document.rootNode().addChildNode(node, base)
        base.setVisible(not whole)
        document.refreshProjection()
        document.waitForDone()

    _, busy, _ = timed(add)
    yield 300
    document.rootNode().removeChildNode(node)
    base.setVisible(True)
    document.refreshProjection()
    yield from bench.settled(document)
    yield 300
    return busy


def same(node, pixels):
    """Whether the first rows and the last ones in Krita are the result's."""
    from pullbrush.formats import Space

    x, y, width, height = pixels.rect
    space = Space(node.colorModel(), node.colorDepth(), node.colorProfile())
    wanted = space.bytes_of(pixels)
    rows = 3 * width * space.pixel_bytes
    first = node.pixelData(x, y, width, 3).data() == wanted[:rows]
    return first and node.pixelData(x, y + height - 3, width, 3).data() == wanted[-rows:]
