# SPDX-License-Identifier: Apache-2.0
"""An artist's morning in Krita by mouse and keyboard alone: first start, drag, undo, redo, edit again, cancel, save.

Then the reopened picture is edited a second time. `story_troubles.py` is the afternoon.
"""

import bench
import guide
import story_hands as hands
from krita import Krita

SUN = ((80.0, 59.0), (96.0, 50.0))
BALLOON = ((212.0, 100.0), (190.0, 92.0))
BRUSH, FILL = "KritaShape/KisToolBrush", "KritaFill/KisToolFill"


def run(facts, args):
    from pullbrush import guard

    yield from hands.saved_as_kra(args)
    document = Krita.instance().openDocument(args["kra"])
    yield from bench.show(document)
    yield from first_start(facts)
    yield from first_drag(facts, document)
    yield from undo_and_redo(facts, document)
    yield from brush(facts, document)
    yield from edit_again(facts, document)
    yield from save_and_reopen(facts, args, document)
    facts["problems"] = list(guard.problems)


def first_start(facts):
    """The docker is there beside a canvas, on a screen of usual height; keys are Krita's."""
    main = bench.window().qwindow()
    main.move(0, 0)
    main.resize(1600, 1000)
    main.activateWindow()
    controller = bench.controller()
    yield lambda: controller.engine.ready and controller.engine.models
    yield from hands.over()
    yield 3500  # Krita's word about the zoom goes
    facts["least_height"] = main.minimumSizeHint().height()
    facts["docker"] = [hands.panel().isVisible(), hands.panel().window() is main]
    hands.shot("01-first-start")
    yield from hands.keys("f")
    yield lambda: hands.tool_is(FILL)
    yield from hands.keys("b")
    yield lambda: hands.tool_is(BRUSH)
    facts["idle_jobs"] = hands.desk().session.stage


def first_drag(facts, document):
    """Words, effort, an arrow, and Apply pressed twice by a nervous hand."""
    panel = hands.panel()
    steps, was = bench.history(), bench.names(document)
    box = panel.rows["prompt"].box
    yield from hands.click(box)
    yield lambda: box.hasFocus()
    yield from hands.write("a yellow sun")
    yield from hands.choose(panel.rows["preset"].box, "Quick")
    yield lambda: hands.desk().panel.value("prompt") == "a yellow sun"
    yield from hands.click(panel.canvas_bar.on)
    yield lambda: hands.pen().is_on
    yield from look_around(facts)
    yield from guide.pull(*SUN)
    yield lambda: bench.controller().preview is not None
    hands.shot("02-preview")
    yield from hands.computed()
    hands.shot("03-done")
    facts["untouched"] = bench.names(document) == was and bench.history() == steps
    yield from hands.click(panel.state.apply, times=2)
    yield from hands.applied(document, len(was) + 1)
    yield 1000  # a second result of the second click would come now
    facts["names"], facts["steps"] = bench.names(document), bench.history()[len(steps) :]
    yield from hands.over((60.0, 200.0))
    hands.shot("04-applied")
    facts["pen_after_apply"] = hands.pen().is_on


def look_around(facts):
    """While the pen is taken, Space and the middle button still move the view, and draw nothing."""
    from pullbrush.canvas import scroll_of

    def stood():
        return scroll_of(bench.controller().canvas().widget)

    at, seen = guide.on_screen((128.0, 128.0)), [stood()]
    for key, number in (("space", 1), ("", 2)):
        yield from guide.hand("mousemove", at.x(), at.y(), *(["keydown", key] if key else []))
        yield 200
        yield from guide.hand("mousedown", number, "mousemove", at.x() + 40, at.y() + 30)
        yield 300
        yield from guide.hand("mouseup", number, *(["keyup", key] if key else []))
        yield lambda: stood() != seen[-1]
        seen.append(stood())
    facts["views"] = len(set(seen))
    facts["drawn_meanwhile"] = len(hands.desk().drags.now.strokes)


