# SPDX-License-Identifier: Apache-2.0
"""Claims: what a caption states, each to be judged from facts alone.

"a red balloon" claims that there is a balloon, that a balloon is red, and that there is exactly one red balloon;
"two mountains" exactly two, "trees" and "some trees" at least two, "clear sky" no cloud. Places are said only when
they are clear and judged a little more mildly, since a judge's positions are off by a pixel or two.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

from server.lab.scenes.facts import Facts, Seen

ClaimKind = Literal[
    "style", "sky", "light", "ground", "mountains", "presence", "color", "count", "place"
]
KIND_OF: dict[str, ClaimKind] = {
    "style": "style",
    "sky": "sky",
    "light": "light",
    "ground": "ground",
    "tint": "color",
    "snow": "mountains",
    "high": "mountains",
    "lake": "presence",
    "reflection": "ground",
    "path": "presence",
    "fence": "presence",
}
Side = Literal["left", "right", "middle"]
Way = Literal["left of", "right of", "in front of", "behind", "above", "over"]

NEAR = 52.0
"""Two things this close from left to right, in world pixels, can stand before or behind one another."""


@dataclass(frozen=True, kw_only=True)
class Claim(ABC):
    """One statement of a caption."""

    @property
    @abstractmethod
    def kind(self) -> ClaimKind: ...

    @abstractmethod
    def holds(self, facts: Facts) -> bool:
        """Whether the statement is true of a picture with these facts."""


@dataclass(frozen=True, kw_only=True)
class States(Claim):
    """An attribute of the whole picture has a value (None: there is no mountain): style, sky, tint, lake, …"""

    what: str
    value: str | bool | None

    def __post_init__(self) -> None:
        if self.what not in KIND_OF:
            raise ValueError(f"claims are about {', '.join(KIND_OF)}, got {self.what!r}")

    @property
    def kind(self) -> ClaimKind:
        return KIND_OF[self.what]

    def holds(self, facts: Facts) -> bool:
        return getattr(facts, self.what) == self.value


@dataclass(frozen=True, kw_only=True)
class Present(Claim):
    """At least one thing of a kind is there."""

    thing: str

    @property
    def kind(self) -> ClaimKind:
        return "presence"

    def holds(self, facts: Facts) -> bool:
        return facts.count(self.thing) >= 1


@dataclass(frozen=True, kw_only=True)
class Colored(Claim):
    """At least one thing of a kind has a color."""

    thing: str
    color: str

    @property
    def kind(self) -> ClaimKind:
        return "color"

    def holds(self, facts: Facts) -> bool:
        return facts.count(self.thing, self.color) >= 1


@dataclass(frozen=True, kw_only=True)
class Counted(Claim):
    """Exactly `number` things of a kind (and color) are there, or with `more` at least so many."""

    thing: str
    color: str = ""
    number: int
    more: bool = False

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError(f"nobody sees {self.number} things")

    @property
    def kind(self) -> ClaimKind:
        return "count"

    def holds(self, facts: Facts) -> bool:
        there = facts.count(self.thing, self.color)
        return there >= self.number if self.more else there == self.number


@dataclass(frozen=True, kw_only=True)
class Placed(Claim):
    """A thing is on one side of the picture: left of column 116, right of 140, or within 48 of the middle."""

    thing: str
    color: str = ""
    side: Side

    @property
    def kind(self) -> ClaimKind:
        return "place"

    def holds(self, facts: Facts) -> bool:
        return any(on_side(seen, self.side) for seen in facts.of(self.thing, self.color))


@dataclass(frozen=True, kw_only=True)
class Related(Claim):
    """A thing is left of, right of, in front of, behind, above or over another."""

    thing: str
    color: str = ""
    way: Way
    other: str
    other_color: str = ""

    @property
    def kind(self) -> ClaimKind:
        return "place"

    def holds(self, facts: Facts) -> bool:
        others = facts.of(self.other, self.other_color)
        return any(
            one != other and related(one, self.way, other)
            for one in facts.of(self.thing, self.color)
            for other in others
        )


def on_side(seen: Seen, side: Side, clear: float = 0.0) -> bool:
    """Whether a thing is on a side of the picture, by at least `clear` world pixels."""
    if side == "left":
        return seen.x <= 116 - clear
    if side == "right":
        return seen.x >= 140 + clear
    return abs(seen.x - 128) <= 48 - clear


def related(one: Seen, way: Way, other: Seen, clear: float = 0.0) -> bool:
    """Whether two things stand so to one another, by at least `clear` world pixels.

    "in front of" and "behind" are for things that stand on the ground, and compare their feet; "above" is for things
    over one another; "over" only says that one is higher in the picture than the other, as a sun over mountains is.
    """
    across = one.x - other.x
    if way == "left of":
        return across <= -8 - clear
    if way == "right of":
        return across >= 8 + clear
    if way == "over":
        return other.y - one.y >= clear
    if abs(across) > NEAR - clear:
        return False
    if way == "in front of":
        return one.y - other.y >= clear
    if way == "behind":
        return other.y - one.y >= clear
    return other.y - one.y >= 20 + clear
