# SPDX-License-Identifier: Apache-2.0
"""A pen on a list of drags: press, move, lift. What it does to a point depends on the tool in its hand.

Places are document pixels; `radius` is how near counts as on it, which a canvas derives from its zoom.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

from ..edits import ParamError, Point
from .drags import DragList, Grip
from .undo import Undo

Tool = Literal["drag", "pin", "way", "remove"]
TOOLS: tuple[Tool, ...] = ("drag", "pin", "way", "remove")


class Owner(Protocol):
    """Who keeps the drags: `document_controller.DocumentController`."""

    notice: str

    @property
    def drags(self) -> Undo[DragList]: ...

    def set_drags(self, drags: DragList, *, step: bool = True) -> None: ...
    def let_go(self) -> None: ...


@dataclass(kw_only=True)
class Pull:
    """A pull from press to lift; each is one step of undo, and one without any motion changes nothing."""

    owner: Owner
    grip: Grip
    begin: Point
    slack: float
    offset: Point = (0.0, 0.0)
    fresh: bool = False
    moved: bool = False

    def move(self, to: Point) -> None:
        """The pen goes on: the point comes along, once it is clear that this is no mere tap."""
        if not self.moved and math.dist(self.begin, to) < self.slack:
            return
        step = not self.moved and not self.fresh
        self.moved = True
        place = (to[0] + self.offset[0], to[1] + self.offset[1])
        drags = self.owner.drags.now
        try:
            self.owner.set_drags(drags.move(self.grip.number, self.grip.at, place), step=step)
        except (ParamError, KeyError) as problem:
            self.owner.notice = getattr(problem, "message", "")

    def lift(self) -> None:
        """The pen leaves: a drag that leads nowhere becomes a pin."""
        drags = self.owner.drags.now
        if self.fresh and not self.moved:
            kept = drags.delete(self.grip.number).add_pin(self.begin)
            self.owner.set_drags(kept, step=False)
        self.owner.let_go()


def press(owner: Owner, at: Point, *, radius: float, tool: Tool = "drag") -> Pull | None:
    """The pen touches the canvas; returns the pull it begins, if it begins one.

    On a point: take it, or remove it with the tool `remove`. On nothing: a new drag or pin. With `way` on a drag's
    line: a place it must lead through.
    """
    drags = owner.drags.now
    grip = drags.grip_at(at, radius)
    try:
        if tool == "remove":
            return _remove(owner, grip)
        if grip is not None:
            owner.set_drags(drags.choose(grip), step=False)
            return _pull(owner, grip, at, radius)
        if tool == "way":
            return _bend(owner, at, radius)
        owner.set_drags(drags.add_pin(at) if tool == "pin" else drags.add(at))
    except ParamError as problem:
        owner.notice = problem.message
        return None
    chosen = owner.drags.now.chosen
    assert chosen is not None
    if tool == "pin":
        return _pull(owner, chosen, at, radius)
    return Pull(owner=owner, grip=chosen, begin=at, slack=radius / 4, fresh=True)


def nudge(owner: Owner, dx: float, dy: float) -> None:
    """Move the chosen point by a little, as arrow keys do."""
    try:
        owner.set_drags(owner.drags.now.nudge(dx, dy))
    except ParamError as problem:
        owner.notice = problem.message


def remove_chosen(owner: Owner) -> None:
    """Remove the chosen point, with its drag if it is an end."""
    _remove(owner, owner.drags.now.chosen)


def choose_next(owner: Owner, by: int = 1) -> None:
    """Go on to the next point, as the Tab key does, so that all can be reached without a pen."""
    drags = owner.drags.now
    grips = [
        Grip(number=stroke.number, at=at, part=stroke.part(at))
        for stroke in drags.strokes
        for at in range(len(stroke.points))
    ]
    if grips:
        last = grips.index(drags.chosen) if drags.chosen in grips else (-1 if by > 0 else 0)
        owner.set_drags(drags.choose(grips[(last + by) % len(grips)]), step=False)


def _remove(owner: Owner, grip: Grip | None) -> None:
    if grip is not None:
        owner.set_drags(owner.drags.now.delete_point(grip.number, grip.at))
        owner.let_go()


def _pull(owner: Owner, grip: Grip, at: Point, radius: float) -> Pull:
    x, y = owner.drags.now[grip.number].points[grip.at]
    offset = (x - at[0], y - at[1])
    return Pull(owner=owner, grip=grip, begin=at, slack=radius / 4, offset=offset)


def _bend(owner: Owner, at: Point, radius: float) -> Pull | None:
    number = owner.drags.now.line_at(at, radius)
    if number is None:
        return None
    owner.set_drags(owner.drags.now.add_way_point(number, at))
    chosen = owner.drags.now.chosen
    assert chosen is not None
    return Pull(owner=owner, grip=chosen, begin=at, slack=radius / 4, fresh=False)
