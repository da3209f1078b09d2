# SPDX-License-Identifier: Apache-2.0
"""Cases of widgets.py about the panel's picture, its buttons' places, and clocks that go on."""

from dataclasses import replace
from types import SimpleNamespace

from pullbrush.gtk import Gdk, Gtk
from widgets_bench import WAY

from protocol.plugin.guard import problems
from protocol.plugin.host import HostError
from protocol.plugin.launch import EngineState


def places(bench):
    """Where the buttons are, and which of them can be pressed."""
    bench.wait(0.1)
    state = bench.panel.state
    buttons = [state.run, state.stop, state.apply, state.drop]
    spaces = [one.get_allocation() for one in buttons]
    assert all(one.get_mapped() for one in buttons)
    return [(one.x, one.width) for one in spaces], [one.is_sensitive() for one in buttons]


def case_the_buttons_stay_where_they_are_whatever_happens(bench):
    bench.desk.auto_run = False
    first, pressable = places(bench)
    assert pressable == [False, False, False, False]
    bench.asked()
    computing, pressable = places(bench)
    assert pressable == [False, True, True, False]
    bench.net.done(bench.net.last())
    bench.until(lambda: bench.desk.session.stage == "done", "done")
    done, pressable = places(bench)
    assert pressable == [True, False, True, True]
    assert first == computing == done


def case_what_became_of_the_picture_is_said_with_what_can_be_done(bench):
    bench.computed()
    before, _ = places(bench)
    bench.host.do("paint", painted(bench.host.state))
    state = bench.panel.state
    bench.until(lambda: state.stale.widget.get_visible(), "said")
    assert "Compute again" in state.stale.words.get_text()
    assert bench.shown is None, "the preview is that of another picture"
    assert not state.apply.is_sensitive()
    assert places(bench)[0] == before
    state.offers["apply_anyway"].clicked()
    bench.until(lambda: len(bench.host.names) == 2, "applied anyway")
    bench.until(lambda: not state.stale.widget.get_visible(), "settled")


