# SPDX-License-Identifier: Apache-2.0
"""Pens on drags and on a selected object, outlines of masks, flat places: what a canvas does, without a canvas."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fakes.host import open_host
from hypothesis import given
from hypothesis import strategies as st

from protocol.edits import EditModel, Move
from protocol.plugin import pulling, shifting
from protocol.plugin.drags import DragList, Grip
from protocol.plugin.flat import flat_strokes, is_flat
from protocol.plugin.host import Pixels
from protocol.plugin.outline import outline
from protocol.plugin.panel import PanelModel
from protocol.plugin.undo import Undo


@dataclass
class Owner:
    """Keeps drags and a panel, and counts how often the pen was lifted."""

    drags: Undo[DragList] = field(default_factory=lambda: Undo(now=DragList()))
    panel: PanelModel = field(default_factory=lambda: PanelModel(edit=EditModel.of(Move)))
    notice: str = ""
    lifted: int = 0

    def set_drags(self, drags: DragList, *, step: bool = True) -> None:
        self.drags = self.drags.do(drags) if step else self.drags.adjust(drags)

    def set_many(self, values: Any) -> None:
        self.panel = self.panel.set_all(values)

    def let_go(self) -> None:
        self.lifted += 1


def pull(owner: Owner, start: Any, *way: Any, **more: Any) -> None:
    """Press, move along, lift."""
    going = pulling.press(owner, start, radius=more.pop("radius", 8), **more)
    for place in way:
        assert going is not None
        going.move(place)
    if going is not None:
        going.lift()


def test_press_and_pull_is_one_drag_and_one_step() -> None:
    owner = Owner()
    pull(owner, (10, 10), (15, 10), (20, 12), (30, 15))
    assert owner.drags.now.plain() == [[[10, 10], [30, 15]]]
    assert owner.lifted == 1
    owner.drags = owner.drags.undo()
    assert owner.drags.now.strokes == ()


def test_a_tap_is_a_pin() -> None:
    owner = Owner()
    pull(owner, (10, 10))
    pull(owner, (50, 50), (50.5, 50))  # a pen trembles
    assert owner.drags.now.plain() == [[[10, 10]], [[50, 50]]]
    owner.drags = owner.drags.undo()
    assert owner.drags.now.plain() == [[[10, 10]]]


def test_either_end_is_taken_where_it_is_and_does_not_jump() -> None:
    owner = Owner()
    pull(owner, (10, 10), (40, 10))
    pull(owner, (43, 12), (53, 12))  # beside the target
    assert owner.drags.now.plain() == [[[10, 10], [50, 10]]]
    pull(owner, (10, 10), (10, 20))
    assert owner.drags.now.plain() == [[[10, 20], [50, 10]]]
    assert owner.drags.now.chosen == Grip(number=1, at=0, part="handle")
    owner.drags = owner.drags.undo()
    assert owner.drags.now.plain() == [[[10, 10], [50, 10]]]


def test_touching_a_point_chooses_it_and_is_no_step() -> None:
    owner = Owner()
    pull(owner, (10, 10), (40, 10))
    steps = len(owner.drags.past)
    pull(owner, (10, 10))
    assert owner.drags.now.chosen == Grip(number=1, at=0, part="handle")
    assert len(owner.drags.past) == steps


def test_the_other_tools() -> None:
    owner = Owner()
    pull(owner, (10, 10), (50, 10))
    pull(owner, (90, 90), tool="pin")
    pull(owner, (30, 12), (30, 25), tool="way")
    assert owner.drags.now.plain() == [[[10, 10], [30, 25], [50, 10]], [[90, 90]]]
    pull(owner, (70, 70), tool="way")  # no drag there
    pull(owner, (70, 70), tool="remove")
    assert len(owner.drags.now.strokes) == 2
    pull(owner, (30, 25), tool="remove")
    assert owner.drags.now.plain() == [[[10, 10], [50, 10]], [[90, 90]]]
    pull(owner, (50, 10), tool="remove")
    assert owner.drags.now.plain() == [[[90, 90]]]


def test_keys_reach_every_point() -> None:
    owner = Owner()
    pull(owner, (10, 10), (50, 10))
    pull(owner, (90, 90), tool="pin")
    seen = []
    for _ in range(4):
        pulling.choose_next(owner)
        seen.append(owner.drags.now.chosen)
    assert [(grip.number, grip.part) for grip in seen if grip] == [
        (1, "handle"), (1, "target"), (2, "pin"), (1, "handle"),
    ]  # fmt: skip
    pulling.choose_next(owner, -1)
    pulling.nudge(owner, 1, -2)
    assert owner.drags.now.plain()[1] == [[91, 88]]
    pulling.remove_chosen(owner)
    assert owner.drags.now.plain() == [[[10, 10], [50, 10]]]
    pulling.remove_chosen(owner)  # nothing chosen
    assert len(owner.drags.now.strokes) == 1


def test_too_many_drags_say_so() -> None:
    owner = Owner(drags=Undo(now=DragList(most=1)))
    pull(owner, (10, 10), (50, 10))
    assert pulling.press(owner, (90, 90), radius=8) is None
    assert owner.notice == "There can be 1 arrows and pins. Remove one first."


def test_a_point_that_was_removed_meanwhile_is_let_go() -> None:
    owner = Owner()
    going = pulling.press(owner, (10, 10), radius=8)
    assert going is not None
    going.move((30, 30))
    owner.set_drags(DragList())
    going.move((40, 40))
    assert owner.drags.now.strokes == ()


# ---------------------------------------------------------------- moving an object

BOX = (100, 100, 40, 20)


def test_the_object_follows_the_pen() -> None:
    owner = Owner()
    going = shifting.press(owner, (120, 110), box=BOX, radius=6)
    assert going is not None
    going.move((150, 100))
    going.move((140, 115))
    going.lift()
    assert (owner.panel.value("dx"), owner.panel.value("dy")) == (20, 5)
    assert owner.lifted == 1
    assert shifting.press(owner, (120, 80), box=BOX, radius=6) is None
    again = shifting.press(owner, (150, 120), box=BOX, radius=6)  # where it lies now
    assert again is not None
    again.move((149, 120))
    assert owner.panel.value("dx") == 19


def test_an_object_that_is_pulled_goes_by_whole_pixels() -> None:
    """On a zoomed canvas the pen stands between pixels; an object put there would be blurred."""
    owner = Owner()
    going = shifting.press(owner, (120.2, 110.9), box=BOX, radius=6)
    assert going is not None
    going.move((140.6, 106.4))
    assert (owner.panel.value("dx"), owner.panel.value("dy")) == (20, -4)
    shifting.nudge(owner, 0.25, 0)
    again = shifting.press(owner, (140.6, 106.4), box=BOX, radius=6)
    assert again is not None
    again.move((141.9, 106.4))
    assert owner.panel.value("dx") == 21.25, "what was set by the quarter stays"


def test_a_corner_scales_about_the_middle() -> None:
    owner = Owner()
    owner.set_many({"dx": 10})
    corner = shifting.placed(owner.panel, BOX).corners[2]
    assert corner == (150, 120)
    going = shifting.press(owner, (151, 121), box=BOX, radius=6)
    assert going is not None
    middle = (130, 110)
    going.begin = corner
    going.move((middle[0] + 40, middle[1] + 20))
    assert owner.panel.value("scale") == 2
    assert shifting.placed(owner.panel, BOX).corners[0] == (90, 90)
    going.move((middle[0] + 4000, middle[1]))
    assert owner.panel.value("scale") == 4  # as far as the edit goes
    assert owner.panel.value("dx") == 10


def test_arrow_keys_shift_the_object() -> None:
    owner = Owner()
    shifting.nudge(owner, -1, 0.5)
    shifting.nudge(owner, -1, 0.5)
    assert (owner.panel.value("dx"), owner.panel.value("dy")) == (-2, 1)


# ---------------------------------------------------------------- outlines


def mask_of(width: int, height: int, inside: Any, value: int = 255) -> Pixels:
    data = bytes(value if inside(x, y) else 0 for y in range(height) for x in range(width))
    return Pixels(rect=(5, 7, width, height), data=data, channels=1, order="gray", alpha="none")


def area(loop: Any) -> float:
    pairs = zip(loop, (*loop[1:], loop[0]), strict=True)
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs) / 2


def test_the_outline_of_a_box_is_its_four_corners() -> None:
    (loop,) = outline(mask_of(20, 20, lambda x, y: 3 <= x < 9 and 4 <= y < 6))
    assert set(loop) == {(8, 11), (14, 11), (14, 13), (8, 13)}
    assert len(loop) == 4


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7))))
def test_outlines_enclose_exactly_what_is_full(full: set[tuple[int, int]]) -> None:
    loops = outline(mask_of(8, 8, lambda x, y: (x, y) in full))
    assert sum(area(loop) for loop in loops) == len(full)  # holes run the other way


def test_a_large_mask_is_outlined_at_once_and_closely() -> None:
    inside = bytearray(2000 * 2000)
    for y in range(2000):
        half = int(math.sqrt(max(0, 800**2 - (y - 1000) ** 2)))
        inside[y * 2000 + 1000 - half : y * 2000 + 1000 + half] = b"\xff" * (2 * half)
    mask = Pixels(
        rect=(0, 0, 2000, 2000), data=bytes(inside), channels=1, order="gray", alpha="none"
    )
    started = time.process_time()
    (loop,) = outline(mask)
    took = time.process_time() - started
    started = time.process_time()
    assert sum(1 for byte in inside if byte) > 2_000_000  # a look at every pixel, by itself
    assert took < 0.5 * (time.process_time() - started)
    assert area(loop) == pytest.approx(math.pi * 800**2, rel=0.03)
    assert all(abs(math.dist(p, (1000, 1000)) - 800) < 45 for p in loop)


def test_half_selected_counts_and_less_does_not() -> None:
    assert outline(mask_of(4, 4, lambda x, y: True, 128))
    assert outline(mask_of(4, 4, lambda x, y: True, 127)) == ()
    with pytest.raises(ValueError, match="one byte a pixel"):
        outline(Pixels(rect=(0, 0, 1, 1), data=b"1234"))


# ---------------------------------------------------------------- flat places


def test_flat_places_are_told_from_others_in_every_depth() -> None:
    assert is_flat(Pixels(rect=(0, 0, 3, 1), data=b"\x10\x10\x10\xff" * 3))
    assert is_flat(Pixels(rect=(0, 0, 2, 1), data=b"\x10\x10\x10\xff\x14\x10\x10\xff"))
    assert not is_flat(Pixels(rect=(0, 0, 2, 1), data=b"\x10\x10\x10\xff\x40\x10\x10\xff"))
    import struct

    edge = struct.pack("<8f", 0.1, 0.1, 0.1, 1, 0.5, 0.1, 0.1, 1)
    assert not is_flat(Pixels(rect=(0, 0, 2, 1), data=edge, dtype="f4"))
    assert is_flat(Pixels(rect=(0, 0, 2, 1), data=bytes(16), dtype="u2"))


def test_only_the_handles_of_drags_are_looked_at() -> None:
    host = open_host(128, 64)
    paper = host.sheet("paper")
    left, top, width, height = paper.pixels.rect
    half = bytes(
        (90 if x < width // 2 else (x * 37 + y * 11) % 256) for y in range(height)
        for x in range(width) for _ in range(4)
    )  # fmt: skip
    host.paint("paper", replace(paper.pixels, data=half))
    drags = DragList().add((20, 30), (90, 30)).add((100, 30), (20, 30)).add_pin((20, 40))
    assert flat_strokes(host, drags) == {1}
    assert flat_strokes(host, drags, source="gone") == frozenset()
    assert (left, top) == (2, 1)
