# SPDX-License-Identifier: Apache-2.0
"""Refine a fitted generator of heads against a critic: python -m server.lab.training.gan.refine --minutes 60.

StyleGAN2's losses (Karras et al. 2020, arXiv 1912.04958): logistic with lazy R1 and path length, running average; and
the regression of the first training goes on, so that z keeps its meaning. Meant for a GPU; resumes from its checkpoint.
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor, nn

from server.engine.gan.stylegan2 import Generator, Rendering
from server.lab.speak import say
from server.lab.training import checkpoint
from server.lab.training.average import follow, shadow
from server.lab.training.clock import Clock, budget_of, warm_cosine
from server.lab.training.gan.critic import Critic
from server.lab.training.gan.forward import pictures, rows_of
from server.lab.training.gan.losses import (
    critic_loss,
    generator_loss,
    path_lengths,
    picture_loss,
    r1_penalty,
)
from server.lab.training.gan.recipe import RefineRecipe
from server.lab.training.gan.store import Batch, Store
from server.lab.training.gan.trained import find_average, report

NAME = "gan-refine.safetensors"
OTHER = 500_000_000
"""The seed of a path length's latents is this many for each of the recipe's own, plus the step."""


class Refine:
    """A run: generator, average, critic, their optimizers, the mean path length, the clock."""

    def __init__(
        self, recipe: RefineRecipe, folder: Path, fitted: Generator, *, device: str = "cpu"
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.path, self.device = recipe, folder / NAME, device
        self.generator = fitted.to(device).requires_grad_(True)
        self.average = shadow(self.generator)
        self.critic = Critic(recipe.critic).to(device)
        self.optimizers = tuple(
            torch.optim.Adam(part.parameters(), lr=recipe.rate, betas=(0.0, 0.99))
            for part in (self.generator, self.critic)
        )
        self.clock, self.mean_path = Clock(budget=recipe.budget), 0.0
        if self.path.exists():
            facts = checkpoint.load(self.path, modules=self._kept(), optimizer=self.optimizers)
            self.clock.step, self.clock.worked = facts["step"], facts["worked"]
            self.mean_path = facts["mean_path"]
        self.clock.pause()

    def _kept(self) -> dict[str, nn.Module]:
        return {"generator": self.generator, "average": self.average, "critic": self.critic}

    def save(self) -> None:
        """Write the checkpoint."""
        find_average(self.average)
        facts = {
            "step": self.clock.step,
            "worked": self.clock.worked,
            "mean_path": self.mean_path,
        }
        checkpoint.save(self.path, modules=self._kept(), optimizer=self.optimizers, facts=facts)

    def step(self, store: Store) -> dict[str, float]:
        """One step of the critic and one of the generator; returns the losses."""
        recipe, step = self.recipe, self.clock.step
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = recipe.rate * warm_cosine(self.clock.progress)
        size = recipe.config.size
        batch = store.batch(step, count=recipe.batch, size=size).to(self.device)
        found = self._teach_critic(batch, penalize=step % recipe.r1_every == 0)
        found |= self._teach_generator(batch)
        if step % recipe.path_every == 0:
            found |= self._smooth_paths()
        self.clock.tick()
        follow(self.average, self.generator, step=self.clock.step, decay=recipe.decay)
        return found

    def _made(self, z: Tensor) -> Tensor:
        ws, last = rows_of(self.generator, z), self.recipe.config.blocks - 1
        return pictures(self.generator, ws, last, half=False)

    def _teach_critic(self, batch: Batch, *, penalize: bool) -> dict[str, float]:
        recipe = self.recipe
        with torch.no_grad():
            fake = self._made(batch.z)
        true = batch.pictures.detach().requires_grad_(penalize)
        verdict = self.critic(true)
        loss = judged = critic_loss(verdict, self.critic(fake))
        if penalize:
            loss = loss + recipe.r1 * recipe.r1_every * r1_penalty(verdict, true)
        self._apply(1, loss)
        return {"critic": float(judged.detach())}

    def _teach_generator(self, batch: Batch) -> dict[str, float]:
        self.critic.requires_grad_(False)
        made = self._made(batch.z)
        apart = picture_loss(batch.pictures, made, batch.focus)
        self._apply(0, generator_loss(self.critic(made)) + self.recipe.hold * apart)
        self.critic.requires_grad_(True)
        return {"apart": float(apart.detach())}

    def _smooth_paths(self) -> dict[str, float]:
        """Path length: a step in w should change the picture by the same amount everywhere."""
        recipe = self.recipe
        dice = torch.Generator().manual_seed(recipe.seed * OTHER + self.clock.step)
        count = max(recipe.batch // 2, 1)
        z = torch.randn(count, recipe.config.z_dim, generator=dice).to(self.device)
        ws = self.generator.mapping.ws(z)
        made = self.generator.synthesis(ws, how=Rendering(noise="none"))
        noise = torch.randn(made.shape, generator=dice).to(self.device)
        lengths = path_lengths(made, ws, noise)
        self.mean_path += recipe.path_decay * (float(lengths.detach().mean()) - self.mean_path)
        penalty = (lengths - self.mean_path).square().mean()
        self._apply(0, recipe.path * recipe.path_every * penalty)
        return {"path": float(penalty.detach())}

    def _apply(self, which: int, loss: Tensor) -> None:
        optimizer = self.optimizers[which]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()


def fitted(path: Path, recipe: RefineRecipe) -> Generator:
    """The running average of a fit's checkpoint. Raises ValueError when there is none."""
    if not path.exists():
        raise ValueError(f"there is no fitted generator at {path}: run gan.fit first")
    generator = Generator(recipe.config)
    generator.load_state_dict(checkpoint.part(path, "average"))
    return generator


def train(run: Refine, store: Store, *, save_every: int = 250) -> Generator:
    """Train until the budget is spent; returns the running average."""
    while not run.clock.done:
        found = run.step(store)
        step = run.clock.step
        if step % 50 == 0:
            words = ", ".join(f"{name} {value:.4f}" for name, value in found.items())
            say(f"refine step {step} {run.clock.progress:.1%} {words}")
        if step % save_every == 0 or run.clock.done:
            run.save()
            run.clock.pause()
    return run.average


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--run", type=Path, default=Path("runs/heads"))
    read.add_argument("--minutes", type=float, default=60.0)
    read.add_argument("--steps", type=int, help="a number of steps in place of minutes")
    read.add_argument("--batch", type=int, default=16)
    read.add_argument("--rate", type=float, default=1e-3)
    read.add_argument("--hold", type=float, default=10.0)
    read.add_argument("--threads", type=int, default=1)
    read.add_argument("--device", default="cpu")
    read.add_argument("--seed", type=int, default=0, help="of the store of heads")
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    budget = budget_of(args.minutes, args.steps)
    recipe = RefineRecipe(budget=budget, batch=args.batch, rate=args.rate, hold=args.hold)
    start = fitted(args.run / "gan-fit.safetensors", recipe)
    say(f"fitted: {report(start.to(args.device)):.2f} dB on 64 held-out heads")
    run = Refine(recipe, args.run, start, device=args.device)
    store = Store(args.run / "store", seed=args.seed, z_dim=recipe.config.z_dim)
    average = train(run, store)
    found = report(average, args.run / "gan-refine.png", words="refined,")
    say(f"refined: {found:.2f} dB on 64 held-out heads")


if __name__ == "__main__":
    main()