def undo_and_redo(facts, document):
    """Right after the button: Ctrl+Z is Krita's."""
    was = len(facts["names"]) - 1
    yield from hands.keys("ctrl+z")
    yield lambda: len(bench.names(document)) == was
    yield 600
    hands.shot("05-undone")
    facts["words_after_undo"] = hands.panel().state.words.text()
    yield from hands.keys("ctrl+shift+z")
    yield lambda: bench.names(document) == facts["names"]
    yield 600
    hands.shot("06-redone")
    facts["words_after_redo"] = hands.panel().state.words.text()


def brush(facts, document):
    """`b` takes the brush, and the pen of Pullbrush is put away: the stroke is paint."""
    yield from hands.keys("f")
    yield lambda: hands.tool_is(FILL)
    yield from hands.keys("b")
    yield lambda: hands.tool_is(BRUSH)
    facts["pen_after_b"] = hands.pen().is_on
    layer, whole = document.activeNode(), (0, 0, document.width(), document.height())
    before = bench.digest(layer, whole)
    drags = hands.desk().drags.now.plain()
    yield from guide.pull((40.0, 40.0), (90.0, 40.0))
    yield lambda: bench.digest(layer, whole) != before
    facts["drags_kept"] = hands.desk().drags.now.plain() == drags
    yield from bench.settled(document)
    yield from hands.keys("ctrl+z")
    yield lambda: bench.digest(layer, whole) == before
    facts["words"] = hands.desk().panel.value("prompt")


def edit_again(facts, document):
    """The arrows of a result come back with the pen; pulled, cancelled, run, applied."""
    panel, desk = hands.panel(), hands.desk()
    yield from hands.click(panel.menu.button)
    yield 300
    hands.shot("07-menu")
    yield from guide.hand("key", "Escape")
    yield from hands.click(panel.canvas_bar.clear)
    yield lambda: not desk.drags.now.strokes
    yield from hands.layer_in_list(facts["names"][-1])
    yield from hands.click(panel.again)
    yield lambda: desk.drags.now.strokes and hands.pen().is_on
    yield 500
    yield from hands.over((60.0, 200.0))
    hands.shot("08-again")
    names = bench.names(document)
    yield from guide.pull(SUN[1], (SUN[1][0] + 14, SUN[1][1] + 4))
    facts["pulled"] = desk.drags.now.plain()[0][-1]
    yield lambda: desk.session.stage == "running"
    hands.shot("09-running")
    yield from hands.click(panel.state.stop)
    yield lambda: desk.session.stage not in ("running", "stopping", "waiting")
    facts["cancelled"] = [desk.session.stage, bench.names(document) == names]
    hands.shot("10-cancelled")
    yield from hands.click(panel.state.run)
    yield from hands.computed()
    yield from hands.click(panel.state.apply)
    yield from hands.applied(document, len(names) + 1)
    yield from hands.over((60.0, 200.0))
    hands.shot("11-replaced")
    facts["replaced"] = [node.visible() for node in document.rootNode().childNodes()]


def save_and_reopen(facts, args, document):
    """Ctrl+S, Ctrl+W, open: the result can still be edited again; then another edit above it."""
    controller = bench.controller()
    yield from hands.keys("ctrl+s")
    yield lambda: not document.modified()
    yield from bench.settled(document)
    yield from hands.keys("ctrl+w")
    yield lambda: controller.desk is None
    again = Krita.instance().openDocument(args["kra"])
    yield from bench.show(again)
    yield from hands.over()
    panel, desk = hands.panel(), hands.desk()
    facts["pen_in_reopened"] = hands.pen().is_on
    facts["effort_kept"] = desk.panel.value("preset")
    yield from hands.layer_in_list(bench.names(again)[-1])
    yield from hands.click(panel.again)
    yield lambda: desk.drags.now.strokes
    facts["drags_again"] = desk.drags.now.plain()
    yield 500
    hands.shot("12-reopened")
    yield from hands.click(panel.canvas_bar.clear)
    names = bench.names(again)
    if not hands.pen().is_on:
        yield from hands.click(panel.canvas_bar.on)
    yield from guide.pull(*BALLOON)
    yield from hands.computed()
    yield from hands.keys("Return")
    yield from hands.applied(again, len(names) + 1)
    yield from hands.over((60.0, 200.0))
    hands.shot("13-second")
    facts["second"] = bench.names(again)
    facts["history"] = len(desk.results.history.entries)
