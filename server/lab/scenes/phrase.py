# SPDX-License-Identifier: Apache-2.0
"""Phrases: words together with what they claim, and a voice that chooses between ways of saying the same."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from server.lab.scenes.claims import Claim

T = TypeVar("T")
NUMBERS = {1: "a", 2: "two", 3: "three"}


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """Some words and the claims they make; empty words say nothing."""

    text: str = ""
    claims: tuple[Claim, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.text)

    def after(self, words: str) -> "Phrase":
        """The same with words before it."""
        return Phrase(text=f"{words} {self.text}", claims=self.claims)

    def before(self, words: str) -> "Phrase":
        """The same with words behind it."""
        return Phrase(text=f"{self.text} {words}", claims=self.claims)


NOTHING = Phrase()


def joined(*parts: Phrase, by: str = " ") -> Phrase:
    """The parts that say something, one after the other; no claim twice."""
    said = [part for part in parts if part]
    claims = dict.fromkeys(claim for part in said for claim in part.claims)
    return Phrase(text=by.join(part.text for part in said), claims=tuple(claims))


def listed(parts: Sequence[Phrase]) -> Phrase:
    """One, two and three."""
    said = [part for part in parts if part]
    if len(said) < 2:
        return joined(*said)
    first = joined(*said[:-1], by=", ")
    return joined(first, said[-1], by=" and ")


def with_articles(text: str) -> str:
    """ "a" before a vowel becomes "an"."""
    return re.sub(r"\ba (?=[aeiou])", "an ", text)


class Voice:
    """Choices between ways of saying the same; without a seed always the first way and no extras.

    With `sides` False it does not say on which side of the picture things are: a cut-out has other sides.
    """

    def __init__(self, seed: int | None, *, sides: bool = True) -> None:
        self.rng = None if seed is None else np.random.default_rng(seed)
        self.sides = sides

    def one_of(self, ways: Sequence[T]) -> T:
        """One of the ways."""
        return ways[0] if self.rng is None else ways[int(self.rng.integers(len(ways)))]

    def chance(self, likely: float) -> bool:
        """True with a probability of 0 … 1; never without a seed."""
        return self.rng is not None and bool(self.rng.random() < likely)

    def pick(self, odds: Mapping[str, int]) -> str:
        """One of the keys; its value is its weight."""
        return self.one_of([key for key, weight in odds.items() for _ in range(weight)])

    def some(self, values: Sequence[T], low: int, high: int) -> list[T]:
        """low … high of the values, or as many as there are, in another order."""
        if self.rng is None:
            return list(values)
        number = int(self.rng.integers(low, high + 1))
        return [values[int(i)] for i in self.rng.permutation(len(values))][:number]
