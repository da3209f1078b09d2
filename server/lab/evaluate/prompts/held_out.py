# SPDX-License-Identifier: Apache-2.0
"""Held-out prompts with what each of them claims, and how many of the claims pictures keep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from server.lab.scenes import HELD_OUT, render
from server.lab.scenes.claims import Claim, Colored, Counted, Present
from server.lab.scenes.describe import describe
from server.lab.scenes.facts import Facts, facts
from server.lab.scenes.sample_rich import sample_rich
from server.lab.scenes.scene import Scene
from server.lab.training.pictures import Pictures

FIRST = HELD_OUT + 100_000
"""The first seed of prompts; others in the held-out range have their own uses."""
OTHERS = HELD_OUT + 200_000
"""The first seed of the renders that pictures are compared with as a set."""
NAMED = frozenset({"style", "sky", "light", "ground", "mountains", "presence"})
"""Kinds of claims that say that something is there or how the whole is."""


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """A text, what it claims, and the scene that it was said of."""

    text: str
    claims: tuple[Claim, ...]
    scene: Scene


@dataclass(frozen=True, kw_only=True)
class Share:
    """How many claims of a sort hold."""

    held: int
    made: int

    def __post_init__(self) -> None:
        if not 0 <= self.held <= self.made:
            raise ValueError(f"{self.held} of {self.made} claims cannot hold")

    @property
    def part(self) -> float:
        """0 … 1; 1 when nothing was claimed."""
        return self.held / self.made if self.made else 1.0


def prompts(count: int, seed: int = 0) -> list[Prompt]:
    """Descriptions of `count` held-out scenes, one way of saying each; another seed draws other scenes."""
    first = FIRST + seed * 1_000_000
    found: list[Prompt] = []
    for i in range(count):
        scene = sample_rich(first + i)
        said = describe(scene, first + i)
        found.append(Prompt(text=said.text, claims=said.claims, scene=scene))
    return found


def drawings(scenes: Sequence[Scene]) -> Pictures:
    """Renders uint8 (n, 256, 256, 3)."""
    return np.stack([render(scene).rgb for scene in scenes])


def other_drawings(count: int, seed: int = 0) -> Pictures:
    """Renders of held-out scenes that no prompt is about."""
    first = OTHERS + seed * 1_000_000
    return drawings([sample_rich(first + i) for i in range(count)])


def true_facts(asked: Sequence[Prompt]) -> list[Facts]:
    """What each prompt's own scene shows."""
    return [facts(prompt.scene) for prompt in asked]


def sorts(claim: Claim) -> tuple[str, ...]:
    """The rows of the table a claim counts in: its kind, and what the targets are about."""
    found = ["all claims", claim.kind]
    if claim.kind in NAMED:
        found.append("what is named")
    if isinstance(claim, Colored):
        found.append("colors of things")
    if isinstance(claim, Counted) and claim.thing == "mountain":
        found.append("number of mountains")
    if isinstance(claim, Present):
        found.append(f"a {claim.thing} is there")
    return tuple(found)


def keep(asked: Sequence[Prompt], shown: Sequence[Facts]) -> dict[str, Share]:
    """How many claims of each sort the pictures keep; picture i is for prompt i."""
    held: dict[str, int] = defaultdict(int)
    made: dict[str, int] = defaultdict(int)
    for prompt, seen in zip(asked, shown, strict=True):
        for claim in prompt.claims:
            for sort in sorts(claim):
                made[sort] += 1
                held[sort] += claim.holds(seen)
    return {sort: Share(held=held[sort], made=made[sort]) for sort in sorted(made)}
