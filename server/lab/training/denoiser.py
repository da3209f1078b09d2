# SPDX-License-Identifier: Apache-2.0
"""Train UNet and text encoder together on encoded scenes: python -m server.lab.training.denoiser --minutes 90.

`--minutes` and `--sizes` may change from one stage to the next: first mostly at half size, where a step sees four
times as many scenes and composition is learned, then at full size, as Stable Diffusion was trained at 256 before 512.
Several cores or GPUs share the work when PyTorch's launcher starts one process for each (see together.py).
"""

import argparse
import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from transformers import CLIPTokenizer

from server.engine.models.autoencoder import PatchAutoencoder
from server.lab.training.clock import Budget
from server.lab.training.held_out import by_noise_level
from server.lab.training.layout import channels_last
from server.lab.training.log import Log
from server.lab.training.prompts import PROMPTS
from server.lab.training.recipe import Recipe, parse_shares
from server.lab.training.run import Denoiser, Run, Sources
from server.lab.training.sampling import Parts, sample
from server.lab.training.shards import open_shards
from server.lab.training.sheets import write_sheet
from server.lab.training.together import join

__all__ = ["Denoiser", "Run", "train"]

COMPILED_FROM = 0.2
"""Shapes with at least this part of the steps are worth the minutes that compiling takes."""


@dataclass(kw_only=True)
class Every:
    """True once per so many seconds of work."""

    seconds: float
    last: float = field(default=0.0)

    def due(self, worked: float) -> bool:
        """Whether the time has come; if so, it is counted from now."""
        if worked - self.last < self.seconds:
            return False
        self.last = worked
        return True


def train(
    run: Run,
    sources: Sources,
    *,
    log: Log,
    show: Callable[[], None] = lambda: None,
    save_every: float = 120.0,
    show_every: float = 600.0,
) -> None:
    """Until the budget is spent; a checkpoint every `save_every` and a sample sheet every `show_every` seconds.

    Of several processes only the first one writes; the others wait for it in the next step.
    """
    worked = run.clock.worked
    save, sheet = Every(seconds=save_every, last=worked), Every(seconds=show_every, last=worked)
    run.clock.pause()
    while not run.clock.done:
        found = run.step(sources)
        if not run.together.leads:
            continue
        log.add(found, run.clock)
        if save.due(run.clock.worked) or run.clock.done:
            run.save()
            run.clock.pause()
        if sheet.due(run.clock.worked) or run.clock.done:
            show()
            run.clock.pause()


def show_samples(run: Run, vae: PatchAutoencoder, log: Log) -> None:
    """Samples of the running average, to be looked at."""
    frame = max(run.recipe.shares, key=lambda share: share.weight).frame
    average = copy.deepcopy(run.average).cpu()
    parts = Parts(
        unet=average.unet,
        vae=vae,
        text_encoder=average.text_encoder,
        tokenizer=run.tokenizer,
        alpha_bar=run.alpha_bar.cpu(),
    )
    shape = frame.height // 8, frame.width // 8
    rows = [sample(parts, list(PROMPTS), steps=20, scale=3.0, seed=s, shape=shape) for s in (0, 1)]
    path = run.folder / f"sheet-{run.clock.step:07d}.png"
    write_sheet(path, rows)
    log.say(f"samples in {path}")


def arguments() -> argparse.Namespace:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--run", type=Path, default=Path("runs/scenes"))
    read.add_argument("--data", type=Path, help="where the latents are, if not in the run's folder")
    read.add_argument("--minutes", type=float, default=90.0, help="of work, all stages together")
    read.add_argument(
        "--sizes", default="256x256", help="shapes and weights, as 256x256:4,128x128:1"
    )
    read.add_argument("--batch", type=int, default=16, help="pictures of 256x256 in a step")
    read.add_argument("--rate", type=float, default=1e-3)
    read.add_argument("--cool", type=float, default=0.25, help="0 if another stage follows")
    read.add_argument("--map-weight", type=float, default=0.1)
    read.add_argument("--lean", type=float, default=0.0, help="1: more of the strong noise")
    read.add_argument(
        "--inner", type=float, default=0.0, help="part of the steps on pooled latents"
    )
    read.add_argument("--seed", type=int, default=0)
    read.add_argument("--threads", type=int, default=1)
    read.add_argument("--device", default="cpu")
    read.add_argument("--save-every", type=float, default=120.0, metavar="SECONDS")
    read.add_argument("--show-every", type=float, default=600.0, metavar="SECONDS")
    read.add_argument(
        "--compile", action="store_true", help="a third faster after minutes of compiling"
    )
    return read.parse_args()


def main() -> None:
    args = arguments()
    torch.set_num_threads(args.threads)
    together = join(args.device)
    data = args.data or args.run
    recipe = Recipe(
        budget=Budget(minutes=args.minutes),
        shares=parse_shares(args.sizes),
        batch=args.batch,
        rate=args.rate,
        cool=args.cool,
        map_weight=args.map_weight,
        lean=args.lean,
        inner=args.inner,
        seed=args.seed,
    )
    frames = [share.frame for share in recipe.shares]
    total = sum(share.weight for share in recipe.shares)
    often = (s.frame for s in recipe.shares if s.weight >= COMPILED_FROM * total)
    run = Run(
        recipe=recipe,
        folder=args.run,
        tokenizer=CLIPTokenizer.from_pretrained(data / "tokenizer"),
        device=f"cuda:{together.rank}" if args.device == "cuda" else args.device,
        together=together,
        compiled=frozenset(often) if args.compile else frozenset(),
    )
    sources = {f: open_shards(data, f.width, f.height) for f in frames}
    vae = channels_last(PatchAutoencoder.from_pretrained(data / "vae"))
    with Log(args.run / "denoiser.log") as log:
        train(
            run,
            sources,
            log=log,
            show=lambda: show_samples(run, vae, log),
            save_every=args.save_every,
            show_every=args.show_every,
        )
        if together.leads:
            measure(run, data, log)


def measure(run: Run, data: Path, log: Log) -> None:
    """Say how large the errors on held-out scenes are."""
    frame = run.recipe.shares[0].frame
    test = open_shards(data, frame.width, frame.height, split="held")
    found = by_noise_level(run, test)
    levels = ", ".join(f"{t}: {np.round(value, 4)}" for t, value in found.items())
    log.say(f"held-out errors by timestep {levels}")


if __name__ == "__main__":
    main()
