# SPDX-License-Identifier: Apache-2.0
"""The panel as artists open it, by mouse and keys alone: menu, Ctrl+F, its image closed, another opened.

The panel is a program of its own here: what it does is seen on the screen.
"""

import subprocess
from pathlib import Path

import panel_guide
import screen
from gi.repository import Gimp

FILTERS, PULLBRUSH = (428, 32), (460, 434)
"""Where the menu and its entry are in GIMP's window at the screen's corner."""
PANEL, MESSAGE = "^Pullbrush$", "^GIMP Message$"
DRAG = "arrows from where to where"
"""Words by which GIMP's search for commands finds *Drag…*."""


def run(facts, args):
    from pullbrush import plugin

    plugin.begin_ui("story")
    image = screen.open_picture(args["picture"])
    screen.drive(steps(image, facts, args))


def steps(image, facts, args):
    yield from panel_guide.place_gimp()
    yield from menu(args)
    yield from command(DRAG)
    yield lambda: windows(PANEL)
    yield 4000
    facts["opened"] = colors()
    yield from again(facts)
    yield from close_image(facts, args)
    screen.open_picture(args["other"])
    yield lambda: colors() > 50
    yield 1500
    screen.shot(args, "gimp-story-other")
    yield from close_panel(facts, args)


def menu(args):
    """The entries in the order of their use."""
    for place in (FILTERS, PULLBRUSH):
        yield from screen.click_at(*place)
        yield 800
    yield from screen.hand("key", "Right")
    yield 800
    screen.shot(args, "gimp-story-menu")
    for _ in range(3):
        yield from screen.hand("key", "Escape")


def command(words):
    """Find a command by words of its help, as GIMP offers with /."""
    yield from panel_guide.to_image()
    yield from screen.hand("key", "slash")
    yield 1000
    yield from screen.hand("type", words)
    yield 1500
    yield from screen.hand("key", "Return")


def again(facts):
    """Ctrl+F repeats the command; without a path the panel comes to the front and says so, and there is one panel."""
    yield from panel_guide.to_image()
    yield from screen.hand("key", "ctrl+f")
    yield 4000
    facts["repeated"] = [len(windows(PANEL)), len(windows(MESSAGE))]


def close_image(facts, args):
    """Ctrl+W, and its changes are not to be kept."""
    yield from panel_guide.to_image()
    yield from screen.hand("key", "ctrl+w")
    yield 1500
    yield from screen.hand("key", "alt+d")
    yield lambda: not Gimp.get_images()
    yield 2500
    facts["closed"] = [len(windows(PANEL)), len(windows(MESSAGE)), colors()]
    screen.shot(args, "gimp-story-closed")


def close_panel(facts, args):
    """As its window's own button does."""
    (panel,) = windows(PANEL)
    yield from screen.hand("windowactivate", "--sync", panel)
    yield from screen.hand("key", "alt+F4")
    yield lambda: not windows(PANEL)
    yield lambda: not processes()
    yield 1000
    facts["ended"] = len(windows(MESSAGE))
    screen.shot(args, "gimp-story-ended")


def windows(name):
    """Numbers of the windows with this title that are seen."""
    words = ["xdotool", "search", "--onlyvisible", "--name", name]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.split()


def processes():
    """Of the plug-in's panel."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = place.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if "plug-ins/pullbrush/pullbrush.py" in line:
            found.append(line)
    return found


def panel_picture():
    """Bytes of the upper part of the panel, where its picture is."""
    found = windows(PANEL)
    if not found:
        return b""
    words = ["xdotool", "getwindowgeometry", "--shell", found[0]]
    told = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    at = dict(line.split("=") for line in told.split())
    return screen.part(int(at["X"]) + 20, int(at["Y"]) + 20, 300, 200)


def colors():
    """How many colors the panel's picture has: few without an image."""
    data = panel_picture()
    return len({data[i : i + 3] for i in range(0, len(data), 3)})
