# SPDX-License-Identifier: Apache-2.0
"""A pull that is watched in GIMP: frames and their handles, a moved target, Stop, another frame, Apply, undo."""

import time

import bench
import panel_guide
import screen

BLUE = (0x00, 0x72, 0xB2)
LIKE = 120
"""What the ring around a handle is drawn with, and how far from it (sum of the channels) its pixels may be: a ring
whose center is in a pixel's corner covers 0.77 of the four that are looked at, its light edge the rest (108)."""


def run(facts, args):
    image = screen.open_picture(args["picture"])
    screen.drive(steps(image, facts, args))


def steps(image, facts, args):
    app = screen.open_app(image, kind="drag-gan")
    desk = app.seat.desk
    corner = yield from panel_guide.ready(app, image, "drag-gan", args, facts)
    facts["model"] = desk.panel.value("model")
    yield from draw(desk, corner, args, facts)
    yield from pull(app, image, corner, facts, args)
    yield from another_frame(app, image, facts, args)
    facts["during"] = panel_guide.names(image)
    app.panel.state.apply.clicked()
    yield lambda: desk.session.stage == "applied"
    yield 600
    layer = image.get_layers()[0]
    facts["rect"] = [*layer.get_offsets()[1:], layer.get_width(), layer.get_height()]
    screen.keep(args, "live.rgba", bench.pixels(layer))
    yield from panel_guide.undone(image, corner, facts)
    yield from panel_guide.closed(app, image, facts)


def draw(desk, corner, args, facts):
    """One stroke of the Paths tool: click, click."""
    yield from panel_guide.click_path(corner, [args["way"]])
    yield lambda: desk.drags.now.plain() and len(desk.drags.now.plain()[0]) == 2
    facts["drags"] = desk.drags.now.plain()


def pull(app, image, corner, facts, args):
    """Run by the panel's button, see frames in its picture, move the target, stop at the frame that is seen."""
    desk = app.seat.desk
    facts["frames"], facts["pictures"], facts["rings"] = [], [], []
    yield lambda: not desk.status.grey
    app.panel.state.run.clicked()
    yield from frames(app, image, facts, args, 4)
    yield from move_target(app, corner, facts, args)
    yield from frames(app, image, facts, args, len(facts["frames"]) + args["more"])
    screen.shot(args, "gimp-live")
    app.panel.state.stop.clicked()
    facts["kept"] = desk.panel.value("frame")
    yield lambda: desk.session.outcome is not None and not desk.status.busy
    outcome = desk.session.outcome
    facts["frame"], facts["final"] = (
        outcome.metrics["frame"],
        "film.bin" in outcome.recipe.attachments,
    )
    facts["went_to"] = outcome.params["drags"][0][-1]
    yield lambda: shown(app) == bytes(outcome.layers[0].pixels.data)


def frames(app, image, facts, args, count):
    """Look until so many frames were seen."""
    desk, began = app.seat.desk, time.monotonic()
    while len(facts["frames"]) < count:
        assert time.monotonic() - began < args["patience"], (
            desk.session.status.sentence,
            desk.error,
        )
        assert desk.session.stage != "failed", desk.session.failure
        look(app, image, facts)
        yield 20


def move_target(app, corner, facts, args):
    """The last anchor is pulled elsewhere by the mouse, while the edit runs."""
    desk, (x, y) = app.seat.desk, args["way"][-1]
    yield from screen.hand("mousemove", *panel_guide.on_screen(corner, (x, y)), "mousedown", 1)
    yield from screen.hand("mousemove", *panel_guide.on_screen(corner, (x, y + 10)))
    yield 150
    yield from screen.hand("mouseup", 1)
    yield lambda: desk.drags.now.plain() != facts["drags"]
    yield 300
    facts["target"] = desk.drags.now.plain()[0][-1]


def look(app, image, facts):
    """Note a frame once the panel's picture shows it."""
    session, one, box = app.seat.desk.session, app.seat.open, app.previews.box
    frame = session.status.shown_frame
    if frame < 0 or one.preview is None or frame in facts["frames"]:
        return
    if app.previews.drawn is not one.preview:  # not drawn yet
        return
    facts["frames"].append(frame)
    facts["pictures"].append(hash(shown(app)))
    facts["rings"].append(is_ring(box, app.previews.marked[-1].at))


def shown(app):
    """The preview in the panel's picture, None while there is none."""
    drawn = app.previews.drawn
    return bytes(drawn[0].data) if drawn is not None else None


def is_ring(box, handle):
    """Whether a ring is drawn around a handle: blue on all four sides of it, not in it."""
    picture, width = box.picture.get_pixels(), box.size[0]
    (x, y), away = box.look.place(handle), 4 * max(box.size) / 256
    beside = ((x + away, y), (x - away, y), (x, y + away), (x, y - away), (x, y))
    found = [tuple(picture[4 * (int(v) * width + int(u)) :][:3]) for u, v in beside]
    near = [sum(abs(a - b) for a, b in zip(one, BLUE, strict=True)) < LIKE for one in found]
    return near == [True] * 4 + [False]


def another_frame(app, image, facts, args):
    """Frame takes another one out of the film; nothing is pulled again."""
    desk, facts["phases"] = app.seat.desk, []
    stopped = shown(app)
    desk.set("frame", args["frame"])
    began = time.monotonic()
    while desk.status.busy or desk.session.outcome.params["frame"] != args["frame"]:
        assert time.monotonic() - began < args["patience"], desk.session.status.sentence
        facts["phases"].append(desk.session.progress.phase)
        yield 10
    facts["chosen"] = desk.session.outcome.metrics["frame"]
    yield lambda: shown(app) == bytes(desk.session.outcome.layers[0].pixels.data)
    facts["other_picture"] = shown(app) != stopped
