# SPDX-License-Identifier: Apache-2.0
"""What else the host is asked for: paths as drags, how all looks, the selection, notes."""

import bench
import quickly
from gi.repository import Gimp
from kinds import SIZE, paper


def run(facts, args):
    paths(facts)
    looks(facts)
    notes(facts)


def paths(facts):
    """What is written is read; a closed stroke is no drag."""
    image = bench.new_image(*SIZE)
    paper(image)
    host = quickly.host_of(image)
    facts["no_path"] = host.paths()
    ways = (((10.0, 12.0), (20.5, 12.0)), ((5.0, 5.0),), ((1.0, 2.0), (3.0, 4.0), (5.0, 9.0)))
    host.write_paths(ways)
    facts["paths_same"] = host.paths() == ways
    host.write_paths(ways[:1])
    facts["path_count"] = [len(host.paths()), len(image.get_paths())]
    (path,) = image.get_paths()
    path.stroke_new_from_points(Gimp.PathStrokeType.BEZIER, [1.0, 1, 1, 1, 1, 1] * 3, True)
    facts["closed_is_none"] = len(host.paths())
    image.remove_path(path)
    facts["removed"] = host.paths()


def looks(facts):
    """How an image looks, and what is below and above a new result; to look changes nothing."""
    image = bench.new_image(*SIZE)
    group = Gimp.GroupLayer.new(image, "group")
    colors = {"floor": (40, 80, 120), "paper": (200, 60, 30), "glass": (128, 128, 128)}
    layers = {}
    for name, color in colors.items():
        layers[name] = bench.add_layer(image, name, SIZE)
        bench.fill(layers[name], bytes((*color, 255)) * (SIZE[0] * SIZE[1]), "R'G'B'A u8")
        if name == "floor":
            image.insert_layer(group, None, 0)
    image.reorder_item(layers["paper"], group, 0)
    layers["glass"].set_opacity(50)
    image.clean_all()
    images = len(Gimp.get_images())
    host = quickly.host_of(image)
    keys = {name: str(layer.get_tattoo()) for name, layer in layers.items()}
    shown = host.seen((8, 8, 16, 8), 2, None)
    facts["seen"] = [list(shown.size), list(shown.before[:4]), shown.below, shown.above]
    parts = host.seen((8, 8, 16, 8), 4, keys["paper"])
    facts["parts"] = [list(one[:4]) for one in (parts.before, parts.below, parts.above)]
    hidden = host.seen((0, 0, 8, 8), 1, keys["paper"], [keys["paper"]])
    facts["hidden"] = list(hidden.below[:4])
    facts["untouched"] = [
        image.is_dirty(), len(Gimp.get_images()) - images, bench.names(image),
        [layer.get_visible() for layer in layers.values()],
    ]  # fmt: skip


def notes(facts):
    """The selection as a mask, and what is kept with an image."""
    from pullbrush.protocol.plugin.host import Pixels

    image = bench.new_image(*SIZE)
    paper(image)
    host = quickly.host_of(image)
    mask = Pixels(
        rect=(3, 4, 5, 2), data=bytes(range(50, 60)), channels=1, order="gray", alpha="none"
    )
    host.select_mask(mask)
    selection = host.read_selection((3, 4, 5, 2))
    facts["selected"] = [list(selection.bounds), list(selection.mask.data)]
    host.write_note("pullbrush/x/y", "about", bytes(range(256)))
    facts["note"] = list(host.read_note("pullbrush/x/y") or b"") == list(range(256))
    facts["no_note"] = host.read_note("pullbrush/never")
