# SPDX-License-Identifier: Apache-2.0
"""The landmark benchmark on heads: python -m server.lab.evaluate.landmarks.benchmark [--generator FOLDER] [--cases N].

For 1, 5 and all landmarks dragged: how far from their true places these and all landmarks are found, and how far the
picture is from the true re-render. The un-edited picture, the plain warp, the edit `drag-gan` and with `--diffusion`
the edit `drag` begin with the drawing; DragGAN alone, whose tracking and supervision are exchanged, with the
generator's own picture of the same head.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from server.engine.canvas import apply_map
from server.engine.gan.drag import Drag
from server.engine.gan.drag_settings import DragGanSettings
from server.engine.gan.stylegan2 import Generator
from server.engine.models.gan_profile import gan_profile
from server.engine.models.stylegan2 import load_generator
from server.engine.warp import drag_warp
from server.lab.evaluate.landmarks.cases import LandmarkCase, Points, cases
from server.lab.evaluate.landmarks.diffusion import diffusion_drag
from server.lab.evaluate.landmarks.drawing import drawing_drag
from server.lab.evaluate.landmarks.find import distances
from server.lab.evaluate.landmarks.paths import apart
from server.lab.evaluate.landmarks.trackers import TRACKERS

Bytes = NDArray[np.uint8]
Method = Callable[[LandmarkCase, tuple[str, ...]], Bytes]
"""Drags the named landmarks of a case from their starts to their ends; returns the picture."""
COUNTS: tuple[Points, ...] = ("1", "5", "all")


@dataclass(frozen=True, kw_only=True)
class Score:
    """Means over cases: distance in pixels of the dragged landmarks, and of all that are seen (whoever moves a nose
    must turn the head), mean squared error of 0 … 1 times 100, seconds a case."""

    method: str
    points: Points
    distance: float
    everywhere: float
    error: float
    seconds: float


def unedited(case: LandmarkCase, _names: tuple[str, ...]) -> Bytes:
    """The picture as it was."""
    return case.source()


def plain_warp(case: LandmarkCase, names: tuple[str, ...]) -> Bytes:
    """The picture bent as rubber, the frame held."""
    picture = case.source()
    paths = [(case.starts[name], case.ends[name]) for name in names]
    region = np.zeros(picture.shape[:2], bool)
    region[2:-2, 2:-2] = True
    warp = drag_warp(apart(paths), region)
    moved = apply_map(picture.astype(np.float32), warp.map)
    return np.clip(np.round(moved), 0, 255).astype(np.uint8)


def drag_gan(
    generator: Generator,
    settings: DragGanSettings,
    steps: int,
    *,
    tracker: str = "nearest feature",
) -> Method:
    """DragGAN on the generator's own picture of the case's z, with one of TRACKERS."""
    exchange = TRACKERS[tracker]

    def work(case: LandmarkCase, names: tuple[str, ...]) -> Bytes:
        ws = generator.mapping.ws(torch.tensor([case.z]))
        handles = [(case.starts[n][1], case.starts[n][0]) for n in names]
        targets = [(case.ends[n][1], case.ends[n][0]) for n in names]
        drag = Drag(generator, ws, handles, targets, settings=settings)
        exchange(drag)
        step = drag.step()
        for _ in range(steps - 1):
            if bool(step.stopped):
                break
            step = drag.step()
        shown = (drag.picture(step)[0].permute(1, 2, 0) + 1) * 127.5
        return shown.round().clamp(0, 255).to(torch.uint8).numpy()

    return work


def generated(generator: Generator) -> Method:
    """The generator's picture of the case's z, not dragged: what DragGAN starts from."""

    def work(case: LandmarkCase, _names: tuple[str, ...]) -> Bytes:
        with torch.no_grad():
            made = generator.synthesis(generator.mapping.ws(torch.tensor([case.z])))[0]
        shown = (made.permute(1, 2, 0) + 1) * 127.5
        return shown.round().clamp(0, 255).to(torch.uint8).numpy()

    return work


def score(name: str, method: Method, chosen: Sequence[LandmarkCase], points: Points) -> Score:
    """How a method does on some cases."""
    dragged: list[float] = []
    everywhere: list[float] = []
    errors: list[float] = []
    start = time.perf_counter()
    results = [method(case, case.chosen(points)) for case in chosen]
    seconds = (time.perf_counter() - start) / max(len(chosen), 1)
    for case, result in zip(chosen, results, strict=True):
        truth, names = case.truth(), set(case.chosen(points))
        found = distances(truth, result, case.ends)
        dragged += [far for name, far in found.items() if name in names]
        everywhere += found.values()
        difference = (truth.astype(np.float32) - result.astype(np.float32)) / 255
        errors.append(100 * float(np.mean(difference**2)))
    return Score(
        method=name,
        points=points,
        distance=float(np.mean(dragged)) if dragged else float("nan"),
        everywhere=float(np.mean(everywhere)),
        error=float(np.mean(errors)),
        seconds=seconds,
    )


def table(scores: Sequence[Score]) -> str:
    """Markdown: a line for each method, distance and error for each number of points."""
    by = {(s.method, s.points): s for s in scores}
    methods = list(dict.fromkeys(s.method for s in scores))
    counts = [c for c in COUNTS if any(s.points == c for s in scores)]
    heads = " | ".join(f"{c} dragged px | all px | MSE×100 | s" for c in counts)
    lines = [f"| method | {heads} |", "|---" * (1 + 4 * len(counts)) + "|"]
    for method in methods:
        cells = [
            f"{s.distance:.2f} | {s.everywhere:.2f} | {s.error:.3f} | {s.seconds:.2f}"
            for c in counts
            if (s := by.get((method, c))) is not None
        ]
        lines.append(f"| {method} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def compared(generator: Generator, settings: DragGanSettings, steps: int) -> dict[str, Method]:
    """The rows that need a generator: what it starts from, the drag, its trackers, the published supervision."""
    current = replace(settings, supervise="current")
    return {
        "generator, not dragged": generated(generator),
        "drag-gan": drag_gan(generator, settings, steps),
        "drag-gan, held to the step before": drag_gan(generator, current, steps),
        **{
            f"drag-gan, {name}": drag_gan(generator, settings, steps, tracker=name)
            for name in TRACKERS
            if name.startswith("template")
        },
    }


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--generator", type=Path, help="folder of a StyleGAN2 of the heads world")
    read.add_argument("--cases", type=int, default=40)
    read.add_argument("--steps", type=int, default=300)
    read.add_argument("--rate", type=float, help="of w; as the model says by default")
    read.add_argument("--threads", type=int, default=1)
    read.add_argument(
        "--diffusion", action="store_true", help="the edit drag too: half a minute a case"
    )
    read.add_argument("--only", nargs="*", help="names of rows, all by default")
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    methods: dict[str, Method] = {"un-edited": unedited, "plain warp": plain_warp}
    z_dim, size = 64, 256
    if args.diffusion:
        methods["drag by diffusion, scenes model"] = diffusion_drag()
    if args.generator is not None:
        generator = load_generator(args.generator).generator
        z_dim, size = generator.config.z_dim, generator.config.size
        settings = gan_profile(args.generator.name, args.generator).drag
        if args.rate is not None:
            settings = replace(settings, learning_rate=args.rate)
        methods["drag-gan, on the drawing"] = drawing_drag(args.generator.resolve(), args.steps)
        methods |= compared(generator, settings, args.steps)
    if unknown := set(args.only or ()) - set(methods):
        read.error(f"there are no rows {sorted(unknown)}; there are {', '.join(methods)}")
    chosen = cases(args.cases, z_dim=z_dim, size=size)
    scores = [
        score(name, method, chosen, points)
        for points in COUNTS
        for name, method in methods.items()
        if not args.only or name in args.only
    ]
    sys.stdout.write(table(scores) + "\n")


if __name__ == "__main__":
    main()
