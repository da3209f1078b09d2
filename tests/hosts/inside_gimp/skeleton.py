# SPDX-License-Identifier: Apache-2.0
"""From a drag to a layer by procedure; then the XCF, edit again, repeat, the same with last values, and move."""

from pathlib import Path
from types import SimpleNamespace

import bench
from gi.repository import Gimp


def run(facts, args):
    rig = Path(args["rig"])
    image = bench.load(args["picture"])
    (base,) = image.get_layers()
    drag(facts, args, rig, image, base)
    again(facts, rig)
    repeat(facts, args)
    move(facts, args, rig)
    between_programs(facts, args, rig)


def drag(facts, args, rig, image, base):
    """One procedure call is one layer."""
    values, before = {**args["params"], "drags": args["drags"]}, bench.digest(base)
    status, message, results, seconds = bench.call("pullbrush-drag", image, [base], **values)
    facts["drag"] = [status, message, round(seconds, 2)]
    layer = results[0]
    facts["names"] = bench.names(image)
    facts["rect"] = [*layer.get_offsets()[1:], layer.get_width(), layer.get_height()]
    (rig / "drag.rgba").write_bytes(bench.pixels(layer))
    facts["parasites"] = layer.get_parasite_list()
    facts["source_same"] = bench.digest(base) == before
    bench.save(image, rig / "saved.xcf")
    image.delete()


def again(facts, rig):
    """The reopened image still knows; the new result takes the older one's place."""
    image = bench.load(rig / "saved.xcf")
    top = image.get_layers()[0]
    facts["after_xcf"] = [*bench.names(image), *top.get_parasite_list()]
    facts["notes"] = [name for name in image.get_parasite_list() if name.startswith("pullbrush")]
    status, message, results, _ = bench.call(
        "pullbrush-edit-again", image, [top], settings='{"seed": 8}'
    )
    facts["again"] = [status, message]
    facts["names_again"] = bench.names(image)
    facts["visible_again"] = [layer.get_visible() for layer in image.get_layers()]
    status, message, results, _ = bench.call("pullbrush-edit-again", image, [top])
    facts["same_again"] = [status, bench.pixels(results[0]) == bench.pixels(top)]
    image.delete()


def repeat(facts, args):
    """The last edit on another picture, and an edit with the values it had last."""
    image = bench.load(args["picture"])
    status, message, _, _ = bench.call("pullbrush-repeat-last", image, image.get_layers())
    facts["repeat"] = [status, message, len(image.get_layers())]
    image.delete()


def move(facts, args, rig):
    """The selection is what is moved."""
    image = bench.load(args["picture"])
    (base,) = image.get_layers()
    Gimp.Image.select_ellipse(image, Gimp.ChannelOps.REPLACE, *args["object"])
    (rig / "mask.gray").write_bytes(bench.pixels(image.get_selection(), None, "Y u8"))
    status, message, results, _ = bench.call("pullbrush-move", image, [base], **args["move"])
    facts["move"] = [status, message]
    layer = results[0]
    facts["move_rect"] = [*layer.get_offsets()[1:], layer.get_width(), layer.get_height()]
    (rig / "move.rgba").write_bytes(bench.pixels(layer))
    Gimp.Selection.none(image)
    status, message, _, _ = bench.call("pullbrush-move", image, [base], **args["move"])
    facts["move_without_selection"] = [status, message]
    image.delete()


def between_programs(facts, args, rig):
    """A result of another program in an .ora is edited again here, and what is saved here can be elsewhere."""
    import quickly
    from pullbrush.protocol.plugin.document.ora_export import save_with_recipes
    from pullbrush.protocol.plugin.notes import read_history

    image = bench.load(args["ora"])
    top = image.get_layers()[0]
    facts["ora"] = bench.names(image)
    status, message, results, _ = bench.call("pullbrush-edit-again", image, [top])
    facts["ora_again"] = [status, message, bench.pixels(results[0]) == bench.pixels(top)]
    host = quickly.host_of(image)
    results = SimpleNamespace(history=read_history(host)[0])
    desk = SimpleNamespace(in_file={}, results=results)
    facts["ora_saved"] = save_with_recipes(rig / "back.ora", host, desk, None)
    image.delete()
