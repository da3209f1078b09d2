# SPDX-License-Identifier: Apache-2.0
"""How well the evaluator reads renders whose scenes are known: what makes it fit to judge other pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from server.lab.evaluate.judge.data import Album
from server.lab.evaluate.judge.facts import facts_of
from server.lab.evaluate.judge.fields import Labels, Spot
from server.lab.evaluate.judge.judge import Judge
from server.lab.scenes.facts import KINDS, Facts

ATTRIBUTES = (
    *("style", "sky", "light", "clouds", "mountains", "tint", "snow", "high"),
    *("ground", "lake", "reflection", "path", "fence"),
)
REACH = 24.0
"""A thing that was found further than this from every true one of its kind was not found."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """Shares in 0 … 1 over a number of pictures; position errors in pixels of things that were found.

    attributes: of pictures in which it was read right; counts: the same for the number of each kind of thing; colors:
    of things found whose color was read right; found: of true things that were found; whole: of pictures without any
    error in attributes, counts and colors.
    """

    pictures: int
    attributes: dict[str, float]
    counts: dict[str, float]
    colors: dict[str, float]
    found: float
    whole: float
    median_error: float
    error_95: float

    @property
    def mean(self) -> float:
        """All attributes, counts and colors, each counted once."""
        return float(
            np.mean([*self.attributes.values(), *self.counts.values(), *self.colors.values()])
        )

    @property
    def worst(self) -> tuple[str, float]:
        """What is read worst, and how well."""
        named = {
            **self.attributes,
            **{f"number of: {kind}": share for kind, share in self.counts.items()},
            **{f"color of: {kind}": share for kind, share in self.colors.items()},
        }
        name = min(named, key=lambda key: named[key])
        return name, named[name]

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {**asdict(self), "mean": self.mean, "worst": self.worst}

    def text(self) -> str:
        """One share per line."""
        groups = {"": self.attributes, "number of ": self.counts, "color of ": self.colors}
        lines = [
            f"{before + name:24}{100 * share:7.2f} %"
            for before, group in groups.items()
            for name, share in group.items()
        ]
        where = f"position: median {self.median_error:.2f} px, 95 % within {self.error_95:.2f} px"
        lines.append(f"{'mean':24}{100 * self.mean:7.2f} %")
        lines.append(f"{'things found':24}{100 * self.found:7.2f} %; {where}")
        lines.append(f"{'pictures without error':24}{100 * self.whole:7.2f} % of {self.pictures}")
        return "\n".join(lines)


def score(judge: Judge, album: Album) -> Score:
    """Let the evaluator read an album and compare with its true answers."""
    return compare(album.labels, judge.labels(album.pictures))


def compare(true: Sequence[Labels], read: Sequence[Labels]) -> Score:
    """Measure answers beside the true ones, picture by picture."""
    pairs = [(facts_of(one), facts_of(other)) for one, other in zip(true, read, strict=True)]
    attributes = {
        name: _share([getattr(a, name) == getattr(b, name) for a, b in pairs])
        for name in ATTRIBUTES
    }
    counts = {
        kind: _share([a.count(kind) == b.count(kind) for a, b in pairs])
        for kind in KINDS
        if kind not in ("sun", "moon", "cloud", "mountain")
    }
    matched = [
        match for one, other in zip(true, read, strict=True) for match in _matches(one, other)
    ]
    both = [(a, b) for a, b in matched if b is not None]
    errors = [float(np.hypot(a.x - b.x, a.y - b.y)) for a, b in both]
    colors = {
        kind: _share([a.color == b.color for a, b in both if a.kind == kind])
        for kind, words in KINDS.items()
        if words and any(a.kind == kind for a, _ in both)
    }
    return Score(
        pictures=len(pairs),
        attributes=attributes,
        counts=counts,
        colors=colors,
        found=len(both) / max(1, len(matched)),
        whole=_share([_same(a, b) for a, b in pairs]),
        median_error=float(np.median(errors)) if errors else float("nan"),
        error_95=float(np.quantile(errors, 0.95)) if errors else float("nan"),
    )


def _matches(true: Labels, read: Labels) -> list[tuple[Spot, Spot | None]]:
    """Each true thing with the one found for it: nearest first, same kind, none used twice."""
    left = {
        (i, j): float(np.hypot(a.x - b.x, a.y - b.y))
        for i, a in enumerate(true.spots)
        for j, b in enumerate(read.spots)
        if a.kind == b.kind
    }
    found: dict[int, Spot] = {}
    while left:
        i, j = min(left, key=lambda pair: left[pair])
        if left[i, j] <= REACH:
            found[i] = read.spots[j]
        left = {pair: far for pair, far in left.items() if pair[0] != i and pair[1] != j}
    return [(spot, found.get(i)) for i, spot in enumerate(true.spots)]


def _same(true: Facts, read: Facts) -> bool:
    """Whether attributes, counts and colors agree."""
    attributes = all(getattr(true, name) == getattr(read, name) for name in ATTRIBUTES)
    return attributes and all(
        true.count(kind, color) == read.count(kind, color)
        for kind, colors in KINDS.items()
        for color in colors or ("",)
    )


def _share(right: Sequence[bool]) -> float:
    return float(np.mean(right)) if right else 1.0
