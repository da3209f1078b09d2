# SPDX-License-Identifier: Apache-2.0
"""How well a generator of heads meets pictures: python -m server.lab.evaluate.gan.inversion --generator FOLDER.

Held-out renders, and drawings of the same heads by another hand (outlined, watercolor, pencil): PSNR after W+ and after
tuning, seconds, and how many are called foreign. Scenes of the other world stand for pictures of something else.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from server.engine.gan.invert import Inversion, InvertSettings, invert
from server.engine.gan.stylegan2 import Generator
from server.engine.models.stylegan2 import load_generator
from server.lab.heads import HELD_OUT, draw, sample_head
from server.lab.scenes import render, sample_scene
from server.lab.scenes.scene import STYLES, Style
from server.lab.training.pictures import as_tensor

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Row:
    """Means over pictures of one kind; missed is the part of their slopes that W+ does not explain, foreign the part of
    the pictures that are said to lie outside the generator's world for that."""

    kind: str
    projected: float
    tuned: float
    missed: float
    foreign: float
    seconds: float


def pictures(kind: str, number: int, size: int) -> list[Bytes]:
    """Held-out heads in a style, or `scenes`: pictures of the other world."""
    if kind == "scenes":
        return [render(sample_scene(HELD_OUT + i), size).rgb for i in range(number)]
    style: Style = next(known for known in STYLES if known == kind)
    return [draw(sample_head(HELD_OUT + i).drawn_as(style), size) for i in range(number)]


def measured(
    kind: str, generator: Generator, chosen: Sequence[Bytes], settings: InvertSettings
) -> Row:
    """Invert some pictures."""
    start = time.perf_counter()
    found = [invert(generator, as_tensor(one[None]), settings=settings) for one in chosen]
    seconds = (time.perf_counter() - start) / len(chosen)

    def mean(value: Callable[[Inversion], float]) -> float:
        return float(np.mean([value(one) for one in found]))

    return Row(
        kind=kind,
        projected=mean(lambda one: float(20 * np.log10(2 / max(one.projected, 1e-6)))),
        tuned=mean(lambda one: one.psnr),
        missed=mean(lambda one: one.missed),
        foreign=mean(lambda one: float(not one.inside)),
        seconds=seconds,
    )


def table(rows: Sequence[Row]) -> str:
    """Markdown."""
    lines = ["| pictures | W+ dB | tuned dB | missed | foreign | s |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {r.kind} | {r.projected:.2f} | {r.tuned:.2f} | {r.missed:.2f} | {r.foreign:.0%} | {r.seconds:.1f} |"
        for r in rows
    ]
    return "\n".join(lines)


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--generator", type=Path, required=True)
    read.add_argument("--pictures", type=int, default=12)
    read.add_argument("--threads", type=int, default=1)
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    generator = load_generator(args.generator).generator
    size, settings = generator.config.size, InvertSettings()
    rows = [
        measured(kind, generator, pictures(kind, args.pictures, size), settings)
        for kind in (*STYLES, "scenes")
    ]
    sys.stdout.write(table(rows) + "\n")


if __name__ == "__main__":
    main()
