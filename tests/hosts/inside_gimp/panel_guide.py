# SPDX-License-Identifier: Apache-2.0
"""An artist's first drag in GIMP: a path by the display's mouse, the preview that follows, Apply, undo, Edit again."""

import time

import screen
from gi.repository import Gegl, Gimp

ZOOM = 2


def run(facts, args):
    image = screen.open_picture(args["picture"])
    screen.drive(steps(image, facts, args))


def steps(image, facts, args):
    app = screen.open_app(image, kind="drag")
    desk = app.seat.desk
    corner = yield from ready(app, image, "drag", args, facts)
    screen.shot(args, "gimp-panel")
    yield from draw(app, corner, args, facts)
    facts["during"] = names(image)
    yield from pull(app, corner, args, facts)
    select_softly(image)
    yield lambda: desk.source.selection is not None
    yield from compute(app, facts, args)
    yield 600
    screen.shot(args, "gimp-result")
    yield from undone(image, corner, facts)
    yield from edited_again(app, image, facts, args)
    yield from closed(app, image, facts)


def ready(app, image, kind, args, facts):
    """The engine is there, the edit chosen with its parameters, the picture found: returns its corner on the screen."""
    desk = app.seat.desk
    yield from place_windows(app)
    yield lambda: app.seat.engine.ready and app.seat.engine.models
    desk.auto_run, desk.seed_locked = False, True
    desk.choose_edit(kind)
    yield lambda: desk.kind == kind
    for name, value in args["params"].items():
        desk.set(name, value)
    facts["before"] = [names(image), digest(image)]
    return (yield from see_canvas(image))


def closed(app, image, facts):
    """The panel is closed: what it left, and whatever went wrong unseen."""
    from pullbrush.protocol.plugin.guard import problems

    app.window.destroy()
    yield 300
    facts["left"] = [names(image), digest(image)]
    facts["problems"] = list(problems)


def names(image):
    return [layer.get_name() for layer in image.get_layers()]


def digest(image):
    """The picture at the bottom, as a number."""
    return hash(pixels(image))


def pixels(image):
    layer = image.get_layers()[-1]
    whole = Gegl.Rectangle.new(0, 0, image.get_width(), image.get_height())
    return layer.get_buffer().get(whole, 1.0, "R'G'B' u8", Gegl.AbyssPolicy.NONE)


def place_windows(app):
    """The panel at the right edge of the screen, GIMP's window beside it."""
    app.window.resize(345, 900)
    app.window.move(1250, 0)
    yield from place_gimp()


def place_gimp():
    """GIMP's window at the screen's corner, in front."""
    gimps = ("search", "--sync", "--name", "GIMP$")
    yield from screen.hand(*gimps, "windowmove", 0, 0, "windowsize", 1240, 960, "windowactivate")
    yield 1500


def to_image():
    """The keys go to GIMP's own window from now on."""
    yield from screen.hand("search", "--sync", "--name", "GIMP$", "windowactivate", "--sync")


def see_canvas(image):
    """Zoom, and find the picture's corner on the screen."""
    data, width = pixels(image), 3 * image.get_width()
    rows = [data[y * width : (y + 1) * width] for y in range(16)]
    began = time.monotonic()
    while (
        True
    ):  # a key is lost while GIMP makes the image's window ready: it is pressed again, as by hand
        yield from screen.click_at(560, 840)
        yield from screen.hand("key", str(ZOOM))
        yield 1000
        for _ in range(5):
            if corner := screen.found(rows, ZOOM):
                return corner
            yield 500
        waited = time.monotonic() - began
        assert waited < screen.PATIENCE_S, (
            f"the picture is nowhere on the screen for {waited:.0f} s"
        )


def on_screen(corner, point):
    return [round(corner[i] + ZOOM * point[i]) for i in (0, 1)]


def click_path(corner, ways):
    """The Paths tool: click, click; Shift and click begins the next stroke."""
    yield from screen.hand("key", "b")
    yield 300
    for way in ways:
        for i, point in enumerate(way):
            shift = i == 0 and way is not ways[0]
            yield from screen.hand("mousemove", *on_screen(corner, point))
            yield 150
            before, after = (("keydown", "shift"), ("keyup", "shift")) if shift else ((), ())
            yield from screen.hand(*before, "click", 1, *after)
            yield 250


