# SPDX-License-Identifier: Apache-2.0
"""What the evaluator answers: attributes of the whole picture, and things with a kind, a place and a color.

Everything is a word here, so that the weights file can carry its own list of fields and one network code reads it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

CELL = 8
"""Pixels per side of the cells in which the middles of things are looked for."""
NEIGHBORS = 1.1
"""How far from a thing's middle, in cells, a cell learns its offset and color: a peak may be one cell off."""


@dataclass(frozen=True, kw_only=True)
class Fields:
    """values: attribute → its choices; kinds: kind of thing → its colors, one empty word when it has none."""

    values: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        for name, words in (*self.values.items(), *self.kinds.items()):
            if not words or len(set(words)) != len(words):
                raise ValueError(f"{name}: its choices must differ, got {words}")

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Fields:
        raw = json.loads(text)
        made = {name: {k: tuple(v) for k, v in raw[name].items()} for name in ("values", "kinds")}
        return cls(**made)


@dataclass(frozen=True, kw_only=True)
class Spot:
    """One thing: its kind, where its middle is (pixels of the picture), its color or an empty word, and how sure."""

    kind: str
    x: float
    y: float
    color: str = ""
    sure: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The answers about one picture, true or read from it."""

    values: Mapping[str, str]
    spots: tuple[Spot, ...]

    def of(self, kind: str) -> tuple[Spot, ...]:
        """The things of one kind."""
        return tuple(spot for spot in self.spots if spot.kind == kind)


@dataclass(frozen=True, kw_only=True)
class Targets:
    """Labels as tensors for b pictures.

    centers float (b, kinds, rows, columns) in 0 … 1, exactly 1 in the cell of a middle; values: attribute → int64 (b,);
    places int64 (n, 4): picture, kind, row, column of cells that learn an offset; offsets (n, 2) of these, x then y in
    cells; colors int64 (n,): index among all colors, −1 where a kind has none.
    """

    centers: Tensor
    values: dict[str, Tensor]
    places: Tensor
    offsets: Tensor
    colors: Tensor


def targets(labels: Sequence[Labels], fields: Fields, side: int) -> Targets:
    """What the network should say of square pictures of `side` pixels."""
    cells = side // CELL
    rows = torch.arange(cells).view(-1, 1) + 0.5
    columns = torch.arange(cells).view(1, -1) + 0.5
    centers = torch.zeros(len(labels), len(fields.kinds), cells, cells)
    places: list[tuple[int, int, int, int]] = []
    offsets: list[tuple[float, float]] = []
    colors: list[int] = []
    kinds, bases = list(fields.kinds), color_bases(fields)
    for b, label in enumerate(labels):
        nearest: dict[tuple[int, int, int], tuple[float, Spot]] = {}
        for spot in label.spots:
            kind, x, y = kinds.index(spot.kind), _inside(spot.x, side), _inside(spot.y, side)
            apart = ((rows - y) ** 2 + (columns - x) ** 2).sqrt()
            torch.maximum(centers[b, kind], torch.exp(-2 * apart**2), out=centers[b, kind])
            centers[b, kind, int(y), int(x)] = 1.0
            for row, column in torch.nonzero(apart < NEIGHBORS).tolist():
                key, far = (kind, row, column), float(apart[row, column])
                if key not in nearest or far < nearest[key][0]:
                    nearest[key] = (far, spot)
        for (kind, row, column), (_, spot) in nearest.items():
            places.append((b, kind, row, column))
            offsets.append((spot.x / CELL - column - 0.5, spot.y / CELL - row - 0.5))
            known = fields.kinds[spot.kind]
            colors.append(bases[spot.kind] + known.index(spot.color) if spot.color else -1)
    return Targets(
        centers=centers,
        values={
            name: torch.tensor([words.index(label.values[name]) for label in labels])
            for name, words in fields.values.items()
        },
        places=torch.tensor(places, dtype=torch.int64).view(-1, 4),
        offsets=torch.tensor(offsets, dtype=torch.float32).view(-1, 2),
        colors=torch.tensor(colors, dtype=torch.int64),
    )


def _inside(place: float, side: int) -> float:
    """A coordinate in cells, of the last cell for an anchor just beyond the picture."""
    return min(max(place, 0.0), side - 0.01) / CELL


def color_bases(fields: Fields) -> dict[str, int]:
    """Where the colors of each kind start among all colors."""
    found: dict[str, int] = {}
    total = 0
    for kind, words in fields.kinds.items():
        found[kind] = total
        total += len(words)
    return found
