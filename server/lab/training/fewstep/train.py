# SPDX-License-Identifier: Apache-2.0
"""Distill a model into a few-step LoRA: python -m server.lab.training.fewstep.train --teacher FOLDER --minutes 25.

The teacher is any exported model folder; its `fast/` is written at the end, and a sheet to look at in the run's
folder. An interrupted run goes on from its checkpoint, and so does a finished one with more minutes. The data are
captions of training scenes, nothing else.
"""

import argparse
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from server.engine.diffusion.jump_sampler import Jumps
from server.engine.models.few_step_profile import STEPS
from server.lab.scenes import HELD_OUT
from server.lab.speak import say
from server.lab.training import checkpoint
from server.lab.training.attention import LeanAttention
from server.lab.training.batches import token_ids
from server.lab.training.bundle import HASHES, write_hashes
from server.lab.training.clock import Budget, Clock, warm_cosine
from server.lab.training.export import LARGEST_MODEL
from server.lab.training.fewstep.lora import LowRank, add_lora, without, write_lora
from server.lab.training.fewstep.loss import Walk, jump_loss, walked
from server.lab.training.layout import channels_last
from server.lab.training.pictures import Pictures, as_pixels
from server.lab.training.precision import mixed
from server.lab.training.prompts import PROMPTS
from server.lab.training.sampling import Parts, load_parts, sample
from server.lab.training.sheets import write_sheet
from server.lab.training.worlds import WORLDS, World

SAVE_EVERY_S = 60.0
EMPTY = 0.08
"""Part of the captions that are replaced by none."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the LoRA is distilled: `paths` of the teacher in a step, each of STEPS jumps of `inner` steps.

    scale: the guidance that is built in; side: of the latents.
    """

    budget: Budget
    rank: int = 10
    parts: str = "all"
    inner: int = 4
    scale: float = 3.0
    paths: int = 4
    rate: float = 1.5e-3
    side: int = 32
    seed: int = 0

    def __post_init__(self) -> None:
        if self.paths < 1 or not self.rate > 0:
            raise ValueError(f"{self.paths} paths and rate {self.rate} must be positive")


