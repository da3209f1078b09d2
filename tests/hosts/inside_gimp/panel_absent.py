# SPDX-License-Identifier: Apache-2.0
"""The panel where there is no engine and none can be started: what to do is said at once, and GIMP goes on."""

import time

import screen


def run(facts, args):
    image = screen.open_picture(args["picture"])
    screen.drive(steps(image, facts, args))


def steps(image, facts, args):
    began = time.monotonic()
    app = screen.open_app(image, kind="drag")
    page = app.panel.engine_page
    facts["opened"] = time.monotonic() - began
    yield lambda: page.widget.get_visible() and page.start.get_visible()
    facts["said"] = time.monotonic() - began
    facts["words"] = [page.title.get_text(), page.words.get_text(), page.steps.get_text()]
    facts["command"] = page.command.get_text()
    yield 300
    screen.shot(args, "gimp-absent")
    app.window.destroy()
    yield 200
    facts["layers"] = [layer.get_name() for layer in image.get_layers()]
