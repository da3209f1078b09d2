# SPDX-License-Identifier: Apache-2.0
"""An artist's afternoon in GIMP: alpha, a group, 16 bit; cropped, painted on and closed while something is computed."""

import bench
import screen
import story_hands as hands
from gi.repository import Gimp

RED, BLUE = (60, 60, 40, 40), (150, 120, 36, 36)
"""Two shapes on nothing."""
SHIFT = (30, -20)
SUN = ((80.0, 59.0), (96.0, 50.0))


def run(facts, args):
    image = bench.load(args["picture"])
    display = screen.show(image)
    facts["problems"] = hands.drive(args, lambda artist: steps(artist, facts), image, display)


def steps(artist, facts):
    yield from artist.close_image()
    for story in (
        alpha_layer, in_a_group, sixteen_bit, cropped, painted, painted_anyway, closed
    ):  # fmt: skip
        found = facts[story.__name__] = {}
        yield from story(artist, found)


# ---- images


def opened(artist, image):
    """An image before the artist, as the menu's *Panel* turns to it."""
    from pullbrush.host import Image

    display = screen.show(image)
    artist.app.turn(Image(image), kind="drag", display=display)
    yield from artist.begin(image)
    yield lambda: artist.desk.kind == "drag"
    for name, value in (("preset", "quick"), ("method", "warp")):
        artist.desk.set(name, value)


def scene(artist):
    yield from opened(artist, bench.load(artist.args["picture"]))


def shapes(artist, group=None, precision=None):
    """Two shapes on a layer with transparency above the picture, in a group if it has a name."""
    image = bench.load(artist.args["picture"])
    if precision is not None:
        image.convert_precision(precision)
    parent = None
    if group:
        parent = Gimp.GroupLayer.new(image, group)
        image.insert_layer(parent, None, 0)
    size = (image.get_width(), image.get_height())
    layer = bench.add_layer(image, "Shapes", size, parent=parent)
    rows = bytearray(4 * size[0] * size[1])
    for (x, y, w, h), color in ((RED, (220, 40, 30, 255)), (BLUE, (30, 80, 220, 200))):
        for row in range(y, y + h):
            at = 4 * (row * size[0] + x)
            rows[at : at + 4 * w] = bytes(color) * w
    bench.fill(layer, rows, "R'G'B'A u8")
    image.set_selected_layers([layer])
    yield from opened(artist, image)
    return layer


def part(layer, rect):
    """Pixels of a layer at a rectangle of the image."""
    _, x, y = layer.get_offsets()
    return bench.pixels(layer, (rect[0] - x, rect[1] - y, *rect[2:]), "R'G'B'A u8")


# ---- what is edited


