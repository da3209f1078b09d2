# SPDX-License-Identifier: Apache-2.0
"""Every depth and both models through the host: read, written, bit for bit; profiles; what is refused, and why."""

import struct
import time

import bench
from krita import Krita

SIDE = 40
CODES = {"U8": "B", "U16": "H", "F16": "e", "F32": "f"}
SPACES = [(m, d) for m in ("RGBA", "GRAYA") for d in ("U8", "U16", "F16", "F32")]


def values(model, depth, count):
    channels = 4 if model == "RGBA" else 2
    top = {"U8": 255, "U16": 65535}.get(depth, 1.0)
    numbers = [((i * 37) % 101) / 100 * top for i in range(count * channels)]
    if isinstance(top, int):
        numbers = [int(n) for n in numbers]
    return struct.pack(f"<{len(numbers)}{CODES[depth]}", *numbers)


def run(facts, args):
    from pullbrush import guard

    facts["spaces"] = {}
    for model, depth in SPACES:
        yield from there_and_back(facts, model, depth)
    yield from with_a_profile(facts)
    document = bench.new(32, 32)
    yield from bench.show(document)
    yield from refused(facts, document)
    yield from handled(facts, document)
    yield from closed(document)
    yield from kept_in_the_file(facts, args)
    facts["problems"] = list(guard.problems)


def closed(document):
    yield from bench.settled(document)
    bench.close(document)
    yield 100


def only(layers):
    (layer,) = [one for one in layers if one is not None]
    return layer


def as_the_engine_answers(pixels):
    """The same pixels in the engine's order."""
    from dataclasses import replace

    if pixels.order != "bgra":
        return pixels
    data, size = bytes(pixels.data), 1 if pixels.dtype == "u1" else 2
    part = [data[i : i + size] for i in range(0, len(data), size)]
    part[0::4], part[2::4] = part[2::4], part[0::4]
    return replace(pixels, data=b"".join(part), order="rgba")


def there_and_back(facts, model, depth):
    """What is read is what the layer holds; written back, it is that again."""
    from pullbrush.protocol.plugin.host import NewLayer

    document = bench.new(SIDE, SIDE, model, depth)
    whole = (0, 0, SIDE, SIDE)
    base = bench.add_layer(document, "Base", values(model, depth, SIDE * SIDE), whole)
    yield from bench.show(document)
    document.setActiveNode(base)
    yield 100
    host = bench.controller().host
    raw = base.pixelData(*whole).data()
    layer = only(host.read_layers(whole, [""]))
    assert bytes(layer.pixels.data) == raw, (model, depth)
    new = NewLayer(name="New", pixels=as_the_engine_answers(layer.pixels), above=layer.key)
    (key,) = host.write_layers([new], None, "x")
    yield 100
    made = bench.node(document, key)
    same = made.pixelData(*whole).data() == raw
    kind = (made.colorModel(), made.colorDepth(), made.colorProfile())
    facts["spaces"][f"{model} {depth}"] = [same, layer.pixels.linear, layer.pixels.order, kind[2]]
    assert same, (model, depth)
    assert kind == (model, depth, base.colorProfile())
    assert base.pixelData(*whole).data() == raw
    yield from closed(document)


def with_a_profile(facts):
    """A profile that is not known by name travels as its bytes."""
    profiles = [p for p in Krita.instance().profiles("RGBA", "U8") if "V4" not in p]
    wide = next(p for p in profiles if "ClayRGB" in p or "Rec2020" in p or "LargeRGB" in p)
    document = bench.new(8, 8, "RGBA", "U16", wide)
    yield from bench.show(document)
    yield 100
    began = time.monotonic()
    icc = only(bench.controller().host.read_layers((0, 0, 8, 8), [""])).pixels.icc
    facts["icc"] = [wide, len(icc or b""), round(1000 * (time.monotonic() - began))]
    assert icc, "the profile was not found"
    assert icc[36:40] == b"acsp"
    yield from closed(document)


