# SPDX-License-Identifier: Apache-2.0
"""Fit a StyleGAN2 to the renderer of heads: python -m server.lab.training.gan.fit --minutes 50.

Every z means a head (server.lab.heads.sample), so G(z) has a right answer and regression trains it: mapping and
synthesis learn the renderer, and w becomes a smooth space of heads to drag in. Draw a store of heads first
(store). Two processes on two cores (server.lab.training.together) are faster than two threads. Resumes from its
checkpoint; what comes out at any moment is the running average (export).
"""

import argparse
import time
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from server.engine.gan.stylegan2 import Generator
from server.lab.heads import FIELDS
from server.lab.speak import say
from server.lab.training import checkpoint
from server.lab.training.average import follow, power_decay, shadow
from server.lab.training.clock import Clock, budget_of, warm_cosine
from server.lab.training.gan.forward import pictures, rows_of
from server.lab.training.gan.losses import picture_loss
from server.lab.training.gan.recipe import FitRecipe
from server.lab.training.gan.store import Batch, Store
from server.lab.training.gan.trained import find_average, report
from server.lab.training.layout import channels_last
from server.lab.training.muon import Muon
from server.lab.training.precision import working_dtype
from server.lab.training.together import Together, join

NAME = "gan-fit.safetensors"


class Fit:
    """A run: generator, its running average, optimizer and clock, and where they are kept."""

    def __init__(
        self,
        recipe: FitRecipe,
        folder: Path,
        *,
        device: str = "cpu",
        half: bool | None = None,
        together: Together | None = None,
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.path, self.device = recipe, folder / NAME, device
        self.half = working_dtype(device) == torch.bfloat16 if half is None else half
        self.together = together or Together()
        self.generator = channels_last(newborn(recipe), device)
        self.average = shadow(self.generator)
        self.optimizers = optimizers_of(self.generator, recipe)
        self.rates = [one.param_groups[0]["lr"] for one in self.optimizers]
        self.clock = Clock(budget=recipe.budget)
        if self.path.exists():
            facts = checkpoint.load(self.path, modules=self._kept(), optimizer=self.optimizers)
            self.clock.step, self.clock.worked = facts["step"], facts["worked"]
        self._before = self.clock.worked - time.process_time()
        self.clock.pause()

    def _kept(self) -> dict[str, nn.Module]:
        return {"generator": self.generator, "average": self.average}

    def save(self) -> None:
        """Write the checkpoint; w_avg belongs to the weights, so it is found anew."""
        find_average(self.average)
        facts = {"step": self.clock.step, "worked": self.clock.worked}
        checkpoint.save(self.path, modules=self._kept(), optimizer=self.optimizers, facts=facts)

    def step(self, store: Store) -> float:
        """One optimizer step; returns the loss of this process's part of the batch."""
        for one, rate in zip(self.optimizers, self.rates, strict=True):
            one.param_groups[0]["lr"] = rate * warm_cosine(self.clock.progress)
            one.zero_grad(set_to_none=True)
        stage = self.recipe.stage(self.clock.progress)
        batch = store.batch(
            self.clock.step,
            count=max(stage.batch, self.together.many),
            size=self.recipe.config.resolution(stage.block),
            together=self.together,
        )
        loss = self.loss(batch.to(self.device), stage.block)
        loss.backward()
        self.together.average(self.generator.parameters())
        nn.utils.clip_grad_norm_(self.generator.parameters(), 1.0)
        for one in self.optimizers:
            one.step()
        self._tick()
        step = self.clock.step
        follow(
            self.average, self.generator, step=step, decay=power_decay(step, self.recipe.horizon)
        )
        return float(loss.detach())

    def _tick(self) -> None:
        """Count a step; on a CPU work is processor time, of which a busy machine gives little."""
        self.clock.tick()
        if self.device == "cpu":
            self.clock.worked = self._before + time.process_time()
        self.clock.worked = self.together.from_first(self.clock.worked)

    def loss(self, batch: Batch, block: int) -> Tensor:
        """Distance of the pictures to the heads that their latents mean."""
        made = pictures(self.generator, rows_of(self.generator, batch.z), block, half=self.half)
        return picture_loss(batch.pictures, made, batch.focus)


def optimizers_of(generator: Generator, recipe: FitRecipe) -> tuple[torch.optim.Optimizer, ...]:
    """Muon for the convolutions, Adam for all else. In a hundred steps at 32 pixels Muon's loss was 2 % below Adam's,
    and Adam's at a rate of 1e-2 4 % below that at 3e-3."""
    inside = [p for name, p in generator.named_parameters() if ".conv" in name and p.ndim == 4]
    chosen = set(inside)
    rest = [p for p in generator.parameters() if p not in chosen]
    return (
        Muon(inside, lr=recipe.matrix_rate),
        torch.optim.Adam(rest, lr=recipe.rate, betas=(0.9, 0.99), foreach=True),
    )


def newborn(recipe: FitRecipe) -> Generator:
    """Random weights, but what z's spare numbers say is not heard, and blocks add nothing to the picture yet: one
    that joins later disturbs nothing."""
    generator = Generator(recipe.config)
    first = cast(nn.Parameter, generator.mapping.get_submodule("fc0").weight)
    first.data[:, len(FIELDS) :] = 0
    for index in range(1, recipe.config.blocks):
        nn.init.zeros_(generator.synthesis.block(index).torgb.weight)
    return generator


def train(
    run: Fit, store: Store, *, save_every: float = 60.0, show_every: float = 300.0
) -> Generator:
    """Train until the budget is spent; returns the running average. `…_every` in seconds of the clock."""
    losses: list[float] = []
    saved = shown = time.monotonic()
    while not run.clock.done:
        losses.append(run.step(store))
        now = time.monotonic()
        if now - saved < save_every and not run.clock.done:
            continue
        saved = now
        if run.together.leads:
            run.save()
            _say(run, losses)
            if now - shown >= show_every:
                _show(run)
                shown = now
        losses.clear()
        store.look_again()
        run.clock.pause()
    return run.average


def _say(run: Fit, losses: list[float]) -> None:
    clock, block = run.clock, run.recipe.stage(run.clock.progress).block
    say(
        f"{time.strftime('%H:%M')} fit step {clock.step} {clock.progress:.1%} "
        f"{clock.worked / 60:.1f} min, block {block}, loss {np.mean(losses):.4f}"
    )


def _show(run: Fit) -> None:
    minutes = run.clock.worked / 60
    sheet = run.path.with_name(f"gan-fit-{minutes:03.0f}.png")
    found = report(
        run.average, sheet, count=12, words=f"{minutes:.0f} min, {run.clock.step} steps,"
    )
    say(f"{found:.2f} dB on 12 held-out heads: {sheet}")


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--run", type=Path, default=Path("runs/heads"))
    read.add_argument("--minutes", type=float, default=50.0, help="of processor time, on a CPU")
    read.add_argument("--steps", type=int, help="a number of steps in place of minutes")
    read.add_argument("--batch", type=int, default=8, help="pictures of full size in a step")
    read.add_argument("--rate", type=float, default=FitRecipe.rate)
    read.add_argument("--threads", type=int, default=1)
    read.add_argument("--device", default="cpu")
    read.add_argument("--seed", type=int, default=0)
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    together = join(args.device)
    recipe = FitRecipe(
        budget=budget_of(args.minutes, args.steps),
        batch=args.batch,
        rate=args.rate,
        matrix_rate=3 * args.rate,
        seed=args.seed,
    )
    store = Store(args.run / "store", seed=args.seed, z_dim=recipe.config.z_dim)
    device = f"cuda:{together.rank}" if args.device == "cuda" else args.device
    run = Fit(recipe, args.run, device=device, together=together)
    average = train(run, store)
    if together.leads:
        found = report(average, args.run / "gan-fit.png", words="fitted,")
        say(f"fit done: {found:.2f} dB on 64 held-out heads")


if __name__ == "__main__":
    main()
