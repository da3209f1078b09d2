# SPDX-License-Identifier: Apache-2.0
"""Cases of widgets.py about the panel's picture, its buttons' places, and clocks that go on."""

from types import SimpleNamespace

from widgets_bench import WAY

from protocol.plugin.guard import problems
from protocol.plugin.host import HostError


def places(bench):
    """Where the buttons are, and which of them can be pressed."""
    bench.wait(0.1)
    state = bench.panel.state
    buttons = [state.run, state.apply, state.drop, state.stop]
    spaces = [one.get_allocation() for one in buttons]
    assert all(one.get_mapped() for one in buttons)
    return [(one.x, one.width) for one in spaces], [one.is_sensitive() for one in buttons]


def case_the_buttons_stay_where_they_are_whatever_happens(bench):
    bench.desk.auto_run = False
    first, pressable = places(bench)
    assert pressable == [False, False, False, False]
    bench.draw(WAY)
    bench.until(lambda: bench.panel.state.run.is_sensitive(), "ready to run")
    bench.panel.state.run.clicked()
    bench.until(lambda: "edit" in bench.net.tasks(), "asked for")
    computing, pressable = places(bench)
    assert pressable == [False, True, False, True]
    bench.net.done(bench.net.last())
    bench.until(lambda: bench.desk.session.stage == "done", "done")
    done, pressable = places(bench)
    assert pressable == [True, True, True, False]
    assert first == computing == done


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