def refused(facts, document):
    """Layers that cannot be edited say why."""
    facts["refused"] = {}
    root = document.rootNode()
    kinds = {
        name: document.createNode(name, "transparencymask" if name == "mask" else "paintlayer")
        for name in ("hidden", "cmyk", "animated", "mask")
    }
    inks = Krita.instance().profiles("CMYKA", "U8")[0]
    assert kinds["cmyk"].setColorSpace("CMYKA", "U8", inks)
    for name, node in kinds.items():
        (root if name != "mask" else root.childNodes()[0]).addChildNode(node, None)
    kinds["hidden"].setVisible(False)
    kinds["animated"].enableAnimation()
    yield 300
    host = bench.controller().host
    for name, node in kinds.items():
        document.setActiveNode(node)
        yield lambda node=node: document.activeNode() == node
        layer = only(host.read_layers((0, 0, 8, 8), [""]))
        facts["refused"][name] = layer.refusal
        assert layer.refusal, name
        assert layer.pixels is None


def handled(facts, document):
    """All other kinds are read as they look, and a result lies above each by one step."""
    from pullbrush.protocol.plugin.host import HostError, NewLayer, Pixels

    root, host = document.rootNode(), bench.controller().host
    others = {
        "group": document.createGroupLayer("group"),
        "vector": document.createVectorLayer("vector"),
        "locked": document.createNode("locked", "paintlayer"),
        "off canvas": document.createNode("off canvas", "paintlayer"),
        "clone": document.createCloneLayer("clone", root.childNodes()[0]),
    }
    for node in others.values():
        root.addChildNode(node, None)
    others["group"].addChildNode(document.createNode("inside", "paintlayer"), None)
    others["locked"].setLocked(True)
    others["off canvas"].setPixelData(bytes((1, 2, 3, 255)) * 100, -50, -50, 10, 10)
    yield 300
    patch = Pixels(rect=(1, 1, 2, 2), data=bytes((9, 8, 7, 255)) * 4)
    for name, node in others.items():
        key = node.uniqueId().toString().strip("{}")
        layer = only(host.read_layers((0, 0, 8, 8), [key]))
        assert not layer.refusal, (name, layer.refusal)
        assert len(bytes(layer.pixels.data)) == 8 * 8 * 4
        before = len(bench.history())
        new = NewLayer(name=f"on {name}", pixels=patch, above=key)
        (made,) = host.write_layers([new], None, "x")
        yield 100
        assert len(bench.history()) == before + 1, name
        assert host.source_of(made) == key
    facts["handled"] = sorted(others)
    try:
        host.write_layers([NewLayer(name="x", pixels=patch, above="gone")], None, "x")
    except HostError as problem:
        facts["gone"] = str(problem)


def kept_in_the_file(facts, args):
    """Notes and the layer of drags are saved with the document."""
    document = bench.new(32, 32)
    yield from bench.show(document)
    host = bench.controller().host
    host.write_note("history", "about", b"\x00\x01kept")
    assert host.read_note("history") == b"\x00\x01kept"
    assert host.read_note("nothing") is None
    assert host.drag_layer_svg() is None
    arrow = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="32px" height="32px" viewBox="0 0 32 32">'
    )
    arrow += '<path id="drag-1" d="M4 5 L20 9" stroke="#f00" fill="none"/></svg>'
    host.write_drag_layer(arrow)
    yield 200
    facts["svg"] = host.drag_layer_svg()
    assert "drag-1" in facts["svg"]
    assert "Pullbrush drags" in bench.names(document)
    document.saveAs(args["kra"])
    yield from closed(document)
    again = Krita.instance().openDocument(args["kra"])
    yield from bench.show(again)
    assert bench.controller().host.read_note("history") == b"\x00\x01kept"
    assert "drag-1" in bench.controller().host.drag_layer_svg()
