# SPDX-License-Identifier: Apache-2.0
"""The panel without a running engine, which it starts; then an object is selected, moved by a path, applied, undone."""

import time
from pathlib import Path

import panel_guide
import screen
from gi.repository import Gimp


def run(facts, args):
    image = screen.open_picture(args["picture"])
    screen.drive(steps(image, facts, args))


def steps(image, facts, args):
    facts["engine_before"] = (Path(args["rig"]) / "session.json").exists()
    began = time.monotonic()
    app = screen.open_app(image, kind="move")
    yield lambda: app.seat.engine_state.kind == "starting" or app.seat.engine.ready
    facts["started_after"] = time.monotonic() - began
    facts["how"] = app.seat.engine_state.kind
    corner = yield from panel_guide.ready(app, image, "move", args, facts)
    yield from select(app, image, args)
    yield from draw(app, image, corner, args, facts)
    yield from panel_guide.compute(app, facts, args)
    yield 600
    screen.shot(args, "gimp-move")
    facts["result"] = result(image)
    yield from panel_guide.undone(image, corner, facts)
    yield from panel_guide.closed(app, image, facts)


def select(app, image, args):
    """What is to be moved; without it the panel says that something must be selected."""
    yield lambda: app.panel.state.run.get_tooltip_text()
    assert "Select" in app.panel.state.run.get_tooltip_text()
    image.select_ellipse(Gimp.ChannelOps.REPLACE, *args["object"])
    Gimp.displays_flush()
    yield lambda: app.seat.desk.source.selection is not None


def draw(app, image, corner, args, facts):
    """A path of one stroke with the display's mouse: from the object to where it shall go."""
    desk = app.seat.desk
    yield from panel_guide.click_path(corner, [args["way"]])
    yield lambda: desk.panel.value("dx") != 0
    yield lambda: app.previews.drawn is not None
    facts["shift"] = [desk.panel.value("dx"), desk.panel.value("dy")]
    facts["during"] = panel_guide.names(image)
    yield lambda: not desk.session.status.is_reading


def result(image):
    """Where the topmost layer lies."""
    layer = image.get_layers()[0]
    return [*layer.get_offsets()[1:], layer.get_width(), layer.get_height()]