def painted(state):
    """All of the paper is of one color now."""
    sheets = [
        replace(one, pixels=replace(one.pixels, data=bytes((9, 8, 7, 255)) * (len(one.pixels.data) // 4)))
        for one in state.sheets
    ]  # fmt: skip
    return replace(state, sheets=tuple(sheets))


def case_apply_three_times_is_one_layer_and_undo_is_noticed(bench):
    bench.computed()
    for _ in range(3):
        bench.panel.state.apply.clicked()
        bench.wait(0.3)
    assert len(bench.host.names) == 2
    assert not bench.panel.state.apply.is_sensitive()
    bench.host.undo()
    bench.until(lambda: bench.panel.state.apply.is_sensitive(), "noticed")
    jobs = len(bench.net.jobs)
    bench.panel.state.apply.clicked()
    bench.until(lambda: len(bench.host.names) == 2, "put back")
    assert len(bench.net.jobs) == jobs, "computed a second time"


def case_the_queue_is_a_list_whose_rows_can_be_cancelled(bench):
    bench.asked()
    bench.panel.documents.widget.set_active(1)
    queue = bench.panel.queue
    bench.until(lambda: queue.widget.get_visible(), "listed")
    bench.until(lambda: "picture 1.xcf" in queue._words[0].get_text(), "named")
    queue.lines.get_children()[0].get_children()[1].clicked()
    assert bench.net.last("edit").cancels == [False]


def case_diagnostics_can_be_copied_whenever_something_is_wrong(bench):
    bench.asked()
    bench.net.fail(bench.net.last())
    bench.until(lambda: bench.panel.state.diagnose.get_visible(), "offered")
    bench.panel.state.diagnose.clicked()
    assert "failure: gpu.oom" in Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).wait_for_text()
    bench.wire.state = EngineState(kind="absent", sentence="It ended.", command="/opt/p serve")
    bench.net.go()
    page = bench.panel.engine_page
    bench.until(lambda: page.diagnose.get_mapped(), "offered there, too")
    bench.host.key = None
    page.diagnose.clicked()
    assert "It ended." in Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).wait_for_text()


def case_keys_of_the_panel_take_the_newest_result_out_and_put_it_back(bench):
    bench.computed()
    bench.panel.state.apply.clicked()
    bench.until(lambda: len(bench.host.names) == 2, "applied")
    press = lambda name, *held: bench.app._key(None, key_event(name, *held))  # noqa: E731
    control, shift = Gdk.ModifierType.CONTROL_MASK, Gdk.ModifierType.SHIFT_MASK
    bench.app.window.set_focus(None)
    assert not press("z")
    assert press("z", control)
    assert len(bench.host.names) == 1
    bench.until(lambda: bench.desk.session.stage == "taken_back", "noticed")
    assert press("Z", control, shift)
    bench.until(lambda: len(bench.host.names) == 2, "put back")
    bench.panel.rows["prompt"].box.grab_focus()
    assert not press("z", control), "that is the words' own"


def key_event(name, *held):
    state = Gdk.ModifierType(0)
    for one in held:
        state |= one
    return SimpleNamespace(keyval=Gdk.keyval_from_name(name), state=state)


def colors(bench, *points):
    """What the picture shows at points of the document."""
    bench.wait(0.2)
    box = bench.app.previews.box
    pixels, width = box.picture.get_pixels(), box.size[0]
    found = []
    for point in points:
        x, y = (int(v) for v in box.look.place(point))
        found.append(tuple(pixels[4 * (y * width + x) :][:3]))
    return found


def case_the_picture_shows_the_result_in_its_place_and_what_was_before(bench):
    bench.computed(opaque=True)
    _, (left, top, width, height) = bench.shown
    inside, beside = (left + width / 2, top + height - 4), (left + width / 2, top + height + 6)
    gray = tuple(bench.host.color[:3])
    now = colors(bench, inside, beside)
    assert now[0] != gray
    assert now[1] == gray
    box = bench.app.previews.box
    box.compare.set_active(True)
    assert colors(bench, inside, beside) == [gray, gray]
    box.compare.set_active(False)
    assert colors(bench, inside, beside) == now
    bench.panel.state.drop.clicked()
    assert colors(bench, inside) == [gray]
    assert not box.compare.is_sensitive()


def case_handles_are_marked_in_the_picture(bench):
    bench.desk.auto_run = False
    bench.draw(WAY)
    box = bench.app.previews.box
    bench.until(lambda: bench.host.looks > 1, "drawn")
    (x, y), away = WAY[0], 4 * max(box.size) / 256
    for _ in range(2):
        (ring,) = colors(bench, (x + away / box.look.zoom, y))
        assert sum(abs(a - b) for a, b in zip(ring, (0x00, 0x72, 0xB2), strict=True)) < 90, ring
        box.step(1, box.look.place(WAY[0]))  # a ring is as large in any zoom


def case_the_picture_is_zoomed_moved_and_fitted(bench):
    bench.computed()
    box = bench.app.previews.box
    fitted = box.look
    box.more.widget.clicked()
    bench.wait(0.2)
    assert box.look.zoom > fitted.zoom
    assert box.percent.get_child().get_text() == f"{100 * box.look.zoom:.0f} %"
    nearer = box.look
    box._pressed(None, SimpleNamespace(x=20.0, y=20.0))
    box._moved(None, SimpleNamespace(x=30.0, y=25.0))
    bench.wait(0.1)
    assert box.look.center[0] < nearer.center[0]
    box.percent.clicked()
    bench.wait(0.1)
    assert box.look.zoom == 1
    looks = bench.host.looks
    box.fit.widget.clicked()
    bench.wait(0.2)
    assert (box.look.zoom, box.look.center) == (fitted.zoom, fitted.center)
    assert bench.host.looks > looks


def case_what_is_painted_meanwhile_is_seen(bench):
    (before,) = colors(bench, (200, 200))
    bench.host.color = b"\xf0\x10\x10\xff"
    bench.until(lambda: colors(bench, (200, 200)) != [before], "read again")


def case_the_clocks_go_on_whatever_goes_wrong(bench):
    def fails(*_):
        raise RuntimeError("on purpose")

    studio, paths, images = bench.app.studio, bench.host.paths, bench.program.open_images
    beat = studio.beat
    studio.beat, bench.host.paths, bench.program.open_images = fails, fails, fails
    bench.until(lambda: len(problems) > 5, "gone wrong")
    studio.beat, bench.host.paths, bench.program.open_images = beat, paths, images
    bench.wait(0.3)
    problems.clear()
    bench.program.images.pop()
    bench.draw(WAY)
    bench.until(lambda: bench.panel.counts.get_text() == "Arrows: 1, pins: 0", "heard")
    bench.until(lambda: len(bench.app.documents()) == 1, "listed")


def case_a_closed_picture_is_left_for_the_other_one(bench):
    bench.desk.auto_run = False
    bench.draw(WAY)

    def gone(*_):
        raise HostError("The image is closed.")

    bench.host.key, bench.host.paths, bench.host.seen = None, gone, gone
    bench.program.images.pop(0)
    bench.until(lambda: bench.app.seat.host is bench.program.hosts.get(2), "turned to the other")
    bench.panel.edits.widget.set_active_id("=move")
    bench.until(lambda: bench.desk.kind == "move", "it goes on")
    bench.program.images.pop()
    bench.program.hosts[2].key = None
    bench.until(lambda: bench.panel.empty.get_visible(), "said that there is none")
    assert not bench.app.previews.box.widget.get_visible()
    bench.close()
    assert not list(problems)
