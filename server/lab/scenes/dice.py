# SPDX-License-Identifier: Apache-2.0
"""Chances that fall the same on every machine: one generator per seed, numbers in sixteenths."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T", bound=Hashable)
V = TypeVar("V")


class Dice:
    """A seeded source of choices."""

    def __init__(self, seed: int) -> None:
        if seed < 0:
            raise ValueError(f"a scene seed is 0 or larger, got {seed}")
        self.rng = np.random.default_rng(seed)

    def chance(self, likely: float) -> bool:
        """True with a probability of 0 … 1."""
        return bool(self.rng.random() < likely)

    def pick(self, odds: Mapping[T, int]) -> T:
        """One of the keys; its value is its weight."""
        mark = int(self.rng.integers(sum(odds.values())))
        for value, weight in odds.items():
            mark -= weight
            if mark < 0:
                return value
        raise AssertionError("weights are positive")

    def between(self, low: float, high: float) -> float:
        """A number in low … high, rounded to 1/16 so that it is exact everywhere."""
        return round(float(self.rng.uniform(low, high)) * 16) / 16

    def shuffled(self, values: Sequence[V]) -> list[V]:
        """The values in another order."""
        return [values[int(i)] for i in self.rng.permutation(len(values))]