def draw(app, corner, args, facts):
    drags, desk = args["drags"], app.seat.desk
    yield from click_path(corner, drags)
    yield lambda: len(desk.drags.now.paths) == len(drags)
    facts["drags"] = desk.drags.now.plain()
    yield lambda: app.previews.drawn is not None
    yield lambda: not desk.session.status.is_reading
    yield 1500
    screen.shot(args, "gimp-drags")


def pull(app, corner, args, facts):
    """Pull the last anchor; the preview must follow while the button is still down."""
    desk, end = app.seat.desk, args["drags"][-1][-1]
    seen = [hash(bytes(app.previews.drawn[0].data))]
    yield from screen.hand("mousemove", *on_screen(corner, end), "mousedown", 1)
    for step in range(1, 4):
        to = on_screen(corner, (end[0] + 2 * step, end[1] - 2 * step))
        yield from screen.hand("mousemove", *to)
        yield lambda: hash(bytes(app.previews.drawn[0].data)) not in seen
        seen.append(hash(bytes(app.previews.drawn[0].data)))
        facts.setdefault("seen_while_pulled", []).append(desk.drags.now.plain()[-1][-1])
    yield from screen.hand("mouseup", 1)
    yield 400
    facts["previews_while_pulled"] = len(seen) - 1


def select_softly(image):
    """The peak and the balloon, with a soft edge."""
    image.select_ellipse(Gimp.ChannelOps.REPLACE, 96, 50, 56, 60)
    image.select_ellipse(Gimp.ChannelOps.ADD, 182, 60, 60, 90)
    Gimp.Selection.feather(image, 8)
    Gimp.displays_flush()


def selected(image):
    """The selection's bounds, and how soft it is across an edge."""
    edge = Gegl.Rectangle.new(80, 80, 40, 1)
    mask = image.get_selection().get_buffer().get(edge, 1.0, "Y u8", Gegl.AbyssPolicy.NONE)
    return [*Gimp.Selection.bounds(image)[2:], *mask]


def compute(app, facts, args):
    """Run, see the steps, apply."""
    desk, began = app.seat.desk, time.monotonic()
    app.panel.state.run.clicked()
    while desk.session.stage not in ("done", "failed"):
        if desk.session.progress.step > 4 and "mid" not in facts:
            facts["mid"] = desk.session.status.sentence
            screen.shot(args, "gimp-preview")
        assert time.monotonic() - began < args["patience"], desk.session.stage
        yield 50
    facts["seconds"], facts["stage"] = round(time.monotonic() - began, 1), desk.session.stage
    facts["failure"] = repr(desk.session.failure)
    facts["params"] = desk.panel.params()
    app.panel.state.apply.clicked()
    yield lambda: desk.session.stage == "applied"
    yield lambda: not app.panel.state.stop.is_sensitive()  # the panel has seen it too


def undone(image, corner, facts):
    """One Ctrl+Z takes the result away, Ctrl+Y brings it back."""
    facts["applied"] = names(image)
    yield from screen.hand("mousemove", corner[0] + 5, corner[1] + 5)
    yield from screen.hand("key", "ctrl+z")
    yield lambda: names(image) != facts["applied"]
    facts["undone"] = names(image)
    yield from screen.hand("key", "ctrl+y")
    yield lambda: names(image) != facts["undone"]
    facts["redone"] = names(image)


def edited_again(app, image, facts, args):
    """Path and selection are gone; Edit again brings them back with the parameters."""
    facts["selected"] = selected(image)
    Gimp.Selection.none(image)
    for path in image.get_paths():
        image.remove_path(path)
    desk = app.seat.desk
    yield lambda: not desk.drags.now.strokes and desk.source.selection is None
    desk.set("seed", 1)
    image.set_selected_layers([image.get_layers()[0]])
    yield lambda: desk.source.active is not None and desk.source.active.recipe is not None
    yield 300
    app.panel.again.clicked()
    yield lambda: app.seat.host.paths()
    yield 800
    facts["again"] = {
        "notice": desk.notice, "params": desk.panel.params(), "selected": selected(image),
        "paths": [[list(point) for point in way] for way in app.seat.host.paths()],
    }  # fmt: skip
    screen.shot(args, "gimp-again")
