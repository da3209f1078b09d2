# SPDX-License-Identifier: Apache-2.0
"""Edits by procedure in all the ways their input can be given; what came of them lies in files for the test outside."""

from pathlib import Path

import bench
import quickly
from gi.repository import Gimp


def run(facts, args):
    for name, case in args["cases"].items():
        facts[name] = one(args, name, **case)


def one(args, name, *, procedure, values, picture="", ellipse=(), soft=0, path=()):
    image, place = bench.load(picture or args["picture"]), Path(args["rig"]) / name
    (base,) = image.get_layers()
    if ellipse:
        image.select_ellipse(Gimp.ChannelOps.REPLACE, *ellipse)
        if soft:
            Gimp.Selection.feather(image, soft)
        place.with_suffix(".mask").write_bytes(bench.pixels(image.get_selection(), None, "Y u8"))
    if path:
        quickly.host_of(image).write_paths([[tuple(point) for point in path]])
    status, message, results, _ = bench.call(procedure, image, [base], **values)
    assert status == "success", f"{name}: {message}"
    layer = results[0]
    place.with_suffix(".rgba").write_bytes(bench.pixels(layer))
    rect = [*layer.get_offsets()[1:], layer.get_width(), layer.get_height()]
    image.delete()
    return rect
