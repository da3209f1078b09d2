# SPDX-License-Identifier: Apache-2.0
"""Train the evaluator on renders: python -m server.lab.evaluate.judge.train.

It sees drawn scenes, as they are or harmed by `augment`, and never a model or a picture made by one.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from server.lab.evaluate.judge.augment import shifted, spoil
from server.lab.evaluate.judge.data import Album, kept
from server.lab.evaluate.judge.facts import WORLD
from server.lab.evaluate.judge.fields import Fields, Labels, Targets, targets
from server.lab.evaluate.judge.judge import WEIGHTS, Judge, save
from server.lab.evaluate.judge.loss import loss_of
from server.lab.evaluate.judge.network import JudgeNet
from server.lab.evaluate.judge.score import score
from server.lab.scenes import HELD_OUT
from server.lab.speak import say
from server.lab.training import checkpoint
from server.lab.training.average import follow, shadow
from server.lab.training.clock import Budget, Clock, warm_cosine
from server.lab.training.layout import channels_last
from server.lab.training.pictures import as_tensor
from server.lab.training.precision import mixed

STEPS = 1900
"""About 15 minutes of one CPU core."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the evaluator is trained; `shift` is how far, in pixels, pictures are moved at random."""

    budget: Budget
    fields: Fields = WORLD
    batch: int = 24
    rate: float = 3e-3
    decay: float = 0.998
    shift: int = 3
    seed: int = 0


def batch_of(album: Album, recipe: Recipe, step: int) -> tuple[Tensor, Targets]:
    """The pictures and answers of one step; they depend on the seed and the step alone.

    Scenes are taken in a new random order each time all have been seen.
    """
    count, size = len(album.pictures), recipe.batch
    turns = count // size
    order = np.random.default_rng((recipe.seed, step // turns)).permutation(count)
    chosen = np.sort(order[(step % turns) * size :][:size])
    rng = np.random.default_rng((recipe.seed, step, 1))
    dx, dy = (int(v) for v in rng.integers(-recipe.shift, recipe.shift + 1, size=2))
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    x = spoil(shifted(as_tensor(album.pictures[chosen]), dx, dy), generator)
    labels = [_moved(album.labels[i], dx, dy) for i in chosen]
    return x, targets(labels, recipe.fields, x.shape[-1])


def train(album: Album, recipe: Recipe, *, run: Path, save_every: int = 50) -> JudgeNet:
    """Train, or go on from run/judge.safetensors, until the budget is spent; returns the running average."""
    torch.manual_seed(recipe.seed)
    net = channels_last(JudgeNet(recipe.fields)).train()
    average = shadow(net)
    optimizer = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=0.02, foreach=True)
    clock, path = Clock(budget=recipe.budget), run / "judge.safetensors"
    modules: dict[str, nn.Module] = {"net": net, "average": average}
    if path.exists():
        facts = checkpoint.load(path, modules=modules, optimizer=optimizer)
        clock.step, clock.worked = facts["step"], facts["worked"]
    clock.pause()
    while not clock.done:
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * warm_cosine(clock.progress)
        loss = _step(net, optimizer, *batch_of(album, recipe, clock.step), recipe.fields)
        follow(average, net, step=clock.step, decay=recipe.decay)
        clock.tick()
        if clock.step % 50 == 0:
            say(f"judge step {clock.step} {clock.progress:.1%} loss {loss:.4f}")
        if clock.step % save_every == 0 or clock.done:
            facts = {"step": clock.step, "worked": clock.worked}
            checkpoint.save(path, modules=modules, optimizer=optimizer, facts=facts)
    assert isinstance(average, JudgeNet)
    return average.eval()


def _step(
    net: JudgeNet, optimizer: torch.optim.Optimizer, x: Tensor, wanted: Targets, fields: Fields
) -> float:
    with mixed("cpu"):
        answer = net(x.contiguous(memory_format=torch.channels_last))
    loss = loss_of(answer, wanted, fields)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    optimizer.step()
    return float(loss.detach())


def _moved(labels: Labels, dx: int, dy: int) -> Labels:
    spots = tuple(replace(spot, x=spot.x + dx, y=spot.y + dy) for spot in labels.spots)
    return replace(labels, spots=spots)


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--run", type=Path, default=Path("runs/judge"))
    read.add_argument("--to", type=Path, default=WEIGHTS)
    length = read.add_mutually_exclusive_group()
    length.add_argument("--steps", type=int, help=f"{STEPS} where nothing is said")
    length.add_argument("--minutes", type=float)
    read.add_argument("--pictures", type=int, default=16000)
    read.add_argument("--test", type=int, default=500)
    read.add_argument("--threads", type=int, default=1)
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    album = kept(args.run, 0, args.pictures)
    say(f"{args.pictures} pictures to train on")
    steps = STEPS if args.steps is None and args.minutes is None else args.steps
    net = train(album, Recipe(budget=Budget(steps=steps, minutes=args.minutes)), run=args.run)
    save(net, args.to)
    found = score(Judge.load(args.to), kept(args.run, HELD_OUT, args.test))
    say(found.text())


if __name__ == "__main__":
    main()