def alpha_layer(artist, facts):
    """One of two shapes is selected and moved; the other one is still there, in one layer that can be undone."""
    layer = yield from shapes(artist)
    (x, y, w, h), before = RED, part(layer, BLUE)
    yield from artist.take("rectangle")
    yield from artist.pull((x - 4, y - 4), (x + w + 4, y + h + 4))
    yield lambda: artist.desk.source.selection is not None
    yield from artist.choose(artist.panel.edits, "Move")
    for name, value in (("preset", "quick"), ("method", "warp")):
        artist.desk.set(name, value)
    middle = (x + w / 2, y + h / 2)
    yield from artist.draw(middle, (middle[0] + SHIFT[0], middle[1] + SHIFT[1]))
    yield lambda: artist.desk.panel.value("dx") != 0
    facts["shift"] = [artist.desk.panel.value(name) for name in ("dx", "dy")]
    yield from artist.computed()
    yield from artist.shot("21-alpha")
    yield from artist.click(artist.panel.state.apply)
    yield from artist.applied(3)
    yield from artist.shot("22-alpha-applied")
    made = artist.image.get_layers()[0]
    facts["visible"] = artist.visible
    facts["other_kept"] = part(made, BLUE) == before
    facts["left_behind"] = part(made, (x + 2, y + h - 4, 1, 1))[3]
    facts["arrived"] = list(part(made, (x + w // 2 + SHIFT[0], y + h // 2 + SHIFT[1], 1, 1)))
    yield from artist.keys("ctrl+z")
    yield lambda: artist.visible == [True, True]
    yield from artist.close_image()


def in_a_group(artist, facts):
    """The result lies in the group, right above its source."""
    layer = yield from shapes(artist, group="Group")
    yield from artist.draw((80.0, 60.0), (80.0, 48.0))
    yield from artist.computed()
    yield from artist.click(artist.panel.state.apply)
    group = layer.get_parent()
    yield lambda: len(group.get_children()) == 2
    yield lambda: artist.desk.session.stage == "applied"
    yield from artist.shot("23-group")
    facts["top"] = artist.names
    facts["inside"] = [one.get_name().split(" [")[0] for one in group.get_children()]
    yield from artist.keys("ctrl+z")
    yield lambda: len(group.get_children()) == 1
    yield from artist.close_image()


def sixteen_bit(artist, facts):
    """The result has the depth of its layer."""
    yield from shapes(artist, precision=Gimp.Precision.U16_NON_LINEAR)
    yield from artist.draw((80.0, 60.0), (80.0, 48.0))
    yield from artist.computed()
    yield from artist.click(artist.panel.state.apply)
    yield from artist.applied(3)
    facts["format"] = bench.native(artist.image.get_layers()[0])
    yield from artist.close_image()


# ---- what happens meanwhile


def cropped(artist, facts):
    """Cropped with GIMP's own tool while a result waits: it follows."""
    yield from scene(artist)
    yield from artist.draw(*SUN)
    yield from artist.computed()
    was = artist.desk.session.outcome.layers[-1].pixels.rect
    yield from artist.take("crop")
    yield from artist.pull((20.0, 12.0), (230.0, 240.0))
    yield from artist.keys("Return")
    yield lambda: artist.image.get_width() < 256
    yield lambda: artist.desk.session.artifacts.moves or artist.desk.status.stale
    yield 1500  # paths that rest would start what was drawn
    yield from artist.shot("24-cropped")
    facts["stale"], facts["stage"] = artist.desk.status.stale, artist.desk.session.stage
    yield from artist.click(artist.panel.state.apply)
    yield from artist.applied(2)
    yield from artist.shot("25-cropped-applied")
    made = artist.image.get_layers()[0]
    facts["shift"] = [now - then for now, then in zip(made.get_offsets()[1:], was, strict=False)]
    yield from artist.close_image()


def paint_over(artist):
    """A result waits, and its picture is painted on."""
    yield from scene(artist)
    yield from artist.draw(*SUN)
    yield from artist.computed()
    yield from artist.take("brush")
    yield from artist.pull((70.0, 60.0), (100.0, 60.0))
    yield lambda: artist.desk.status.stale


def painted(artist, facts):
    """It is said, nothing is covered, and it is computed again."""
    yield from paint_over(artist)
    state = artist.panel.state
    yield lambda: not state.apply.is_sensitive()
    yield lambda: artist.app.previews.drawn is None
    yield from artist.shot("26-painted")
    facts["said"] = state.stale.words.get_text()
    facts["layers"] = artist.names
    yield from artist.click(state.offers["compute_again"])
    yield lambda: not artist.desk.status.stale
    yield from artist.computed()
    yield from artist.shot("27-computed-again")
    yield from artist.click(state.apply)
    yield from artist.applied(2)
    yield from artist.close_image()


def painted_anyway(artist, facts):
    """The artist wants the older one, and can take it back."""
    yield from paint_over(artist)
    yield from artist.click(artist.panel.state.offers["apply_anyway"])
    yield from artist.applied(2)
    yield from artist.shot("28-anyway")
    yield from artist.keys("ctrl+z")
    yield lambda: len(artist.names) == 1
    facts["undone"] = artist.names
    yield from artist.close_image()


def closed(artist, facts):
    """Closed by Ctrl+W while it is computed: nothing is left behind."""
    yield from scene(artist)
    desk = artist.desk
    desk.set("method", "guided")
    yield from artist.draw(*SUN)
    yield lambda: desk.session.stage == "running"
    layer = artist.image.get_layers()[0]
    yield from artist.close_image()
    layer.get_format()  # a question that comes too late; GIMP keeps it from the artist
    yield from artist.shot("29-closed")
    facts["stage"] = desk.session.stage
    facts["open"] = [len(artist.app.seat.desks), artist.panel.empty.get_visible()]
