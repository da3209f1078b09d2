# SPDX-License-Identifier: Apache-2.0
"""Distill a model into a few-step LoRA: python -m server.lab.training.fewstep --teacher FOLDER --minutes 30.

The teacher is any exported model folder; its `fast/` is written at the end. An interrupted run goes on from its
checkpoint, and so does a finished one with more minutes. Latents come from the shards of a training run, or are
made by the teacher's own encoder from scenes drawn now.
"""

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from server.engine.diffusion.consistency import FewSteps
from server.engine.models.autoencoder import PatchAutoencoder
from server.lab.scenes import render
from server.lab.training import checkpoint
from server.lab.training.attention import LeanAttention
from server.lab.training.batches import token_ids
from server.lab.training.clock import Budget, Clock, warm_cosine
from server.lab.training.fewstep_lora import LowRank, add_lora, without, write_lora
from server.lab.training.fewstep_loss import Walk, consistency_loss
from server.lab.training.layout import channels_last
from server.lab.training.pictures import as_tensor
from server.lab.training.sampling import Parts, load_parts
from server.lab.training.shards import Latents, open_shards
from server.lab.training.worlds import WORLDS, World

SAVE_EVERY_S = 60.0
CHUNK = 16


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the LoRA is distilled. `points` of the solver; `scale` is the guidance that is built in."""

    budget: Budget
    rank: int = 32
    parts: str = "all"
    points: int = 50
    scale: float = 3.0
    batch: int = 8
    rate: float = 5e-4
    seed: int = 0

    def __post_init__(self) -> None:
        if self.batch < 1 or not self.rate > 0:
            raise ValueError(f"batch {self.batch} and rate {self.rate} must be positive")


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
            self.kept.parameters(), lr=self.recipe.rate, weight_decay=1e-4, foreach=True
        )
        few = FewSteps(steps=1, points=self.recipe.points)
        alpha_bar = self.parts.alpha_bar.to(self.device)
        self.walk = Walk(few=few, scale=self.recipe.scale, alpha_bar=alpha_bar)
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
        with torch.autocast(z.device.type, torch.bfloat16):
            return self.unet(z, t, text, return_dict=False)[0].float()

    def teacher(self, z: Tensor, t: Tensor, text: Tensor) -> Tensor:
        """The same network without its additions."""
        with without(self.added):
            return self.eps(z, t, text)

    def loss(self, data: Latents, step: int, size: int) -> Tensor:
        """The loss of one batch; everything but the weights follows from the seed and the step."""
        rng = np.random.default_rng((self.recipe.seed, step))
        chosen = rng.integers(len(data), size=size)
        ids = data.ids[chosen, rng.integers(data.ids.shape[1], size=size)].astype(np.int64)
        strata = (rng.permutation(size) + rng.random(size)) * (self.recipe.points / size)
        z = data.z[chosen].astype(np.float32)
        noise = rng.standard_normal(z.shape, np.float32)
        return consistency_loss(
            self.eps,
            self.teacher,
            self.walk,
            z=torch.from_numpy(z).to(self.device),
            noise=torch.from_numpy(noise).to(self.device),
            index=torch.from_numpy(strata.astype(np.int64)).to(self.device),
            text=self.encoded(torch.from_numpy(ids)),
            empty=self.empty.expand(size, -1, -1),
        )

    def step(self, data: Latents) -> float:
        """One optimizer step; returns its loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.rate * warm_cosine(self.clock.progress)
        loss = self.loss(data, self.clock.step, self.recipe.batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.kept.parameters(), 1.0)
        self.optimizer.step()
        self.clock.tick()
        return float(loss.detach())


def train(run: Run, data: Latents, *, every: int = 25) -> None:
    """Until the budget is spent; a checkpoint every minute of work and at the end."""
    saved, losses = run.clock.worked, list[float]()
    while not run.clock.done:
        losses.append(run.step(data))
        if len(losses) == every or run.clock.done:
            clock = run.clock
            mean = sum(losses) / len(losses)
            _say(f"step {clock.step} {clock.progress:.1%} loss {mean:.4f}, {clock.worked:.0f} s")
            losses.clear()
        if run.clock.worked - saved >= SAVE_EVERY_S or run.clock.done:
            run.save()
            saved = run.clock.worked
            run.clock.pause()


@torch.no_grad()
def drawn(parts: Parts, world: World, *, count: int, size: int) -> Latents:
    """Training scenes 0 … count - 1 of a world, drawn and encoded now, each with one caption."""
    encoder: PatchAutoencoder = channels_last(parts.vae)
    z: list[Tensor] = []
    said: list[str] = []
    for low in range(0, count, CHUNK):
        seeds = range(low, min(low + CHUNK, count))
        scenes = [world.scene(seed) for seed in seeds]
        said += [world.caption(scene, seed) for scene, seed in zip(scenes, seeds, strict=True)]
        pixels = np.stack([render(scene, size).rgb for scene in scenes])
        z.append(encoder.encode(as_tensor(pixels)).half())
    ids = token_ids(parts.tokenizer, said).numpy().astype(np.int16)
    return Latents(z=torch.cat(z).numpy(), ids=ids[:, None])


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--teacher", type=Path, required=True, help="a model folder")
    read.add_argument("--run", type=Path, default=Path("runs/fewstep"), help="for the checkpoint")
    read.add_argument("--to", type=Path, help="the model folder that gets fast/; the teacher")
    read.add_argument("--shards", type=Path, help="a run whose encoded scenes are used")
    read.add_argument("--world", choices=sorted(WORLDS), default="rich")
    read.add_argument("--scenes", type=int, default=1000)
    read.add_argument("--size", type=int, default=256)
    read.add_argument("--minutes", type=float, default=30.0)
    read.add_argument("--rank", type=int, default=32)
    read.add_argument("--parts", choices=("attention", "all"), default="all")
    read.add_argument("--points", type=int, default=50)
    read.add_argument("--scale", type=float, default=3.0)
    read.add_argument("--batch", type=int, default=8)
    read.add_argument("--rate", type=float, default=5e-4)
    read.add_argument("--threads", type=int, default=1)
    read.add_argument("--device", default="cpu")
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    parts = load_parts(args.teacher)
    if args.shards is not None:
        data = open_shards(args.shards, args.size, args.size)
    else:
        data = drawn(parts, WORLDS[args.world], count=args.scenes, size=args.size)
    names = ("rank", "parts", "points", "scale", "batch", "rate")
    chosen = {name: getattr(args, name) for name in names}
    recipe = Recipe(budget=Budget(minutes=args.minutes), **chosen)
    run = Run(recipe=recipe, folder=args.run, parts=parts, device=args.device)
    _say(f"{len(data)} scenes, {sum(p.numel() for p in run.kept.parameters())} parameters to train")
    train(run, data)
    written = write_lora(args.to or args.teacher, run.added, run.unet, points=args.points)
    _say(f"step {run.clock.step} written to {written}, {written.stat().st_size / 1e6:.2f} MB")


def _say(line: str) -> None:
    """A line at once, also into a file."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
