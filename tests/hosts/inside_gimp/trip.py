# SPDX-License-Identifier: Apache-2.0
"""GIMP's part of a document's trip through both programs: a result of Krita's, edited again twice, saved as .ora."""

from pathlib import Path
from types import SimpleNamespace

import bench
import quickly


def run(facts, args):
    from pullbrush.protocol.plugin.document.ora_export import recipes_beside, save_with_recipes
    from pullbrush.protocol.plugin.notes import read_history

    (image,) = bench.Gimp.get_images()  # opened as artists do: a script's would have no file name
    host = quickly.host_of(image)
    facts["layers"], known = bench.names(image), recipes_beside(host.file())
    facts["recipes"] = len(known)
    top = image.get_layers()[0]
    facts["theirs"] = dump(top, args["dump"])
    same, facts["same"] = again(image, top)
    facts["fresh"] = dump(same, args["dump"] + ".fresh")
    image.remove_layer(same)
    other, facts["other"] = again(image, top, settings=args["settings"])
    facts["made"] = dump(other, args["dump"] + ".other")
    facts["after"] = [[one.get_name(), one.get_visible()] for one in image.get_layers()]
    results = SimpleNamespace(history=read_history(host)[0])
    desk = SimpleNamespace(in_file=known, results=results)
    facts["saved"] = save_with_recipes(Path(args["ora"]), host, desk, None)
    image.delete()


def again(image, layer, **values):
    """*Edit again* by procedure: the new layer, and what was said."""
    status, message, results, _ = bench.call("pullbrush-edit-again", image, [layer], **values)
    assert status == "success", message
    return results[0], results[1]


def dump(layer, place):
    """Leave a layer's bytes for the test outside; returns its place, order of channels, and where they are."""
    Path(place).write_bytes(bench.pixels(layer, None, "R'G'B'A u8"))
    return [*layer.get_offsets()[1:], layer.get_width(), layer.get_height(), "rgba", place]
