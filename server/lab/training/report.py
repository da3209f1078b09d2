# SPDX-License-Identifier: Apache-2.0
"""Measure a model folder on held-out scenes: python -m server.lab.training.report --model FOLDER.

Prints JSON: PSNR of the autoencoder, plain noise-prediction loss, PSNR of DDIM inversion and back, milliseconds of
encode and decode; and writes sheets of samples and reconstructions to be looked at.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from server.lab.scenes import HELD_OUT, caption, sample_scene
from server.lab.training.autoencoder import reconstruct
from server.lab.training.batches import token_ids
from server.lab.training.networks import TRAIN_STEPS
from server.lab.training.pictures import Pictures, as_tensor, psnr, rendered
from server.lab.training.prompts import PROMPTS
from server.lab.training.sampling import Parts, load_parts, rebuild, sample
from server.lab.training.sheets import write_sheet


def milliseconds(work: Callable[[], object], repeats: int = 5) -> float:
    """CPU time of the fastest of some runs, after one to warm up; other programs do not count."""
    work()
    spent: list[float] = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        spent.append(1000 * (time.process_time() - start))
    return round(min(spent), 1)


@torch.no_grad()
def noise_error(parts: Parts, pictures: Pictures, *, prompted: bool) -> float:
    """Mean squared error of eps over evenly spread timesteps, each picture with four of them."""
    z = parts.vae.encode(as_tensor(pictures))
    texts = [caption(sample_scene(HELD_OUT + i)) if prompted else "" for i in range(len(pictures))]
    cond = parts.text_encoder(token_ids(parts.tokenizer, texts)).last_hidden_state
    generator, total, rounds = torch.Generator().manual_seed(0), 0.0, 4
    for k in range(rounds):
        t = ((torch.arange(len(z)) * rounds + k) * TRAIN_STEPS) // (len(z) * rounds)
        level = parts.alpha_bar[t].view(-1, 1, 1, 1)
        eps = torch.randn(z.shape, generator=generator)
        z_t = level.sqrt() * z + (1 - level).sqrt() * eps
        total += float((parts.unet(z_t, t, cond).sample - eps).square().mean())
    return total / rounds


def measure(
    parts: Parts, pictures: Pictures, *, few: int
) -> tuple[dict[str, float], list[Pictures]]:
    """All figures, and rows of pictures: truth, autoencoder, inverted and rebuilt in 20 and 50 steps."""
    again = reconstruct(parts.vae, pictures)
    x = as_tensor(pictures[:1])
    with torch.no_grad():
        z = parts.vae.encode(x)
        figures = {
            "autoencoder_psnr_db": psnr(pictures, again),
            "encode_256_cpu_ms": milliseconds(lambda: parts.vae.encode(x)),
            "decode_256_cpu_ms": milliseconds(lambda: parts.vae.decode(z)),
        }
    figures["eps_loss_caption"] = noise_error(parts, pictures, prompted=True)
    figures["eps_loss_empty"] = noise_error(parts, pictures, prompted=False)
    rows = [pictures[:few], again[:few]]
    for steps in (20, 50):
        rows.append(rebuild(parts, pictures[:few], steps=steps))
        figures[f"inversion_{steps}_psnr_db"] = psnr(pictures[:few], rows[-1])
        figures[f"inversion_{steps}_psnr_to_autoencoder_db"] = psnr(again[:few], rows[-1])
    return {name: round(value, 4) for name, value in figures.items()}, rows


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--model", type=Path, default=Path("server/engine/models/bundled/scenes"))
    read.add_argument("--run", type=Path, default=Path("runs/scenes"))
    read.add_argument("--pictures", type=int, default=64)
    read.add_argument("--few", type=int, default=6)
    read.add_argument("--steps", type=int, default=20)
    read.add_argument("--scale", type=float, default=3.0)
    read.add_argument("--threads", type=int, default=1)
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    parts = load_parts(args.model)
    pictures = np.asarray(rendered(args.run, first=HELD_OUT, count=args.pictures, size=256))
    figures, rows = measure(parts, pictures, few=args.few)
    write_sheet(args.run / "inversion.png", rows)
    made = [
        sample(parts, list(PROMPTS), steps=args.steps, scale=args.scale, seed=s) for s in (0, 1, 2)
    ]
    write_sheet(args.run / "samples.png", made)
    write_sheet(args.run / "samples-small.png", [row[:, ::2, ::2] for row in made], colors=255)
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
