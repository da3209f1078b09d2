# SPDX-License-Identifier: Apache-2.0
"""What GIMP does to a whole image while a preview is seen: flatten, merge, export, save, undo, delete."""

from pathlib import Path

import bench
import panel_guide
import screen
from gi.repository import Gimp

BEGIN, END = (123.0, 78.0), (123.0, 58.0)


def run(facts, args):
    image = screen.open_picture(args["picture"])
    screen.drive(steps(image, facts, args))


def steps(image, facts, args):
    app = screen.open_app(image, kind="drag")
    desk = app.seat.desk
    yield from panel_guide.ready(app, image, "drag", args, facts)
    image.set_selected_layers(image.get_layers())
    for name in ("saved", "exported", "grouped", "merged", "flattened", "deleted"):
        yield from draw(app)
        facts[name] = yield from globals()[name](image, Path(args["rig"]))
        yield from undo(image, facts["before"])
        desk.start_over()
        yield lambda: app.previews.drawn is None
    screen.shot(args, "gimp-caught")
    yield from panel_guide.closed(app, image, facts)


def draw(app):
    """A path whose last anchor is then pulled; its preview is seen."""
    desk, host = app.seat.desk, app.seat.host
    for end in ((120.0, 62.0), END):
        host.write_paths([[BEGIN, end]])
        yield lambda end=end: desk.drags.now.plain() == [[[*BEGIN], [*end]]]
    yield lambda: app.previews.drawn is not None


def state(image):
    names = panel_guide.names(image)
    return [names, panel_guide.digest(image) if names else None]


def undo(image, before):
    """As the artist does, in the image's window, until it is as it was."""
    yield from panel_guide.to_image()
    while state(image) != before:
        yield from screen.hand("key", "ctrl+z")
        yield 300


def digest_of(place):
    """Of a file: names of its layers, and the picture that is seen."""
    other = bench.load(place)
    names, seen = panel_guide.names(other), other.flatten()
    found = [names, hash(panel_guide.pixels(seen.get_image()))]
    other.delete()
    return found


def saved(image, rig):
    bench.save(image, rig / "during.xcf")
    yield 0
    return digest_of(rig / "during.xcf")


def exported(image, rig):
    bench.save(image, rig / "during.png")
    yield 0
    return digest_of(rig / "during.png")


def grouped(image, _rig):
    """Two layers in one step; undone, the order is as it was."""
    image.undo_group_start()
    for name in ("one", "two"):
        bench.add_layer(image, name, (16, 16))
    image.undo_group_end()
    Gimp.displays_flush()
    yield 400
    return panel_guide.names(image)


def merged(image, _rig):
    bench.add_layer(image, "clear", (16, 16))
    image.merge_visible_layers(Gimp.MergeType.CLIP_TO_IMAGE)
    Gimp.displays_flush()
    found = state(image)[1]
    yield 400
    return found


def flattened(image, _rig):
    image.flatten()
    Gimp.displays_flush()
    found = state(image)[1]
    yield 400
    return found


def deleted(image, _rig):
    """The layer that is edited goes while its preview is seen."""
    image.remove_layer(image.get_layers()[-1])
    Gimp.displays_flush()
    yield 1500
    found = panel_guide.names(image)
    return found
