# SPDX-License-Identifier: Apache-2.0
"""Go on training the decoder alone: python -m server.lab.training.decoder --minutes 30.

The encoder stays as it is, so latents made with it stay valid and the denoiser can train on them meanwhile.
"""

import argparse
import sys
from pathlib import Path

import torch
from torch import nn

from server.engine.models.autoencoder import PatchAutoencoder
from server.lab.scenes import HELD_OUT
from server.lab.training import checkpoint
from server.lab.training.autoencoder import (
    TEST_PICTURES,
    Recipe,
    batch_of,
    reconstruct,
    reconstruction_loss,
)
from server.lab.training.average import follow, shadow
from server.lab.training.clock import Budget, Clock, warm_cosine
from server.lab.training.layout import channels_last
from server.lab.training.pictures import Pictures, psnr, rendered

DECAY = 0.998


def polish(
    model: PatchAutoencoder, pictures: Pictures, recipe: Recipe, *, run: Path, save_every: int = 250
) -> PatchAutoencoder:
    """Train the decoder, or go on from run/decoder.safetensors; returns encoder and averaged decoder."""
    model.requires_grad_(False)
    decoder = model.decoder.requires_grad_(True)
    average = shadow(decoder)
    optimizer = torch.optim.AdamW(decoder.parameters(), lr=recipe.rate, weight_decay=1e-4)
    clock, path = Clock(budget=recipe.budget), run / "decoder.safetensors"
    parts: dict[str, nn.Module] = {"decoder": decoder, "average": average}
    if path.exists():
        facts = checkpoint.load(path, modules=parts, optimizer=optimizer)
        clock.step, clock.worked = facts["step"], facts["worked"]
    clock.pause()
    while not clock.done:
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * warm_cosine(clock.progress)
        _step(model, optimizer, pictures, recipe, clock.step)
        clock.tick()
        follow(average, decoder, step=clock.step, decay=DECAY)
        if clock.step % save_every == 0 or clock.done:
            facts = {"step": clock.step, "worked": clock.worked}
            checkpoint.save(path, modules=parts, optimizer=optimizer, facts=facts)
    model.decoder.load_state_dict(average.state_dict())
    return model.eval()


def _step(
    model: PatchAutoencoder,
    optimizer: torch.optim.Optimizer,
    pictures: Pictures,
    recipe: Recipe,
    step: int,
) -> None:
    x, noise = batch_of(pictures, recipe, step)
    x = x.contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        with torch.no_grad():
            z = model.encode(x).float()
        y = model.decode(z + noise)
    optimizer.zero_grad(set_to_none=True)
    reconstruction_loss(x, y.float()).backward()
    nn.utils.clip_grad_norm_(model.decoder.parameters(), 1.0)
    optimizer.step()


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--run", type=Path, default=Path("runs/scenes"))
    read.add_argument("--minutes", type=float, default=30.0)
    read.add_argument("--pictures", type=int, default=8000)
    read.add_argument("--rate", type=float, default=8e-4)
    read.add_argument("--threads", type=int, default=1)
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    pictures = rendered(args.run, first=0, count=args.pictures, size=256)
    test = rendered(args.run, first=HELD_OUT, count=TEST_PICTURES, size=256)
    model = channels_last(PatchAutoencoder.from_pretrained(args.run / "vae"))
    before = psnr(test, reconstruct(model, test))
    recipe = Recipe(budget=Budget(minutes=args.minutes), rate=args.rate, seed=1)
    model = polish(model, pictures, recipe, run=args.run)
    after = psnr(test, reconstruct(model, test))
    model.save_pretrained(args.run / "vae-polished", torch.float32)
    sys.stdout.write(f"decoder polished: held-out PSNR {before:.2f} -> {after:.2f} dB\n")


if __name__ == "__main__":
    main()
