# SPDX-License-Identifier: Apache-2.0
"""What will be seen of layers of every depth, put together by the plug-in, beside what Krita makes of the document."""

import struct

import bench
from PyQt5.QtGui import QImage

SIDE = 48
CODES = {"U8": "B", "U16": "H", "F16": "e", "F32": "f"}
TOPS = {"U8": 255, "U16": 65535}
SRGB = "sRGB-elle-V2-srgbtrc.icc"
LARGE = 1024


def picture(model, depth, first):
    """Every value of each channel somewhere, with a soft edge, all of it from `first` on."""
    channels, top = (4 if model == "RGBA" else 2), TOPS.get(depth, 1.0)
    numbers = []
    for y in range(SIDE):
        for x in range(SIDE):
            for c in range(channels - 1):
                value = (first + x * (3 + c) + y * 5) % 240 / 240
                numbers.append(round(value * top) if depth in TOPS else value)
            numbers.append(round(min(1.0, x / 20) * top) if depth in TOPS else min(1.0, x / 20))
    return struct.pack(f"<{len(numbers)}{CODES[depth]}", *numbers)


def opaque(model, depth):
    """Gray all over."""
    channels, top = (4 if model == "RGBA" else 2), TOPS.get(depth, 1.0)
    half = round(top / 2) if depth in TOPS else 0.5
    numbers = [*([half] * (channels - 1)), int(top) if depth in TOPS else top]
    return struct.pack(f"<{channels}{CODES[depth]}", *numbers) * (SIDE * SIDE)


def together(document, rect):
    """What the plug-in puts together, and in how many bites."""
    from pullbrush.seeing import Change, seen_with

    nothing = QImage(1, 1, QImage.Format_RGBA8888)
    nothing.fill(0)
    work, bites = seen_with(document, Change(nothing, rect, "", ())), 0
    while True:
        try:
            next(work)
            bites += 1
        except StopIteration as done:
            return done.value, bites


def run(facts, args):
    facts["off"], facts["bites"] = {}, {}
    whole = (0, 0, SIDE, SIDE)
    for model, depth, profile in args["spaces"]:
        document = bench.new(SIDE, SIDE, model, depth, profile)
        for node in document.rootNode().childNodes():
            node.remove()
        bench.add_layer(document, "Below", opaque(model, depth), whole)
        bench.add_layer(document, "Above", picture(model, depth, 20), whole)
        document.refreshProjection()
        document.waitForDone()
        yield 100
        seen, _ = together(document, whole)
        ours = seen.convertToFormat(QImage.Format_ARGB32)
        twin = document.clone()
        twin.setBatchmode(True)
        twin.setColorSpace("RGBA", "U8", SRGB)
        twin.waitForDone()
        yield 100
        theirs = twin.pixelData(*whole).data()
        bits = ours.constBits()
        bits.setsize(len(theirs))
        name = f"{model} {depth} {profile}".strip()
        off = [abs(a - b) for a, b in zip(bytes(bits), theirs, strict=True)]
        facts["off"][name] = [max(off), sum(off) / len(off)]
        yield from bench.settled(twin)
        bench.close(twin)
        yield from bench.settled(document)
        bench.close(document)
        yield 100
    for depth in ("U8", "U16"):
        document = bench.new(LARGE, LARGE, "RGBA", depth)
        yield 100
        facts["bites"][depth] = together(document, (0, 0, LARGE, LARGE))[1]
        yield from bench.settled(document)
        bench.close(document)
        yield 100
