# SPDX-License-Identifier: Apache-2.0
"""GIMP is quit by Ctrl+Q while the panel, a program of its own, shows a preview of what it computes."""

import subprocess

import panel_guide
import screen
import story_menu

WAY = ((123.0, 78.0), (123.0, 58.0))
QUIT = "sleep 2; xdotool key ctrl+q; sleep 2; xdotool key alt+d"
"""Once this script has ended: and what was drawn is given up."""


def run(facts, args):
    from pullbrush import plugin

    plugin.begin_ui("story")
    image = screen.open_picture(args["picture"])
    screen.drive(steps(image, facts, args))


def steps(image, facts, args):
    yield from panel_guide.place_gimp()
    corner = yield from panel_guide.see_canvas(image)
    yield from story_menu.command(story_menu.DRAG)
    yield lambda: story_menu.colors() > 50
    yield 2000
    yield from panel_guide.to_image()
    yield from panel_guide.click_path(corner, [WAY])
    yield 1000  # handle and target are drawn
    for _ in range(2):  # what is bent at once, then what is computed
        before = story_menu.panel_picture()
        yield lambda before=before: story_menu.panel_picture() != before
    facts["previewed"], facts["layers"] = story_menu.colors(), panel_guide.names(image)
    screen.shot(args, "gimp-story-quit")
    yield from panel_guide.to_image()
    subprocess.Popen(["sh", "-c", QUIT], start_new_session=True)
