# SPDX-License-Identifier: Apache-2.0
"""Train the first guess of inversion on the heads' store: python -m server.lab.training.gan.encoder --minutes 5.

Which numbers a picture was drawn from is known, so the encoder learns them whether there is a generator yet or not.
Colors, brightness and sharpness are shaken, since an artist's head is no render. Resumes from its checkpoint.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from server.engine.gan.encoder import Encoder, EncoderConfig
from server.lab.heads import COLORS, FIELDS
from server.lab.speak import say
from server.lab.training import checkpoint
from server.lab.training.average import follow, power_decay, shadow
from server.lab.training.clock import Budget, Clock, budget_of, warm_cosine
from server.lab.training.gan.recipe import BUNDLED
from server.lab.training.gan.store import Batch, Store
from server.lab.training.layout import channels_last
from server.lab.training.precision import mixed

NAME = "gan-encoder.safetensors"
ENCODER = EncoderConfig(numbers=len(FIELDS))
"""1.3 million parameters, 2.6 MB in half precision."""
HELD_BACK = 256
"""The last heads of a store, at most a tenth of it, are not trained on."""
HORIZON = 0.1
OF_COLORS = torch.tensor([field.name in COLORS for field in FIELDS])


def numbers_of(z: Tensor) -> Tensor:
    """What is to be read of heads drawn from z (b, 2, z_dim): the first numbers of z brought to mean square 1."""
    even = z * z.square().mean(2, keepdim=True).rsqrt()
    shape, colors = (even[:, i, : len(FIELDS)] for i in range(2))
    return torch.where(OF_COLORS.to(z.device), colors, shape)


def shaken(pictures: Tensor, dice: torch.Generator) -> Tensor:
    """Brightness and color of each picture changed a little, half of them blurred, noise over all."""

    def draw(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=dice).to(pictures) * 2 - 1

    count = len(pictures)
    moved = pictures * (1 + 0.1 * draw(count, 3, 1, 1)) + 0.08 * draw(count, 3, 1, 1)
    soft = F.avg_pool2d(F.pad(moved, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    moved = torch.where(draw(count, 1, 1, 1) > 0, soft, moved)
    return moved + 0.03 * draw(*moved.shape)


class Encoding:
    """A run: encoder, its running average, optimizer and clock, and where they are kept."""

    def __init__(
        self,
        folder: Path,
        budget: Budget,
        *,
        config: EncoderConfig = ENCODER,
        batch: int = 32,
        rate: float = 2e-3,
    ) -> None:
        torch.manual_seed(0)
        self.path, self.batch, self.rate = folder / NAME, batch, rate
        self.encoder = channels_last(Encoder(config))
        self.average = shadow(self.encoder)
        self.optimizer = torch.optim.AdamW(
            self.encoder.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=0.01, foreach=True
        )
        self.clock = Clock(budget=budget)
        if self.path.exists():
            facts = checkpoint.load(self.path, modules=self._kept(), optimizer=self.optimizer)
            self.clock.step, self.clock.worked = facts["step"], facts["worked"]
        self.clock.pause()

    def _kept(self) -> dict[str, torch.nn.Module]:
        return {"encoder": self.encoder, "average": self.average}

    def save(self) -> None:
        """Write the checkpoint."""
        facts = {"step": self.clock.step, "worked": self.clock.worked}
        facts["config"] = self.encoder.config.as_dict()  # pyright: ignore[reportArgumentType]
        checkpoint.save(self.path, modules=self._kept(), optimizer=self.optimizer, facts=facts)

    def step(self, store: Store) -> float:
        """One optimizer step; returns the loss."""
        self.optimizer.param_groups[0]["lr"] = self.rate * warm_cosine(self.clock.progress)
        step = self.clock.step
        dice = np.random.default_rng((store.seed, step, 1))
        chosen = dice.integers(trained_on(store), size=self.batch)
        heads = store.chosen([int(i) for i in chosen], self.encoder.config.side)
        seen = shaken(heads.pictures, torch.Generator().manual_seed(step))
        with mixed("cpu"):
            read = self.encoder(seen)
        loss = F.smooth_l1_loss(read.float(), numbers_of(heads.z), beta=0.3)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.clock.tick()
        follow(self.average, self.encoder, step=step + 1, decay=power_decay(step + 1, HORIZON))
        return float(loss.detach())


def trained_on(store: Store) -> int:
    """How many heads of a store are trained on: the first ones."""
    return store.count - min(HELD_BACK, store.count // 10)


@torch.no_grad()
def correlation(encoder: Encoder, store: Store) -> Tensor:
    """Of each number, over the heads that were held back: how what is read goes with what was meant, -1 … 1."""
    held: Batch = store.chosen(list(range(trained_on(store), store.count)), encoder.config.side)
    read, meant = (v - v.mean(0) for v in (encoder(held.pictures), numbers_of(held.z)))
    spread = read.square().sum(0).sqrt() * meant.square().sum(0).sqrt()
    return (read * meant).sum(0) / spread.clamp_min(1e-6)


def train(run: Encoding, store: Store, *, save_every: int = 500) -> Encoder:
    """Train until the budget is spent; returns the running average."""
    losses: list[float] = []
    while not run.clock.done:
        losses.append(run.step(store))
        if run.clock.step % save_every == 0 or run.clock.done:
            run.save()
            said = f"encoder step {run.clock.step} {run.clock.progress:.1%}"
            known = float(correlation(run.average, store).mean())
            say(f"{said} loss {np.mean(losses):.4f} correlation {known:.3f}")
            losses.clear()
            run.clock.pause()
    return run.average


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--run", type=Path, default=Path("runs/heads"))
    read.add_argument("--minutes", type=float, default=5.0)
    read.add_argument("--steps", type=int, help="a number of steps in place of minutes")
    read.add_argument("--threads", type=int, default=1)
    read.add_argument("--seed", type=int, default=0, help="of the store")
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    store = Store(args.run / "store", seed=args.seed, z_dim=BUNDLED.z_dim)
    run = Encoding(args.run, budget_of(args.minutes, args.steps))
    found = correlation(train(run, store), store)
    named = sorted(zip(found.tolist(), (field.name for field in FIELDS), strict=True))
    say("held-out correlations: " + ", ".join(f"{name} {value:.2f}" for value, name in named))


if __name__ == "__main__":
    main()
