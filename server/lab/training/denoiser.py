# SPDX-License-Identifier: Apache-2.0
"""Train UNet and text encoder together on encoded scenes: python -m server.lab.training.denoiser --minutes 90.

Noise prediction (Ho et al. 2020, eq. 14) with min-SNR weights (Hang et al. 2023, arXiv 2303.09556), captions
dropped in a part of the samples (Ho & Salimans 2022). The first part of the run sees the scenes at half size,
where a step is five times cheaper, as Stable Diffusion was trained at 256 before 512.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from transformers import CLIPTokenizer

from server.engine.models.autoencoder import PatchAutoencoder
from server.lab.scenes import HELD_OUT
from server.lab.training import checkpoint
from server.lab.training.average import follow, shadow
from server.lab.training.clock import Budget, Clock, warm_cosine
from server.lab.training.latents import Latents, encoded
from server.lab.training.layout import channels_last
from server.lab.training.networks import (
    TRAIN_STEPS,
    LeanAttention,
    Sizes,
    make_scheduler,
    make_text_encoder,
    make_unet,
)

HELD_OUT_SCENES = 128


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the denoiser is trained. The first `coarse` part of the budget runs at half size."""

    budget: Budget
    sizes: Sizes = field(default_factory=Sizes)
    batch: int = 16
    coarse_batch: int = 32
    coarse: float = 0.3
    rate: float = 6e-4
    decay: float = 0.998
    empty: float = 0.25
    snr_cap: float = 5.0
    least_weight: float = 0.2
    late: float = 0.75
    most_weight: float = 20.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.coarse < 1 or not 0 <= self.empty < 1:
            raise ValueError(f"coarse {self.coarse} and empty {self.empty} are parts, in 0 … 1")


class Denoiser(nn.Module):
    """Text encoder and UNet as one: noisy latents, timesteps and tokens to the noise."""

    def __init__(self, sizes: Sizes, tokenizer: CLIPTokenizer) -> None:
        super().__init__()
        self.unet = make_unet(sizes)
        self.text_encoder = make_text_encoder(sizes, tokenizer)

    def forward(self, z_t: Tensor, t: Tensor, ids: Tensor) -> Tensor:
        """z_t (b, 4, h, w), t (b,) in 0 … 999, ids (b, positions) to eps (b, 4, h, w)."""
        text = self.text_encoder(ids).last_hidden_state
        return self.unet(z_t, t, text, return_dict=False)[0]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One step's samples; everything but the network's weights follows from the seed and the step."""

    z: Tensor
    eps: Tensor
    t: Tensor
    ids: Tensor


def batch_of(data: Latents, nothing: Tensor, recipe: Recipe, *, size: int, step: int) -> Batch:
    """Scenes, captions, noise and stratified timesteps of one step."""
    rng = np.random.default_rng((recipe.seed, step))
    chosen = rng.integers(len(data), size=size)
    ids = torch.from_numpy(
        data.ids[chosen, rng.integers(data.ids.shape[1], size=size)].astype(np.int64)
    )
    ids[torch.from_numpy(rng.random(size) < recipe.empty)] = nothing
    t = ((rng.permutation(size) + rng.random(size)) * (TRAIN_STEPS / size)).astype(np.int64)
    z = torch.from_numpy(data.z[chosen].astype(np.float32))
    eps = torch.from_numpy(rng.standard_normal(z.shape, np.float32))
    return Batch(z=z, eps=eps, t=torch.from_numpy(t.clip(0, TRAIN_STEPS - 1)), ids=ids)


def noise_loss(
    model: nn.Module, batch: Batch, alpha_bar: Tensor, recipe: Recipe, progress: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Weighted loss to train on and the plain mean squared error to report."""
    level = alpha_bar[batch.t].view(-1, 1, 1, 1)
    z_t = level.sqrt() * batch.z + (1 - level).sqrt() * batch.eps
    z_t = z_t.contiguous(memory_format=torch.channels_last)
    with torch.autocast(z_t.device.type, torch.bfloat16):
        eps = model(z_t, batch.t, batch.ids)
    error = (eps.float() - batch.eps).square().mean((1, 2, 3))
    snr = (level / (1 - level)).flatten()
    return (weights(snr, recipe, progress) * error).mean(), error.mean().detach()


def weights(snr: Tensor, recipe: Recipe, progress: float) -> Tensor:
    """Weights of the squared errors of eps, by the signal-to-noise ratio snr (b,).

    Up to `late`: min(snr, cap) / snr, which teaches shapes and edges. From then on 1 + 1 / snr, that is the error of
    the velocity (Salimans & Ho 2022, arXiv 2202.00512), up to a limit: composition, decided where noise is strong.
    """
    if progress < recipe.late:
        return (snr.clamp(max=recipe.snr_cap) / snr).clamp(min=recipe.least_weight)
    return (1 + 1 / snr).clamp(max=recipe.most_weight)