@dataclass(kw_only=True)
class Run:
    """The student with its additions, the optimizer, the clock, and where they are kept."""

    recipe: Recipe
    folder: Path
    parts: Parts
    device: str = "cpu"
    added: dict[str, LowRank] = field(init=False)

    def __post_init__(self) -> None:
        torch.manual_seed(self.recipe.seed)
        self.unet = channels_last(self.parts.unet, self.device)
        self.unet.set_attn_processor(LeanAttention())  # pyright: ignore[reportArgumentType]
        self.added = add_lora(self.unet, rank=self.recipe.rank, parts=self.recipe.parts)
        self.text_encoder = self.parts.text_encoder.requires_grad_(False)
        nn.Module.to(self.text_encoder, device=torch.device(self.device))
        self.kept = nn.ModuleDict(
            {name.replace(".", "/"): one for name, one in self.added.items()}
        ).to(self.device)
        self.optimizer = torch.optim.AdamW(
            self.kept.parameters(), lr=self.recipe.rate, betas=(0.9, 0.99), weight_decay=1e-4
        )
        self.walk = Walk(
            jumps=Jumps(steps=STEPS),
            inner=self.recipe.inner,
            scale=self.recipe.scale,
            alpha_bar=self.parts.alpha_bar.to(self.device),
        )
        self.empty = self.encoded(token_ids(self.parts.tokenizer, [""]))
        self.clock = Clock(budget=self.recipe.budget)
        if self.path.exists():
            facts = checkpoint.load(
                self.path, modules={"lora": self.kept}, optimizer=self.optimizer
            )
            self.clock.step, self.clock.worked = facts["step"], facts["worked"]
        self.clock.pause()

    @property
    def path(self) -> Path:
        return self.folder / "fewstep.safetensors"

    def save(self) -> None:
        facts = {"step": self.clock.step, "worked": self.clock.worked}
        checkpoint.save(
            self.path, modules={"lora": self.kept}, optimizer=self.optimizer, facts=facts
        )

    @torch.no_grad()
    def encoded(self, ids: Tensor) -> Tensor:
        """Text states (n, positions, d) of token ids."""
        return self.text_encoder(ids.to(self.device)).last_hidden_state

    def eps(self, z: Tensor, t: Tensor, text: Tensor) -> Tensor:
        """The student's noise prediction."""
        z = z.contiguous(memory_format=torch.channels_last)
        with mixed(z.device.type):
            return self.unet(z, t, text, return_dict=False)[0].float()

    def teacher(self, z: Tensor, t: Tensor, text: Tensor) -> Tensor:
        """The same network without its additions."""
        with without(self.added):
            return self.eps(z, t, text)

    def loss(self, world: World, step: int) -> Tensor:
        """The loss of each jump (STEPS,); everything but the weights follows from the seed and the step."""
        rng = np.random.default_rng((self.recipe.seed, step))
        many, side = self.recipe.paths, self.recipe.side
        texts = [
            "" if rng.random() < EMPTY else world.caption(world.scene(seed), seed)
            for seed in rng.integers(HELD_OUT, size=many).tolist()
        ]
        noise = rng.standard_normal((many, self.unet.config["in_channels"], side, side), np.float32)
        pairs = walked(
            self.teacher,
            self.walk,
            noise=torch.from_numpy(noise).to(self.device),
            text=self.encoded(token_ids(self.parts.tokenizer, texts)),
            empty=self.empty,
        )
        return jump_loss(self.eps, self.walk, pairs).view(STEPS, many).mean(1)

    def step(self, world: World) -> Tensor:
        """One optimizer step; returns the loss of each jump."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.rate * warm_cosine(self.clock.progress)
        losses = self.loss(world, self.clock.step)
        self.optimizer.zero_grad(set_to_none=True)
        losses.mean().backward()
        nn.utils.clip_grad_norm_(self.kept.parameters(), 1.0)
        self.optimizer.step()
        self.clock.tick()
        return losses.detach()


def train(run: Run, world: World, *, every: int = 10) -> None:
    """Until the budget is spent; a checkpoint every minute of work and at the end."""
    saved, losses = run.clock.worked, list[Tensor]()
    while not run.clock.done:
        losses.append(run.step(world))
        if len(losses) == every or run.clock.done:
            clock = run.clock
            mean = " ".join(f"{loss:.4f}" for loss in torch.stack(losses).mean(0).tolist())
            say(f"step {clock.step} {clock.progress:.1%} losses {mean}, {clock.worked:.0f} s")
            losses.clear()
        if run.clock.worked - saved >= SAVE_EVERY_S or run.clock.done:
            run.save()
            saved = run.clock.worked
            run.clock.pause()


@torch.no_grad()
def jumped(run: Run, texts: list[str], seed: int) -> Pictures:
    """Pictures by the student's jumps, from the noise that `sample` begins with."""
    side, times = run.recipe.side, run.walk.jumps.timesteps
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn((len(texts), 4, side, side), generator=generator).to(run.device)
    text = run.encoded(token_ids(run.parts.tokenizer, texts))
    for now, after in pairwise(times):
        t, then = (torch.full((len(z),), time, device=z.device) for time in (now, after))
        z = run.walk.move(z, run.eps(z, t, text), t, then)
    return as_pixels(run.parts.vae.decode(z.cpu()))


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--teacher", type=Path, required=True, help="a model folder")
    read.add_argument("--run", type=Path, default=Path("runs/fewstep"), help="for the checkpoint")
    read.add_argument("--to", type=Path, help="the model folder that gets fast/; the teacher")
    read.add_argument("--world", choices=sorted(WORLDS), default="rich")
    read.add_argument("--minutes", type=float, default=25.0)
    read.add_argument("--rank", type=int, default=10)
    read.add_argument("--parts", choices=("attention", "all"), default="all")
    read.add_argument("--inner", type=int, default=4, help="steps of the teacher in a jump")
    read.add_argument("--scale", type=float, default=3.0, help="guidance that is built in")
    read.add_argument("--paths", type=int, default=4, help="paths of the teacher in a step")
    read.add_argument("--rate", type=float, default=1.5e-3)
    read.add_argument("--seed", type=int, default=0)
    read.add_argument("--threads", type=int, default=1)
    read.add_argument("--device", default="cpu")
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    parts = load_parts(args.teacher)
    names = ("rank", "parts", "inner", "scale", "paths", "rate", "seed")
    chosen = {name: getattr(args, name) for name in names}
    side = parts.unet.config["sample_size"]
    recipe = Recipe(budget=Budget(minutes=args.minutes), side=side, **chosen)
    run = Run(recipe=recipe, folder=args.run, parts=parts, device=args.device)
    say(f"{sum(p.numel() for p in run.kept.parameters())} parameters to train")
    train(run, WORLDS[args.world])
    folder = args.to or args.teacher
    written = write_lora(folder, run.added, run.unet)
    if (folder / HASHES).is_file():
        write_hashes(folder, LARGEST_MODEL)
    say(f"step {run.clock.step} written to {written}, {written.stat().st_size / 1e6:.2f} MB")
    show(run, args.teacher)


def show(run: Run, teacher: Path) -> None:
    """A sheet: the teacher in 20 guided steps, below it the student in its few."""
    texts: list[str] = [*PROMPTS]
    seed, sheet = 5, run.folder / "fewstep.png"
    how = {"steps": 20, "scale": run.recipe.scale, "half": True}
    plain = sample(load_parts(teacher), texts, seed=seed, **how)
    write_sheet(sheet, [plain, jumped(run, texts, seed)])
    say(f"samples in {sheet}")


if __name__ == "__main__":
    main()
