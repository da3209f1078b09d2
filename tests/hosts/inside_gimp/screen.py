# SPDX-License-Identifier: Apache-2.0
"""A test inside GIMP with its windows: the panel in this process, the display's own mouse, pictures of the screen.

Steps are a generator: it yields milliseconds to wait, or a condition to wait for.
"""

import subprocess
import time
from pathlib import Path

from gi.repository import Gimp, Gio

PATIENCE_S = 180.0


def open_picture(place):
    """Load a picture and show it in a window of GIMP's."""
    file = Gio.File.new_for_path(place)
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file)
    show(image)
    return image


def show(image):
    """Show an image in GIMP's window; returns the number of its display."""
    display = Gimp.Display.new(image)
    Gimp.displays_flush()
    return display.get_id()


def open_app(image, **how):
    """The panel on an image, as the procedure opens it; closed with `app.window.destroy()`."""
    from pullbrush import engine_link, panel, plugin
    from pullbrush.host import Image
    from pullbrush.protocol.store import Store, default_folder

    plugin.begin_ui("pullbrush-panel")
    app = panel.App(plugin, engine_link.make_line, Store(default_folder()))
    app.begin(Image(image), **how)
    return app


def drive(steps):
    """Take steps beside GTK's loop until there are no more; raises what goes wrong in them."""
    from pullbrush.gtk import GLib

    loop, failed = GLib.MainLoop(), []
    state = {"until": None, "since": time.monotonic()}

    def turn():
        try:
            if _passed(state):
                state["until"], state["since"] = next(steps), time.monotonic()
        except StopIteration:
            loop.quit()
            return False
        except BaseException as problem:
            failed.append(problem)
            loop.quit()
            return False
        return True

    GLib.timeout_add(20, turn)
    loop.run()
    if failed:
        raise failed[0]


def _passed(state):
    until, waited = state["until"], time.monotonic() - state["since"]
    if callable(until):
        assert waited < PATIENCE_S, f"waited {waited:.0f} s for {until}"
        return bool(until())
    return until is None or waited * 1000 >= until


def shot(args, name):
    """A picture of the whole screen."""
    _grab().savev(str(Path(args["rig"]) / f"{name}.png"), "png", [], [])


def keep(args, name, data):
    """Bytes for the test outside."""
    (Path(args["rig"]) / name).write_bytes(data)


def _grab():
    from pullbrush.gtk import Gdk

    root = Gdk.get_default_root_window()
    return Gdk.pixbuf_get_from_window(root, 0, 0, root.get_width(), root.get_height())


def part(x, y, width, height):
    """RGB of a part of the screen, row by row."""
    from pullbrush.gtk import Gdk

    view = Gdk.pixbuf_get_from_window(Gdk.get_default_root_window(), x, y, width, height)
    data, stride = view.get_pixels(), view.get_rowstride()
    return b"".join(data[row * stride : row * stride + 3 * width] for row in range(height))


def hand(*words):
    """Move the display's own mouse or press its keys; yields until that is done."""
    process = subprocess.Popen(["xdotool", *(str(word) for word in words)])
    yield lambda: process.poll() is not None
    assert process.returncode == 0, words


def windows():
    """The names of the windows that are seen, and of the one that has the keys."""
    ask = 'xdotool search --onlyvisible --name . 2>/dev/null | while read -r w; do xdotool getwindowname "$w"; done'
    seen = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=False)
    keys = subprocess.run(
        ["xdotool", "getwindowfocus", "getwindowname"], capture_output=True, text=True, check=False
    )
    return {"seen": seen.stdout.split("\n"), "keys": keys.stdout.strip()}


def click_at(x, y, times=1):
    """Go there and click as a hand does: what was pointed at before has seen the pointer leave, its tip is gone."""
    repeat = ("--repeat", times, "--delay", 60) if times > 1 else ()
    yield from hand("mousemove", x, y, "sleep", 0.2, "click", *repeat, 1)


def found(rows, zoom):
    """Where the picture with these first rows (RGB bytes) lies on the screen, None when it is not seen."""
    view = _grab()
    data, stride = view.get_pixels(), view.get_rowstride()
    assert view.get_n_channels() == 3
    wanted, below = (b"".join(rows[y][3 * x : 3 * x + 3] * zoom for x in range(48)) for y in (0, 8))
    for y in range(view.get_height() - 8 * zoom):
        at = data.find(wanted, y * stride, y * stride + 3 * view.get_width())
        if at >= 0 and data[at + 8 * zoom * stride :].startswith(below):
            return ((at - y * stride) // 3, y)
    return None
