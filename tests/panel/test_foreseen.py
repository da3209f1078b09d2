# SPDX-License-Identifier: Apache-2.0
"""Where a preview's result will hide layers, the canvas shows what will be seen: no object twice, no edge doubled."""

from __future__ import annotations

import pytest
from desktop import Desktop
from nodes import Node
from pullbrush.qt import QtGui
from pullbrush.seeing import Change, seen_with
from steps import computed, overlay_on

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
