# SPDX-License-Identifier: Apache-2.0
"""The board on which a scene of world 2 is laid out: things keep apart, or stand a little before one another."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from server.lab.scenes.dice import Dice
from server.lab.scenes.scene import Ground
from server.lab.scenes.things import SIDE, Box, Thing

T = TypeVar("T", bound=Thing)
TRIES = 24
"""How many places are tried before a thing is left out."""
EDGE = 5.0
"""World pixels between a thing and the sides of the picture."""
APART = 3.0
"""World pixels between two things that do not cover one another."""
BESIDE = 34.0
COVERABLE = ("house", "tree")
"""Kinds large enough to be known when something stands before them."""


class Board:
    """The boxes taken so far, each with the thing that stands there, or None for what nothing may touch.

    A house or a tree may be covered by a nearer thing to `cover` (0 … 1) of its box.
    """

    def __init__(self, dice: Dice, ground: Ground, cover: float) -> None:
        self.dice, self.ground, self.cover = dice, ground, cover
        self.taken: list[tuple[Box, Thing | None]] = []
        self.path = path_boxes(ground)

    def take(self, box: Box) -> None:
        """Keep everything out of a box."""
        self.taken.append((box, None))

    def hang(self, thing: T, low: float, high: float, fits: Callable[[T], bool]) -> T | None:
        """The thing at a free place in the air, its anchor's y in low … high; None where there is no room."""
        for _ in range(TRIES if low <= high else 0):
            there = replace(thing, x=self._across(thing), y=self.dice.between(low, high))
            if self._free(there.room) and fits(there):
                self.take(there.room)
                return there
        return None

    def stand(
        self,
        thing: T,
        first: float,
        last: float,
        *,
        grows: float = 0.0,
        beside: Thing | None = None,
        on_path: bool = False,
    ) -> T | None:
        """The thing standing on the near land, `first` … `last` rows below its edge; None where there is no room.

        It is `grows` (0 … 1) larger at the bottom of the picture than where the land begins, within BESIDE columns
        of another thing if one is given, and off the path unless `on_path`.
        """
        for _ in range(TRIES):
            x = self._across(thing)
            if beside is not None:
                x = beside.x + self.dice.between(-BESIDE, BESIDE)
            edge = self.ground.near.height_at(x)
            deepest = min(edge + last, SIDE - 4.0)
            if edge + first >= deepest:
                continue
            y = self.dice.between(edge + first, deepest)
            near = max((y - self.ground.horizon) / (SIDE - self.ground.horizon), 0.0)
            size = round(thing.size * (1.0 + grows * near) * 16) / 16
            there = replace(thing, x=x, y=y, size=size)
            off = on_path or all(shared_area(there.box, box) <= 0.0 for box in self.path)
            if off and self._inside(there) and self._free(there.box, there):
                self.taken.append((there.box, there))
                return there
        return None

    def _across(self, thing: Thing) -> float:
        left, right = thing.x - thing.box[0], thing.box[2] - thing.x
        return self.dice.between(left + EDGE, SIDE - EDGE - right)

    def _inside(self, thing: Thing) -> bool:
        return thing.box[0] >= 0.0 and thing.box[2] <= SIDE

    def _free(self, box: Box, thing: Thing | None = None) -> bool:
        wide = (box[0] - APART, box[1] - APART, box[2] + APART, box[3] + APART)
        return all(
            shared_area(wide, other) <= 0.0
            or (thing is not None and there is not None and self._before(thing, there))
            for other, there in self.taken
        )

    def _before(self, one: Thing, other: Thing) -> bool:
        """Whether the nearer of two things may cover as much of the farther one as it does."""
        back = one if one.y < other.y else other
        if back.kind not in COVERABLE or abs(one.y - other.y) < 5.0:
            return False
        x0, y0, x1, y1 = back.box
        return shared_area(one.box, other.box) <= self.cover * (x1 - x0) * (y1 - y0)


def shared_area(one: Box, other: Box) -> float:
    """The area two boxes have in common, 0 where they lie apart."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide * high if wide > 0.0 and high > 0.0 else 0.0


def path_boxes(ground: Ground) -> list[Box]:
    """Boxes that keep the feet of houses, trees and fences off the path, so that it is seen."""
    path = ground.path
    if path is None:
        return []
    top, steps = ground.near.height_at(path.head), 4
    boxes: list[Box] = []
    for step in range(steps):
        part = (step + 0.5) / steps
        x = path.head + part * (path.foot - path.head)
        half = 0.5 * path.width * (0.35 + 0.65 * part)
        y0, y1 = (top + (SIDE - top) * (step + end) / steps for end in (0.3, 1.0))
        boxes.append((x - half, y0, x + half, y1))
    return boxes
