# SPDX-License-Identifier: Apache-2.0
"""Scenes for the evaluator to learn from or to be tested on: rendered pictures beside their true answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from server.lab.evaluate.judge.facts import labels_of
from server.lab.evaluate.judge.fields import Labels
from server.lab.scenes import HELD_OUT, render
from server.lab.scenes.facts import facts
from server.lab.scenes.sample_rich import sample_rich
from server.lab.scenes.things import SIDE
from server.lab.training.pictures import Pictures


@dataclass(frozen=True, kw_only=True)
class Album:
    """n pictures uint8 (n, 256, 256, 3) and their true answers."""

    pictures: Pictures
    labels: Sequence[Labels]

    def __post_init__(self) -> None:
        if len(self.pictures) != len(self.labels):
            raise ValueError(f"{len(self.pictures)} pictures with {len(self.labels)} answers")


def drawn(first: int, count: int, into: Pictures | None = None) -> Album:
    """Scenes first … first + count − 1, rendered now."""
    if first < HELD_OUT < first + count:
        raise ValueError(
            f"seeds {first} … {first + count - 1} mix training and held-out scenes ({HELD_OUT})"
        )
    pictures = np.empty((count, SIDE, SIDE, 3), np.uint8) if into is None else into
    labels: list[Labels] = []
    for i in range(count):
        scene = sample_rich(first + i)
        pictures[i] = render(scene).rgb
        labels.append(labels_of(facts(scene)))
    return Album(pictures=pictures, labels=labels)


def kept(folder: Path, first: int, count: int) -> Album:
    """The same, with the pictures kept as a file in a folder, as long as the world still looks like that."""
    path = folder / f"rich-{first}-{count}.npy"
    if path.exists():
        pictures = np.lib.format.open_memmap(path, "r")
        if _as_drawn_today(pictures, first):
            labels = [labels_of(facts(sample_rich(first + i))) for i in range(count)]
            return Album(pictures=pictures, labels=labels)
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part.npy")
    pixels = np.lib.format.open_memmap(partial, "w+", np.uint8, (count, SIDE, SIDE, 3))
    album = drawn(first, count, pixels)
    pixels.flush()
    partial.replace(path)
    return album


def _as_drawn_today(pictures: Pictures, first: int) -> bool:
    """Whether some of the kept pictures are what the renderer makes now."""
    some = range(0, len(pictures), max(1, len(pictures) // 12))
    return all(np.array_equal(pictures[i], render(sample_rich(first + i)).rgb) for i in some)
