# SPDX-License-Identifier: Apache-2.0
"""Fit a StyleGAN2 to the renderer of heads: python -m server.lab.training.gan_fit --minutes 100.

Every z means a head (server.lab.heads.sample), so G(z) has a right answer and regression trains it: mapping and
synthesis learn the renderer, and w becomes a smooth space of heads to drag in. Resumes from its checkpoint.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from server.engine.gan.stylegan2 import Generator
from server.lab.speak import say
from server.lab.training import checkpoint
from server.lab.training.average import follow, shadow
from server.lab.training.clock import Clock, budget_of, warm_cosine
from server.lab.training.gan_batches import Source, Wish, source
from server.lab.training.gan_losses import picture_loss
from server.lab.training.gan_recipe import FitRecipe
from server.lab.training.gan_trained import find_average, manner, picture_at, report

NAME = "gan-fit.safetensors"


class Fit:
    """A run: generator, its running average, optimizer and clock, and where they are kept."""

    def __init__(
        self, recipe: FitRecipe, folder: Path, *, device: str = "cpu", half: bool = True
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.path, self.device = recipe, folder / NAME, device
        self.generator = Generator(recipe.config).to(device)
        self.average = shadow(self.generator)
        self.how = manner(self.generator, half=half)
        self.optimizer = torch.optim.Adam(
            self.generator.parameters(), lr=recipe.rate, betas=(0.9, 0.99), foreach=True
        )
        self.clock = Clock(budget=recipe.budget)
        if self.path.exists():
            facts = checkpoint.load(self.path, modules=self._kept(), optimizer=self.optimizer)
            self.clock.step, self.clock.worked = facts["step"], facts["worked"]
        self.clock.pause()

    def _kept(self) -> dict[str, nn.Module]:
        return {"generator": self.generator, "average": self.average}

    def save(self) -> None:
        """Write the checkpoint; w_avg belongs to the weights, so it is found anew."""
        find_average(self.average)
        facts = {"step": self.clock.step, "worked": self.clock.worked}
        checkpoint.save(self.path, modules=self._kept(), optimizer=self.optimizer, facts=facts)

    def wish(self, step: int) -> Wish:
        """What is drawn for a step; the stage is that of the present progress."""
        stage, config = self.recipe.stage(self.clock.progress), self.recipe.config
        return Wish(
            seed=self.recipe.seed,
            step=step,
            count=stage.batch,
            z_dim=config.z_dim,
            size=config.resolution(stage.block),
        )

    def step(self, batches: Source) -> float:
        """One optimizer step; returns the loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.rate * warm_cosine(self.clock.progress)
        z, true = (part.to(self.device) for part in batches.batch(self.clock.step))
        loss = self.loss(z, true)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.generator.parameters(), 1.0)
        self.optimizer.step()
        self.clock.tick()
        follow(self.average, self.generator, step=self.clock.step, decay=self.recipe.decay)
        return float(loss.detach())

    def loss(self, z: Tensor, true: Tensor) -> Tensor:
        """Distance of G(z) to the heads that z means, at their size."""
        block = int(np.log2(true.shape[-1])) - 2
        made = picture_at(self.generator, self.generator.mapping.ws(z), block, self.how)
        return picture_loss(true, made)


def train(
    run: Fit, *, workers: int = 0, save_every: int = 250, sheet_every: int = 1000
) -> Generator:
    """Train until the budget is spent; returns the running average."""
    losses: list[float] = []
    with source(run.wish, workers=workers) as batches:
        while not run.clock.done:
            losses.append(run.step(batches))
            step = run.clock.step
            if step % 50 == 0:
                block = run.recipe.stage(run.clock.progress).block
                say(f"fit step {step} {run.clock.progress:.1%} block {block} {np.mean(losses):.4f}")
                losses.clear()
            if step % save_every == 0 or run.clock.done:
                run.save()
            if step % sheet_every == 0:
                found = report(run.average, run.path.with_name("gan-fit.png"), count=12)
                say(f"fit step {step}: {found:.2f} dB on held-out heads")
            if step % save_every == 0:
                run.clock.pause()
    return run.average


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--run", type=Path, default=Path("runs/heads"))
    read.add_argument("--minutes", type=float, default=100.0)
    read.add_argument("--steps", type=int, help="a number of steps in place of minutes")
    read.add_argument("--batch", type=int, default=8, help="pictures of full size in a step")
    read.add_argument("--rate", type=float, default=3e-3)
    read.add_argument("--threads", type=int, default=1)
    read.add_argument("--workers", type=int, default=0, help="processes that draw ahead")
    read.add_argument("--device", default="cpu")
    read.add_argument("--seed", type=int, default=0)
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    recipe = FitRecipe(
        budget=budget_of(args.minutes, args.steps),
        batch=args.batch,
        rate=args.rate,
        seed=args.seed,
    )
    run = Fit(recipe, args.run, device=args.device)
    average = train(run, workers=args.workers)
    found = report(average, args.run / "gan-fit.png")
    say(f"fit done: {found:.2f} dB on 64 held-out heads")


if __name__ == "__main__":
    main()