@dataclass(kw_only=True)
class Run:
    """A training run: the model and its running average, the optimizer, the clock, and where they are kept."""

    recipe: Recipe
    folder: Path
    tokenizer: CLIPTokenizer
    device: str = "cpu"

    def __post_init__(self) -> None:
        torch.manual_seed(self.recipe.seed)
        self.model = Denoiser(self.recipe.sizes, self.tokenizer)
        channels_last(self.model, self.device)
        self.average = shadow(self.model)
        self.model.unet.set_attn_processor(LeanAttention())  # pyright: ignore[reportArgumentType]
        rest = {"lr": self.recipe.rate, "betas": (0.9, 0.99), "weight_decay": 0.01, "foreach": True}
        self.optimizer = torch.optim.AdamW(self.model.parameters(), **rest)
        self.clock = Clock(budget=self.recipe.budget)
        self.alpha_bar = make_scheduler().alphas_cumprod.to(self.device)
        self.nothing = token_ids(self.tokenizer, [""])[0]
        if self.path.exists():
            self.resume()
        self.clock.pause()

    @property
    def path(self) -> Path:
        return self.folder / "denoiser.safetensors"

    def save(self) -> None:
        facts = {"step": self.clock.step, "worked": self.clock.worked}
        checkpoint.save(self.path, modules=self._kept(), optimizer=self.optimizer, facts=facts)

    def resume(self) -> None:
        facts = checkpoint.load(self.path, modules=self._kept(), optimizer=self.optimizer)
        self.clock.step, self.clock.worked = facts["step"], facts["worked"]

    def _kept(self) -> dict[str, nn.Module]:
        return {"model": self.model, "average": self.average}

    def step(self, data: Latents, size: int) -> float:
        """One optimizer step; returns the plain loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.rate * warm_cosine(self.clock.progress)
        batch = batch_of(data, self.nothing, self.recipe, size=size, step=self.clock.step)
        batch = Batch(**{name: value.to(self.device) for name, value in vars(batch).items()})
        loss, plain = noise_loss(
            self.model, batch, self.alpha_bar, self.recipe, self.clock.progress
        )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.clock.tick()
        follow(self.average, self.model, step=self.clock.step, decay=self.recipe.decay)
        return float(plain)

    @torch.no_grad()
    def held_out_loss(self, data: Latents, batches: int = 8) -> float:
        """Plain loss of the running average on held-out scenes, always with the same noise."""
        total = 0.0
        for index in range(batches):
            batch = batch_of(data, self.nothing, self.recipe, size=16, step=10_000_000 + index)
            batch = Batch(**{name: value.to(self.device) for name, value in vars(batch).items()})
            total += float(noise_loss(self.average, batch, self.alpha_bar, self.recipe)[1])
        return total / batches


def token_ids(tokenizer: CLIPTokenizer, texts: list[str]) -> Tensor:
    """Texts to ids (n, positions), padded and cut as in Stable Diffusion."""
    length = tokenizer.model_max_length
    return torch.tensor(
        tokenizer(texts, padding="max_length", max_length=length, truncation=True).input_ids
    )


def train(
    run: Run,
    *,
    coarse: Latents,
    fine: Callable[[], Latents],
    say: Callable[[str], None],
    save_every: float = 120.0,
) -> None:
    """Until the budget is spent: coarse scenes first, then fine ones; a checkpoint every `save_every` seconds.

    `fine` is asked for when the coarse part is over, so that the fine latents may still be made meanwhile.
    """
    saved, data = run.clock.worked, coarse
    losses: list[float] = []
    while not run.clock.done:
        early = run.clock.progress < run.recipe.coarse
        if not early and data is coarse:
            data = fine()
            run.clock.pause()
        losses.append(run.step(data, run.recipe.coarse_batch if early else run.recipe.batch))
        if run.clock.step % 50 == 0:
            line = f"step {run.clock.step} {run.clock.progress:.1%} {'coarse' if early else 'fine'}"
            say(f"{line} loss {np.mean(losses):.4f} worked {run.clock.worked:.0f} s")
            losses.clear()
        if run.clock.worked - saved >= save_every or run.clock.done:
            run.save()
            saved = run.clock.worked
            run.clock.pause()


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--run", type=Path, default=Path("runs/scenes"))
    read.add_argument("--minutes", type=float, default=90.0)
    read.add_argument("--scenes", type=int, default=24_000)
    read.add_argument("--coarse-scenes", type=int, default=24_000)
    read.add_argument("--coarse", type=float, default=0.3)
    read.add_argument("--threads", type=int, default=1)
    read.add_argument("--device", default="cpu")
    read.add_argument("--batch", type=int, default=16)
    read.add_argument("--coarse-batch", type=int, default=32)
    read.add_argument("--rate", type=float, default=6e-4)
    read.add_argument("--seed", type=int, default=0)
    read.add_argument(
        "--compile", action="store_true", help="about a fifth faster after minutes of compiling"
    )
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    tokenizer = CLIPTokenizer.from_pretrained(args.run / "tokenizer")
    vae = channels_last(PatchAutoencoder.from_pretrained(args.run / "vae"))
    coarse = encoded(args.run, vae, tokenizer, first=0, count=args.coarse_scenes, size=128)
    recipe = Recipe(
        budget=Budget(minutes=args.minutes),
        batch=args.batch,
        coarse_batch=args.coarse_batch,
        coarse=args.coarse,
        rate=args.rate,
        seed=args.seed,
    )
    run = Run(recipe=recipe, folder=args.run, tokenizer=tokenizer, device=args.device)
    if args.compile:
        run.model.unet.compile(dynamic=False)

    def fine() -> Latents:
        return encoded(args.run, vae, tokenizer, first=0, count=args.scenes, size=256)

    train(run, coarse=coarse, fine=fine, say=_say)
    test = encoded(args.run, vae, tokenizer, first=HELD_OUT, count=HELD_OUT_SCENES, size=256)
    _say(f"held-out loss {run.held_out_loss(test):.4f}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
