# SPDX-License-Identifier: Apache-2.0
"""Cars, people and fences: what stands on the near land since world 2, in pixels of a 256 × 256 picture."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from server.lab.scenes.things import Box, Thing

CarColor = Literal["red", "yellow", "blue", "green"]
CoatColor = Literal["red", "yellow", "blue", "green"]
FenceColor = Literal["brown", "white"]


@dataclass(frozen=True, kw_only=True)
class Car(Thing):
    """A small car seen from its side, driving left when flipped; anchor: where the wheels touch, size: length."""

    kind: ClassVar[str] = "car"
    extent: ClassVar[Box] = (-0.5, -0.5, 0.5, 0.0)

    color: CarColor = "red"
    flipped: bool = False

    @property
    def colors(self) -> tuple[str, ...]:
        return (self.color,)


@dataclass(frozen=True, kw_only=True)
class Person(Thing):
    """Somebody standing in a coat, one arm raised to wave; anchor: between the feet, size: height."""

    kind: ClassVar[str] = "person"
    extent: ClassVar[Box] = (-0.28, -1.0, 0.28, 0.0)

    coat: CoatColor = "red"
    flipped: bool = False

    @property
    def colors(self) -> tuple[str, ...]:
        return (self.coat,)


@dataclass(frozen=True, kw_only=True)
class Fence(Thing):
    """A stretch of fence, `POSTS` posts on two rails; anchor: middle of its foot, size: length."""

    kind: ClassVar[str] = "fence"
    extent: ClassVar[Box] = (-0.5, -0.28, 0.5, 0.0)
    POSTS: ClassVar[int] = 5

    color: FenceColor = "brown"

    @property
    def colors(self) -> tuple[str, ...]:
        return (self.color,)
