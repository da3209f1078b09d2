# SPDX-License-Identifier: Apache-2.0
"""Promise 1 in deep and gray documents, by the real engine: outside the region the picture stays bit for bit."""

import struct

import bench

SIDE = 160
CODES = {"U8": "B", "U16": "H", "F16": "e", "F32": "f"}
TOPS = {"U8": 255, "U16": 65535}


def picture(model, depth):
    """A soft pattern in this format."""
    channels, top = (4 if model == "RGBA" else 2), TOPS.get(depth, 1.0)
    numbers = []
    for y in range(SIDE):
        for x in range(SIDE):
            for c in range(channels - 1):
                value = ((x * (3 + c) + y * 5) % 200) / 220 * top
                numbers.append(int(value) if depth in TOPS else value)
            numbers.append(top)
    return struct.pack(f"<{len(numbers)}{CODES[depth]}", *numbers)


def outside(data, region, pixel):
    """The bytes of a picture without those inside the rectangles."""
    rows = []
    for y in range(SIDE):
        row = bytearray(data[y * SIDE * pixel : (y + 1) * SIDE * pixel])
        for left, top, width, height in region:
            if top <= y < top + height:
                first, last = max(0, left), min(SIDE, left + width)
                row[first * pixel : last * pixel] = bytes((last - first) * pixel)
        rows.append(bytes(row))
    return b"".join(rows)


def run(facts, args):
    from pullbrush import guard
    from pullbrush.protocol.plugin.drags import DragList

    for model, depth in args["spaces"]:
        document = bench.new(SIDE, SIDE, model, depth)
        for node in document.rootNode().childNodes():
            node.remove()
        base = bench.add_layer(document, "Base", picture(model, depth), (0, 0, SIDE, SIDE))
        yield from bench.show(document)
        document.setActiveNode(base)
        yield 300
        controller = bench.controller()
        yield lambda controller=controller: controller.engine.ready
        desk = controller.desk
        desk.auto_run = False
        desk.choose_edit("drag")
        desk.set("method", "warp")
        desk.set("seed", 5)
        document.waitForDone()
        whole = (0, 0, SIDE, SIDE)
        before, layer = document.pixelData(*whole).data(), base.pixelData(*whole).data()
        desk.set_drags(DragList.of([[(60.0, 70.0), (74.0, 64.0)]]))
        desk.run()
        yield lambda desk=desk: desk.session.stage in ("done", "failed")
        assert desk.session.stage == "done", repr(desk.session.failure)
        region = [tuple(rect) for rect in desk.session.plan.region]
        desk.apply()
        yield lambda desk=desk: desk.session.stage == "applied"
        yield 300
        document.waitForDone()
        after = document.pixelData(*whole).data()
        pixel = len(before) // (SIDE * SIDE)
        facts[f"{model} {depth}"] = {
            "layer_same": base.pixelData(*whole).data() == layer,
            "outside_same": outside(before, region, pixel) == outside(after, region, pixel),
            "inside_other": before != after,
            "outside_bytes": sum(1 for value in outside(before, region, pixel) if value),
            "space": [document.rootNode().childNodes()[-1].colorDepth(), region],
        }
        bench.undo()
        yield lambda document=document: bench.names(document) == ["Base"]
        document.waitForDone()
        facts[f"{model} {depth}"]["undone"] = document.pixelData(*whole).data() == before
        yield from bench.settled(document)
        bench.close(document)
        yield 100
    facts["problems"] = list(guard.problems)
