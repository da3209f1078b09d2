# SPDX-License-Identifier: Apache-2.0
"""The suite for hosts against the host of bytes; tests/hosts runs the same inside real paint programs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.host import FakeHost, open_host
from fakes.host_suite import CASES

from protocol.images import Depth
from protocol.plugin.host import Rect


class FakeArtist:
    """Hands for the fake host."""

    undoes_selections = True

    def __init__(self) -> None:
        self.host: FakeHost = open_host(bite=2)
        self.paper = "paper"

    def select(self, rect: Rect | None, value: int = 255) -> None:
        self.host.select(rect, value)

    def undo(self) -> None:
        self.host.undo()

    def redo(self) -> None:
        self.host.redo()

    def names(self) -> list[str]:
        return self.host.names

    def visible(self, key: str) -> bool:
        return self.host.sheet(key).visible

    def steps(self) -> int:
        return len(self.host.past)

    def look(self) -> None:
        """Everything of this host is in its undo."""

    def close(self) -> None:
        self.host.key = None

    def crop(self, rect: Rect) -> None:
        self.host.crop(rect)

    def resize(self, rect: Rect) -> None:
        self.host.crop(rect, cut=False)

    def scale(self, width: int, height: int) -> None:
        self.host.scale(width, height)

    def rotate(self) -> None:
        self.host.rotate()

    def convert(self, dtype: Depth) -> None:
        self.host.convert(dtype)

    def move(self, dx: int, dy: int) -> None:
        self.host.move(self.paper, dx, dy)

    def paint(self, rect: Rect, color: tuple[int, int, int, int]) -> None:
        self.host.paint_over(self.paper, rect, color)

    def delete(self) -> None:
        other = replace(self.host.sheet(self.paper), key="other", name="Other")
        self.host.do("Add", replace(self.host.state, sheets=(other, *self.host.state.sheets)))
        self.host.delete(self.paper)


@pytest.mark.parametrize("case", CASES)
def test_the_fake_host(case: str) -> None:
    for _ in CASES[case](FakeArtist()):
        pass
