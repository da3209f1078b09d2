# SPDX-License-Identifier: Apache-2.0
"""*Save as OpenRaster with recipes* keeps every layer whole, wherever it begins."""

from pathlib import Path

import bench
import quickly
from gi.repository import Gimp

PLACES = {"corner": (0, 0), "inside": (12, 16), "beyond": (-5, 50)}


def run(facts, args):
    place, image = Path(args["rig"]) / "export.ora", bench.new_image(64, 60)
    for name, at in PLACES.items():
        layer = bench.add_layer(image, name, (20, 15), at=at, alpha=name != "inside")
        bench.fill(layer, bytes([200, 20, 40, 255]) * 300, "R'G'B'A u8")
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    bench.fill(
        bench.add_layer(image, "held", (8, 8), at=(40, 30), parent=group),
        bytes([20, 200, 40, 255]) * 64,
        "R'G'B'A u8",
    )
    image.clean_all()
    before = [bench.names(image), [one.get_offsets()[1:] for one in image.get_layers()]]
    facts["written"] = quickly.host_of(image).export(place)
    after = [bench.names(image), [one.get_offsets()[1:] for one in image.get_layers()]]
    facts["untouched"] = before == after and not image.is_dirty()
    facts["images"] = len(Gimp.get_images())
