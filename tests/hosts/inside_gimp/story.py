# SPDX-License-Identifier: Apache-2.0
"""An artist's morning in GIMP by mouse and keyboard alone: drag, undo, redo, edit again, cancel, save.

Then the reopened picture is edited a second time. `story_menu.py` is how the panel is opened, `story_troubles.py` the
afternoon.
"""

import bench
import screen
import story_hands as hands
from gi.repository import Gimp

SUN, FURTHER = ((80.0, 59.0), (96.0, 50.0)), (110.0, 54.0)
BALLOON = ((212.0, 100.0), (190.0, 92.0))


def run(facts, args):
    image = bench.load(args["xcf"])
    display = screen.show(image)
    facts["problems"] = hands.drive(args, lambda artist: steps(artist, facts), image, display)


def steps(artist, facts):
    yield from first_start(artist, facts)
    yield from first_drag(artist, facts)
    yield from undo_and_redo(artist, facts)
    yield from brush(artist, facts)
    yield from edit_again(artist, facts)
    yield from replaced(artist, facts)
    yield from save_and_reopen(artist, facts)
    yield from second_edit(artist, facts)


def first_start(artist, facts):
    """The panel is there; keys are GIMP's, and start nothing."""
    yield from artist.keys("n", "p")
    yield from artist.shot("01-first-start")
    facts["idle"] = artist.desk.session.stage


def first_drag(artist, facts):
    """Words, effort, a path, and Apply pressed twice by a nervous hand."""
    box, rows = artist.panel.rows["prompt"].box, artist.panel.rows
    yield from artist.click(box)
    yield box.has_focus
    yield from screen.hand("type", "--delay", 20, "a yellow sun")
    yield from artist.choose(rows["preset"].pick, "Quick")
    artist.desk.set("method", "warp")  # so that the story takes minutes, not an hour
    yield lambda: artist.desk.panel.value("prompt") == "a yellow sun"
    yield from artist.draw(*SUN)
    yield lambda: artist.app.previews.drawn is not None
    yield from artist.computed()
    yield from artist.shot("02-done")
    facts["untouched"] = artist.names
    yield from artist.click(artist.panel.state.apply, times=2)
    yield from artist.applied(2)
    yield 1000  # a second result of the second click would come now
    facts["names"] = artist.names
    yield from artist.shot("03-applied")


def undo_and_redo(artist, facts):
    """Right after the button, with the pointer still on it: Ctrl+Z and Ctrl+Y are GIMP's."""
    yield from artist.keys("ctrl+z")
    yield lambda: artist.names == facts["untouched"]
    yield lambda: artist.desk.session.stage == "taken_back"
    yield from artist.shot("04-undone")
    facts["undone"] = artist.panel.state.words.get_text()
    yield from artist.keys("ctrl+y")
    yield lambda: artist.names == facts["names"]
    yield lambda: artist.desk.session.stage == "applied"
    yield from artist.shot("05-redone")
    facts["redone"] = artist.panel.state.words.get_text()


def brush(artist, facts):
    """The brush's stroke is paint, and neither a path nor a word."""
    layer, drags = artist.image.get_selected_layers()[0], artist.desk.drags.now.plain()
    before = bench.digest(layer)
    yield from artist.take("brush")
    yield from artist.pull((84.0, 52.0), (96.0, 52.0))
    yield lambda: bench.digest(layer) != before
    facts["drags_kept"] = artist.desk.drags.now.plain() == drags
    facts["words"] = artist.desk.panel.value("prompt")
    yield from artist.keys("ctrl+z")
    yield lambda: bench.digest(layer) == before


def edit_again(artist, facts):
    """The path of a result comes back; an anchor is pulled, what that starts is cancelled."""
    panel, desk = artist.panel, artist.desk
    yield from artist.click(panel.clear.widget)
    yield lambda: not desk.drags.now.strokes and not artist.app.seat.host.paths()
    yield from artist.click(panel.again)
    yield lambda: desk.drags.now.strokes and artist.app.seat.host.paths()
    yield from artist.shot("06-again")
    desk.set("method", "guided")  # takes long enough to be cancelled
    yield from artist.take("paths")
    yield from screen.click_at(*artist.on_screen(SUN[0]))  # shows the anchors
    yield 300
    yield from artist.pull(SUN[1], FURTHER)
    yield lambda: desk.session.stage == "running"
    facts["pulled"] = desk.drags.now.plain()
    yield from artist.shot("07-running")
    yield from artist.click(panel.state.stop)
    yield lambda: not desk.status.busy
    facts["cancelled"] = [desk.session.stage, artist.names == facts["names"]]
    yield from artist.shot("08-cancelled")


def replaced(artist, facts):
    """What is applied then takes the place of the older result, and one Ctrl+Z brings that back."""
    desk = artist.desk
    desk.set("method", "warp")
    yield from artist.click(artist.panel.state.run)
    yield from artist.computed()
    yield from artist.click(artist.panel.state.apply)
    yield from artist.applied(3)
    facts["replaced"] = artist.visible
    yield from artist.shot("09-replaced")
    yield from artist.keys("ctrl+z")
    yield lambda: len(artist.names) == 2
    facts["brought_back"] = artist.visible
    yield from artist.keys("ctrl+y")
    yield lambda: len(artist.names) == 3


def save_and_reopen(artist, facts):
    """Ctrl+S, Ctrl+W, and the newest of the recent files."""
    facts["saved"] = artist.names
    yield from artist.keys("ctrl+s")
    yield lambda: not artist.image.is_dirty()
    yield from artist.close_image()
    yield from artist.shot("10-closed")
    yield from artist.keys("ctrl+1")
    yield lambda: len(Gimp.get_images()) == 1
    yield from artist.begin(Gimp.get_images()[0])
    facts["reopened"] = artist.names
    facts["effort_kept"] = artist.desk.panel.value("preset")
    yield from artist.click(artist.panel.again)
    yield lambda: artist.desk.drags.now.strokes and artist.app.seat.host.paths()
    facts["drags_again"] = artist.desk.drags.now.plain()
    yield from artist.shot("11-reopened")


def second_edit(artist, facts):
    """Another edit above the first one; the panel takes it back where it doesn't know GIMP's window."""
    desk = artist.desk
    yield from artist.click(artist.panel.clear.widget)
    yield lambda: not artist.app.seat.host.paths()
    yield from artist.draw(*BALLOON)
    yield from artist.computed()
    yield from artist.click(artist.panel.state.apply)
    yield from artist.applied(4)
    yield from artist.shot("12-second")
    facts["second"], facts["history"] = artist.names, len(desk.results.history.entries)
    yield from artist.keys("ctrl+z")
    yield lambda: len(artist.names) == 3
    facts["second_undone"] = artist.names
