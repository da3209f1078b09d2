# SPDX-License-Identifier: Apache-2.0
"""Go on training the decoder alone: python -m server.lab.training.decoder --minutes 30.

The encoder stays as it is, so latents made with it stay valid and the denoiser can train on them meanwhile. Whole
pictures are encoded once beforehand; a step decodes windows of their latents, which lie as they do in use.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from server.engine.models.autoencoder import PATCH, PatchAutoencoder
from server.lab.scenes import HELD_OUT
from server.lab.speak import say
from server.lab.training import checkpoint
from server.lab.training.autoencoder import (
    TEST_PICTURES,
    Recipe,
    busyness,
    reconstruct,
    reconstruction_loss,
)
from server.lab.training.autoencoder_optimizers import Optimizers, make_optimizers, set_rates
from server.lab.training.average import follow, shadow
from server.lab.training.clock import Clock, budget_of, warm_cosine
from server.lab.training.layout import channels_last
from server.lab.training.pictures import Pictures, as_tensor, psnr, rendered
from server.lab.training.precision import mixed
from server.lab.training.worlds import WORLDS

DECAY = 0.998


def polish(
    model: PatchAutoencoder, pictures: Pictures, recipe: Recipe, *, run: Path, save_every: int = 250
) -> PatchAutoencoder:
    """Train the decoder, or go on from run/decoder.safetensors; returns encoder and averaged decoder."""
    model.requires_grad_(False)
    latents = encoded_pictures(model, pictures)
    decoder = model.decoder.requires_grad_(True)
    average = shadow(decoder)
    channels_last(decoder)
    optimizers = make_optimizers(decoder, recipe.rate)
    clock, path = Clock(budget=recipe.budget), run / "decoder.safetensors"
    parts: dict[str, nn.Module] = {"decoder": decoder, "average": average}
    if path.exists():
        facts = checkpoint.load(path, modules=parts, optimizer=optimizers)
        clock.step, clock.worked = facts["step"], facts["worked"]
    clock.pause()
    losses: list[float] = []
    while not clock.done:
        set_rates(optimizers, recipe.rate * warm_cosine(clock.progress))
        x, z = windows_of(pictures, latents, recipe, clock.step)
        losses.append(_step(model, optimizers, x, z))
        clock.tick()
        follow(average, decoder, step=clock.step, decay=DECAY)
        if clock.step % 100 == 0:
            say(f"decoder step {clock.step} {clock.progress:.1%} loss {np.mean(losses):.4f}")
            losses.clear()
        if clock.step % save_every == 0 or clock.done:
            facts = {"step": clock.step, "worked": clock.worked}
            checkpoint.save(path, modules=parts, optimizer=optimizers, facts=facts)
    model.decoder.load_state_dict(average.state_dict())
    return model.eval()


@torch.no_grad()
def encoded_pictures(model: PatchAutoencoder, pictures: Pictures) -> NDArray[np.float16]:
    """Latents (n, 4, h/8, w/8) of whole pictures (n, h, w, 3)."""
    parts: list[NDArray[np.float16]] = []
    for i in range(0, len(pictures), 8):
        with mixed("cpu"):
            z = model.encode(as_tensor(pictures[i : i + 8]))
        parts.append(z.float().numpy().astype(np.float16))
    return np.concatenate(parts)


def windows_of(
    pictures: Pictures, latents: NDArray[np.float16], recipe: Recipe, step: int
) -> tuple[Tensor, Tensor]:
    """Windows of pictures, the busiest of some each, and their noisy latents; of the seed and the step alone."""
    rng = np.random.default_rng((recipe.seed, step))
    cells = recipe.crop // PATCH
    cuts: list[Pictures] = []
    codes: list[NDArray[np.float16]] = []
    for i in rng.integers(len(pictures), size=recipe.batch):
        z, picture = latents[i], pictures[i]
        tops = rng.integers(0, z.shape[1] - cells + 1, size=recipe.tries)
        lefts = rng.integers(0, z.shape[2] - cells + 1, size=recipe.tries)
        places = [(int(top), int(left)) for top, left in zip(tops, lefts, strict=True)]
        top, left = max(places, key=lambda at: busyness(_cut(picture, *at, cells)))
        cuts.append(_cut(picture, top, left, cells))
        codes.append(z[:, top : top + cells, left : left + cells])
    code = torch.from_numpy(np.stack(codes).astype(np.float32))
    noise = torch.from_numpy(rng.standard_normal(code.shape, np.float32)) * recipe.noise
    return as_tensor(np.stack(cuts)), code + noise


def _cut(picture: Pictures, top: int, left: int, cells: int) -> Pictures:
    rows, columns = (slice(PATCH * at, PATCH * (at + cells)) for at in (top, left))
    return picture[rows, columns]


def faithful_loss(x: Tensor, y: Tensor) -> Tensor:
    """The autoencoder's loss and half of each picture's root mean squared error, which PSNR is made of."""
    squares = (y - x).square().mean((1, 2, 3))
    return reconstruction_loss(x, y) + 0.5 * (squares + 1e-6).sqrt().mean()


def _step(model: PatchAutoencoder, optimizers: Optimizers, x: Tensor, z: Tensor) -> float:
    z = z.contiguous(memory_format=torch.channels_last)
    with mixed("cpu"):
        y = model.decode(z)
    model.decoder.zero_grad(set_to_none=True)
    loss = faithful_loss(x, y.float())
    loss.backward()
    nn.utils.clip_grad_norm_(model.decoder.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
    return float(loss.detach())


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--run", type=Path, default=Path("runs/scenes"))
    read.add_argument("--world", choices=sorted(WORLDS), default="rich")
    read.add_argument("--minutes", type=float, default=30.0)
    read.add_argument("--steps", type=int, help="a number of steps in place of minutes")
    read.add_argument("--pictures", type=int, default=8000)
    read.add_argument("--batch", type=int, default=8)
    read.add_argument("--crop", type=int, default=128)
    read.add_argument("--tries", type=int, default=3, help="windows of which the busiest is taken")
    read.add_argument("--rate", type=float, default=8e-4)
    read.add_argument("--noise", type=float, default=0.02)
    read.add_argument("--threads", type=int, default=1)
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    world = WORLDS[args.world]
    pictures = rendered(args.run, first=0, count=args.pictures, size=256, world=world)
    test = rendered(args.run, first=HELD_OUT, count=TEST_PICTURES, size=256, world=world)
    model = channels_last(PatchAutoencoder.from_pretrained(args.run / "vae"))
    before = psnr(test, reconstruct(model, test))
    recipe = Recipe(
        budget=budget_of(args.minutes, args.steps),
        batch=args.batch,
        crop=args.crop,
        tries=args.tries,
        rate=args.rate,
        noise=args.noise,
        seed=1,
    )
    model = polish(model, pictures, recipe, run=args.run)
    after = psnr(test, reconstruct(model, test))
    model.save_pretrained(args.run / "vae-polished", torch.float32)
    say(f"decoder polished: held-out PSNR {before:.2f} -> {after:.2f} dB")


if __name__ == "__main__":
    main()
