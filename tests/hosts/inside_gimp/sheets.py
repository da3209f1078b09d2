# SPDX-License-Identifier: Apache-2.0
"""What else the host is asked for: paths as drags, the preview, the selection, notes."""

from pathlib import Path

import bench
import quickly
from gi.repository import Gimp
from kinds import SIZE, at, paper


def run(facts, args):
    paths(facts)
    previews(facts, Path(args["rig"]))


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


def previews(facts, rig):
    """A preview is no step, no input and no layer of the artist's; one that a save caught is found."""
    from pullbrush.protocol.plugin.host import Pixels

    image = bench.new_image(*SIZE)
    base = paper(image)
    image.clean_all()
    host = quickly.host_of(image)
    image.set_selected_layers([base])
    for side in (12, 12, 16):
        rect = (10, 8, 24, 24)
        small = Pixels(rect=(10, 8, side, side), data=b"\xff\0\0\xff" * side * side)
        list(host.put_preview(small, rect))
    shown = image.get_layers()[0]
    facts["preview"] = {
        "names": bench.names(image),
        "red": at(shown, 20, 20),
        "place": [*shown.get_offsets()[1:], shown.get_width()],
        "chosen": [one == base for one in image.get_selected_layers()],
        "listed": [name for _, name in host.layers()],
        "dirty": image.is_dirty(),
        "undo": image.undo_is_enabled(),
    }
    bench.save(image, rig / "caught.xcf")
    host.drop_preview()
    facts["dropped"] = [bench.names(image), image.is_dirty()]
    again = bench.load(rig / "caught.xcf")
    found = quickly.host_of(again)
    facts["caught"] = [len(again.get_layers()), found.drop_stale_previews(), bench.names(again)]
    mask = Pixels(
        rect=(3, 4, 5, 2), data=bytes(range(50, 60)), channels=1, order="gray", alpha="none"
    )
    host.select_mask(mask)
    selection = host.read_selection((3, 4, 5, 2))
    facts["selected"] = [list(selection.bounds), list(selection.mask.data)]
    host.write_note("pullbrush/x/y", "about", bytes(range(256)))
    facts["note"] = list(host.read_note("pullbrush/x/y") or b"") == list(range(256))
    facts["no_note"] = host.read_note("pullbrush/never")
