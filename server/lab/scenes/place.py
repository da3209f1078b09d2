# SPDX-License-Identifier: Apache-2.0
"""Where things may go: a readable picture keeps them from covering one another."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from server.lab.scenes.scene import Ground
from server.lab.scenes.things import SIDE, Box, Thing

T = TypeVar("T", bound=Thing)
TRIES = 16
"""How many places are tried before a thing is left out."""


class Places:
    """The boxes already taken, and places for further things drawn from one generator."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.taken: list[Box] = []

    def take(self, box: Box) -> None:
        self.taken.append(box)

    def find(self, thing: T, across: Sequence[float], down: Sequence[float]) -> T | None:
        """The thing at a free place with x and y in the given ranges, or None."""
        for _ in range(TRIES):
            x, y = self._between(*across), self._between(*down)
            there = replace(thing, x=x, y=y)
            if self._free(there.room):
                self.take(there.room)
                return there
        return None

    def stand(self, thing: T, ground: Ground, across: Sequence[float]) -> T | None:
        """The thing standing on the near land, or None where there is no room."""
        for _ in range(TRIES):
            x = self._between(*across)
            edge = ground.near.height_at(x) + 3.0
            deepest = min(edge + 44.0, SIDE - 4.0)
            if edge >= deepest:
                continue
            there = replace(thing, x=x, y=self._between(edge, deepest))
            if self._free(there.room):
                self.take(there.room)
                return there
        return None

    def _between(self, low: float, high: float) -> float:
        return round(float(self.rng.uniform(low, high)) * 16) / 16

    def _free(self, box: Box) -> bool:
        return all(
            box[2] <= other[0] or other[2] <= box[0] or box[3] <= other[1] or other[3] <= box[1]
            for other in self.taken
        )
