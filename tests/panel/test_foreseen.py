# SPDX-License-Identifier: Apache-2.0
"""Where a preview's result will hide layers, the canvas shows what will be seen: no object twice, no edge doubled."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from desktop import Desktop
from nodes import Node
from pullbrush import foreseen
from pullbrush.qt import QtGui
from pullbrush.seeing import Change, seen_with
from steps import computed, overlay_on

from protocol.plugin import bites as biting
from protocol.plugin.bites import at_once
from protocol.plugin.host import Pixels

RECT = (10, 10, 8, 6)
RED, BLUE, CLEAR = bytes((200, 0, 0, 255)), bytes((0, 0, 200, 255)), bytes(4)


def filled(color: bytes, rect: tuple[int, int, int, int] = RECT) -> Pixels:
    return Pixels(rect=rect, data=color * (rect[2] * rect[3]))


def change(color: bytes, *hidden: str, on: str = "source") -> Change:
    image = QtGui.QImage(RECT[2], RECT[3], QtGui.QImage.Format.Format_RGBA8888)
    red, green, blue, alpha = color
    image.fill(QtGui.QColor(red, green, blue, alpha))
    return Change(image, RECT, on, hidden)


def made(document: Node, what: Change) -> tuple[int, int, int, int]:
    seen = at_once(seen_with(document, what))
    assert (seen.width(), seen.height()) == RECT[2:]
    got = seen.pixelColor(3, 3)
    return (got.red(), got.green(), got.blue(), got.alpha())


def test_a_hidden_layer_is_not_seen_below_its_preview() -> None:
    source = Node("source", filled(RED))
    assert made(Node("root", children=(source,)), change(CLEAR, "source")) == (0, 0, 0, 0)
    assert made(Node("root", children=(source,)), change(CLEAR)) == (200, 0, 0, 255)


def test_what_lies_below_and_above_is_seen() -> None:
    below, source = Node("below", filled(BLUE)), Node("source", filled(RED))
    above = Node("above", filled(bytes((0, 100, 0, 255))))
    nodes = (below, source)
    assert made(Node("root", children=nodes), change(CLEAR, "source")) == tuple(BLUE)
    nodes = (below, source, above)
    assert made(Node("root", children=nodes), change(RED, "source")) == (0, 100, 0, 255)
    above.shown = False
    assert made(Node("root", children=nodes), change(RED, "source")) == tuple(RED)


def test_a_copy_is_seen_as_its_layer_is_and_so_are_the_others() -> None:
    below, source = Node("below", filled(BLUE)), Node("source", filled(RED), opaque=128)
    root = Node("root", children=(below, source))
    assert made(root, change(RED, "source")) == pytest.approx((100, 0, 100, 255), abs=2)
    below.pixels, source.opaque = filled(bytes((100, 100, 100, 255))), 255
    above = Node("above", filled(bytes((128, 128, 128, 255))), mode="multiply")
    root = Node("root", children=(below, source, above))
    assert made(root, change(CLEAR, "source")) == pytest.approx((50, 50, 50, 255), abs=2)


def test_a_layer_in_a_group_is_taken_out_of_it_and_the_group_keeps_its_opacity() -> None:
    source = Node("source", filled(RED))
    group = Node("group", children=(source,), kind="grouplayer", opaque=128)
    root = Node("root", children=(Node("below", filled(BLUE)), group))
    assert made(root, change(CLEAR, "source")) == tuple(BLUE)
    assert made(root, change(RED, "source")) == pytest.approx((100, 0, 100, 255), abs=2)


def test_a_large_picture_is_put_together_in_bites() -> None:
    rect = (0, 0, 2048, 512)
    image = QtGui.QImage(4, 4, QtGui.QImage.Format.Format_RGBA8888)
    image.fill(0)
    root = Node("root", children=(Node("source", filled(RED)), Node("over", filled(RED))))
    work = seen_with(root, Change(image, rect, "source", ("source",)))
    assert len(list(work)) == 8


class Clock:
    """A time that passes only while something works."""

    def __init__(self) -> None:
        self.now = 1024.0

    def monotonic(self) -> float:
        return self.now

    perf_counter = monotonic


class Shown:
    """A preview, which is itself and no other."""

    image, rect = None, RECT


BITE_S = 1 / 1024


class Slow:
    """A preview that hides its layer, whose picture takes so many bites of a millisecond."""

    def __init__(self, clock: Clock, bites: int) -> None:
        self.desk = SimpleNamespace(
            status=SimpleNamespace(will_hide=("source",)), source=SimpleNamespace(lies_on="source")
        )
        self.preview = Shown()
        self.host = self
        self._clock, self._bites = clock, bites
        self.begun = 0

    def seen_with(self, _change: Change) -> Iterator[None]:
        self.begun += 1
        for _ in range(self._bites):
            self._clock.now += BITE_S
            yield
        return self.begun  # type: ignore[return-value]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (foreseen, biting):
        monkeypatch.setattr(module, "time", clock)
    return clock


def test_a_large_picture_takes_three_milliseconds_of_each_frame(clock: Clock) -> None:
    """4096 × 4096 pixels are some 64 bites of a layer: the first picture of it comes over many frames."""
    follower = foreseen.Foreseen(Slow(clock, bites=64))
    for frame in range(64 // 4):
        before = clock.now
        follower.follow()
        assert clock.now - before <= foreseen.TURN_S + BITE_S
        assert follower.waits, frame
    follower.follow()
    assert (follower.picture, follower.waits) == (1, False)


def test_it_is_made_again_after_a_rest_in_proportion_to_the_work(clock: Clock) -> None:
    for bites, rest in ((2, foreseen.AGAIN_S), (200, foreseen.REST * 200 * BITE_S)):
        slow = Slow(clock, bites)
        follower = foreseen.Foreseen(slow)
        while follower.picture is None:
            follower.follow()
        clock.now += rest - 0.01
        follower.follow()
        assert slow.begun == 1, "it is still new"
        clock.now += 0.02
        follower.follow()
        assert slow.begun == 2
        assert follower.picture == 1 or bites == 2, "the older one is shown until then"


def test_another_preview_is_worked_on_at_once(clock: Clock) -> None:
    slow = Slow(clock, bites=2)
    follower = foreseen.Foreseen(slow)
    follower.follow()
    slow.preview = Shown()
    follower.follow()
    assert (slow.begun, follower.picture) == (2, 2)
    slow.desk.status.will_hide = ()
    follower.follow()
    assert (follower.picture, follower.waits) == (None, False)


def test_over_the_canvas_lies_what_will_be_seen_on_the_programs_checks(desktop: Desktop) -> None:
    computed(desktop, placement="instead")
    preview = desktop.controller.preview
    assert preview is not None
    desktop.beat()
    image = overlay_on(desktop, "transparent")
    x, y, width, height = preview.rect
    inside = [
        image.pixelColor(x + dx, y + dy)
        for dx in range(4, width - 4)
        for dy in range(4, height - 4)
    ]
    assert {color.alpha() for color in inside} == {255}, "the source is seen through it"
    found = {(color.red(), color.green(), color.blue()) for color in inside}
    assert {(220, 220, 220), (255, 255, 255)} <= found
