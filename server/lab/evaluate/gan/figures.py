# SPDX-License-Identifier: Apache-2.0
"""How well a generator draws the heads world: python -m server.lab.evaluate.gan.figures --generator FOLDER.

Of held-out z, whose heads are known: how near its pictures come to the renderer's (PSNR), how far their landmarks are
from the true ones, and the Fréchet distance of its pictures to the renderer's in the evaluator's features. That
evaluator was taught the other world, scenes, so its features are anybody's; the distance of two sets of the renderer's
own pictures, and of the generator with random weights, stand beside it as the best and the worst there is.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from server.engine.gan.stylegan2 import Generator, Rendering
from server.engine.models.stylegan2 import load_generator
from server.lab.evaluate.frechet import frechet_distance
from server.lab.evaluate.judge.judge import Judge
from server.lab.evaluate.landmarks.find import distances
from server.lab.heads import Head, draw, head_of_z, portrait
from server.lab.training.pictures import as_pixels, psnr

Bytes = NDArray[np.uint8]
HELD_OUT = 3_000_000_000
"""Seeds of z from here on: neither training, its reports nor the landmark benchmark use them."""
BATCH = 8


@dataclass(frozen=True, kw_only=True)
class Figures:
    """PSNR in dB; landmarks: mean pixels, and the part within 3 pixels of a 256-pixel picture; Fréchet distances to
    the renderer's pictures of other z: of the generator's, of the renderer's own, and of random weights'."""

    pictures: int
    psnr: float
    landmark_pixels: float
    landmarks_within_3: float
    frechet: float
    frechet_best: float
    frechet_worst: float


def latents(count: int, z_dim: int, first: int = 0) -> NDArray[np.float32]:
    """Held-out z, (count, z_dim)."""
    rows = (np.random.default_rng(HELD_OUT + first + i) for i in range(count))
    return np.stack([row.standard_normal(z_dim, np.float32) for row in rows])


def heads(z: NDArray[np.float32]) -> list[Head]:
    """What z means."""
    return [head_of_z([float(v) for v in row]) for row in z]


@torch.no_grad()
def made(generator: Generator, z: NDArray[np.float32]) -> Bytes:
    """The generator's pictures."""
    parts = (torch.from_numpy(z[i : i + BATCH]) for i in range(0, len(z), BATCH))
    how = Rendering(noise="none")
    return np.concatenate([as_pixels(generator(part, how=how)) for part in parts])


def landmark_errors(known: list[Head], pictures: Bytes) -> NDArray[np.float64]:
    """Pixels of a 256-pixel picture between true and drawn place of every landmark that is seen and can be found."""
    scale = 256 / pictures.shape[1]
    found: list[float] = []
    for head, picture in zip(known, pictures, strict=True):
        truth = portrait(head, pictures.shape[1])
        spots = {name: truth.landmarks[name] for name in truth.seen}
        found += [scale * far for far in distances(truth.rgb, picture, spots).values()]
    return np.array(found)


def measure(generator: Generator, count: int) -> Figures:
    """All figures; needs more pictures than the evaluator has features, 32."""
    config, judge = generator.config, Judge.load()
    z, other = latents(count, config.z_dim), latents(count, config.z_dim, first=count)
    known = heads(z)
    drawn = made(generator, z)
    true = np.stack([draw(head, config.size) for head in known])
    others = judge.features(np.stack([draw(head, config.size) for head in heads(other)]))
    torch.manual_seed(0)
    random = made(Generator(config).requires_grad_(False), z)
    apart = landmark_errors(known[: count // 4], drawn[: count // 4])
    return Figures(
        pictures=count,
        psnr=psnr(true, drawn),
        landmark_pixels=float(apart.mean()),
        landmarks_within_3=float((apart <= 3).mean()),
        frechet=frechet_distance(judge.features(drawn), others),
        frechet_best=frechet_distance(judge.features(true), others),
        frechet_worst=frechet_distance(judge.features(random), others),
    )


def text(found: Figures) -> str:
    """Markdown."""
    return "\n".join(
        (
            "| figure | value |",
            "|---|---|",
            f"| PSNR against the renderer, {found.pictures} held-out z | {found.psnr:.2f} dB |",
            f"| landmarks, mean distance | {found.landmark_pixels:.2f} px |",
            f"| landmarks within 3 px | {found.landmarks_within_3:.0%} |",
            f"| Fréchet distance, generator | {found.frechet:.2f} |",
            f"| … of other pictures of the renderer | {found.frechet_best:.2f} |",
            f"| … of random weights | {found.frechet_worst:.2f} |",
        )
    )


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--generator", type=Path, required=True)
    read.add_argument("--pictures", type=int, default=256)
    read.add_argument("--json", action="store_true")
    read.add_argument("--threads", type=int, default=1)
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    found = measure(load_generator(args.generator).generator, args.pictures)
    sys.stdout.write((json.dumps(asdict(found)) if args.json else text(found)) + "\n")


if __name__ == "__main__":
    main()
