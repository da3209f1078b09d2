# SPDX-License-Identifier: Apache-2.0
"""Train the autoencoder on rendered scenes: python -m server.lab.training.autoencoder --minutes 30.

Loss: L1 + gradient difference (Mathieu et al. 2016, arXiv 1511.05440, α = 1). Latents are normalized to mean 0
and variance 1 per channel while training, and the statistics are folded into the encoder's last and the decoder's
first 1x1 convolution at the end, so that the scaling factor is 1. A little noise on the latents makes nearby
latents decode to nearby pictures, which guided edits need.
"""

import argparse
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from server.engine.models.autoencoder import AutoencoderConfig, PatchAutoencoder
from server.lab.scenes import HELD_OUT
from server.lab.speak import say
from server.lab.training import checkpoint
from server.lab.training.autoencoder_optimizers import Optimizers, make_optimizers, set_rates
from server.lab.training.average import follow, shadow
from server.lab.training.clock import Budget, Clock, budget_of, warm_cosine
from server.lab.training.grow import grown
from server.lab.training.layout import channels_last
from server.lab.training.pictures import Pictures, as_pixels, as_tensor, psnr, rendered
from server.lab.training.precision import mixed
from server.lab.training.sheets import write_sheet
from server.lab.training.worlds import WORLDS

TEST_PICTURES = 64
BUNDLED = AutoencoderConfig(stem=3, encoder_blocks=5, decoder_blocks=8, middle_blocks=2)
"""Sizes of the bundled model's autoencoder."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the autoencoder is trained.

    `crop` in pixels, the busiest of `tries`; `noise` in standard deviations of the latents; `decay` is that of the
    running average of the weights, which is what comes out. `hold` weighs how far latents may go from those of the
    autoencoder that training starts with, in squared standard deviations: a denoiser trained on these goes on easily.
    """

    budget: Budget
    config: AutoencoderConfig = field(default_factory=AutoencoderConfig)
    batch: int = 14
    crop: int = 96
    tries: int = 3
    rate: float = 1.5e-3
    noise: float = 0.02
    decay: float = 0.998
    hold: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.crop % 8 or self.crop < 8:
            raise ValueError(f"the crop must be a multiple of 8, got {self.crop}")


class Trainee(nn.Module):
    """Autoencoder with a normalization between its halves."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.autoencoder = PatchAutoencoder(config)
        self.norm = nn.BatchNorm2d(config.latent_channels, affine=False, momentum=0.02)

    def forward(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (b, 3, h, w) and latent noise (b, 4, h/8, w/8) to reconstructions (b, 3, h, w) and latents."""
        z = self.norm(self.autoencoder.encode(x))
        return self.autoencoder.decode(z + noise), z


def reconstruction_loss(x: Tensor, y: Tensor) -> Tensor:
    """L1 plus the L1 difference of horizontal and vertical gradients of two pictures (b, 3, h, w)."""
    error = y - x
    edges = error.diff(dim=2).abs().mean() + error.diff(dim=3).abs().mean()
    return error.abs().mean() + edges


def batch_of(pictures: Pictures, recipe: Recipe, step: int) -> tuple[Tensor, Tensor]:
    """The crops and the latent noise of one step; they depend on the seed and the step alone."""
    rng = np.random.default_rng((recipe.seed, step))
    cuts = [
        busiest_crop(pictures[i], recipe, rng)
        for i in rng.integers(len(pictures), size=recipe.batch)
    ]
    crop = recipe.crop
    shape = (recipe.batch, recipe.config.latent_channels, crop // 8, crop // 8)
    noise = rng.standard_normal(shape, np.float32) * np.float32(recipe.noise)
    return as_tensor(np.stack(cuts)), torch.from_numpy(noise)


def busiest_crop(picture: Pictures, recipe: Recipe, rng: np.random.Generator) -> Pictures:
    """Of some random crops (crop, crop, 3) the one with the most edges: empty sky is soon learned."""
    size, crop = len(picture), recipe.crop
    places = rng.integers(0, size - crop + 1, size=(recipe.tries, 2))
    cuts = [picture[y : y + crop, x : x + crop] for y, x in places]
    return max(cuts, key=busyness)


def busyness(picture: Pictures) -> int:
    """How much neighbors differ in a picture (h, w, 3): high where things are, low in an empty sky."""
    return int(np.abs(np.diff(picture[::2, ::2, 1].astype(np.int16))).sum())


def train(
    pictures: Pictures,
    recipe: Recipe,
    *,
    run: Path,
    start: PatchAutoencoder | None = None,
    device: str = "cpu",
    save_every: int = 250,
) -> Trainee:
    """Train, or go on from run/autoencoder.safetensors, until the budget is spent; returns the running average.

    `start` gives the first weights in place of random ones, grown to the recipe's configuration.
    """
    torch.manual_seed(recipe.seed)
    model = Trainee(recipe.config)
    if start is not None:
        model.autoencoder.load_state_dict(grown(start, recipe.config).state_dict())
    channels_last(model, device)
    held = shadow(model.autoencoder.encoder) if recipe.hold else None
    average, optimizers = shadow(model), make_optimizers(model, recipe.rate)
    clock, path = Clock(budget=recipe.budget), run / "autoencoder.safetensors"
    parts: dict[str, nn.Module] = {"model": model, "average": average}
    if held is not None:
        parts["held"] = held
    if path.exists():
        facts = checkpoint.load(path, modules=parts, optimizer=optimizers)
        clock.step, clock.worked = facts["step"], facts["worked"]
    clock.pause()
    losses: list[float] = []
    while not clock.done:
        set_rates(optimizers, recipe.rate * warm_cosine(clock.progress))
        x, noise = (part.to(device) for part in batch_of(pictures, recipe, clock.step))
        losses.append(_step(model, held, optimizers, x, noise, recipe.hold))
        clock.tick()
        follow(average, model, step=clock.step, decay=recipe.decay)
        if clock.step % 100 == 0:
            say(f"autoencoder step {clock.step} {clock.progress:.1%} loss {np.mean(losses):.4f}")
            losses.clear()
        if clock.step % save_every == 0 or clock.done:
            facts = {"step": clock.step, "worked": clock.worked}
            checkpoint.save(path, modules=parts, optimizer=optimizers, facts=facts)
    return average


def _step(
    model: Trainee,
    held: nn.Module | None,
    optimizers: Optimizers,
    x: Tensor,
    noise: Tensor,
    hold: float,
) -> float:
    x = x.contiguous(memory_format=torch.channels_last)
    with mixed(x.device.type):
        y, z = model(x, noise)
    loss = plain = reconstruction_loss(x, y.float())
    if held is not None:
        with torch.no_grad(), mixed(x.device.type):
            before = held(x)
        loss = plain + hold * (z.float() - before.float()).square().mean()
    model.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
    return float(plain.detach())


@torch.no_grad()
def folded(trainee: Trainee, pictures: Pictures) -> PatchAutoencoder:
    """The autoencoder with the normalization inside its 1x1 convolutions, measured anew on some pictures."""
    model = channels_last(PatchAutoencoder(trainee.autoencoder.config))
    model.load_state_dict({k: v.cpu().clone() for k, v in trainee.autoencoder.state_dict().items()})
    z = torch.cat(
        [model.encode(as_tensor(pictures[i : i + 8])) for i in range(0, len(pictures), 8)]
    )
    mean, std = z.mean((0, 2, 3)), z.std((0, 2, 3))
    seen_mean, seen_std = trainee.norm.running_mean, trainee.norm.running_var
    if seen_mean is None or seen_std is None:
        raise ValueError("the normalization kept no running statistics")
    out, into = model.encoder.conv_out, model.decoder.conv_in
    if out.bias is None or into.bias is None:
        raise ValueError("the 1x1 convolutions at the latents need a bias")
    out.weight.div_(std[:, None, None, None])
    out.bias.sub_(mean).div_(std)
    trained_mean, trained_std = seen_mean.cpu(), (seen_std.cpu() + trainee.norm.eps).sqrt()
    scale, shift = std / trained_std, (mean - trained_mean) / trained_std
    into.bias.add_((into.weight[:, :, 0, 0] * shift).sum(1))
    into.weight.mul_(scale[None, :, None, None])
    return model.eval()


@torch.no_grad()
def reconstruct(model: PatchAutoencoder, pictures: Pictures) -> Pictures:
    """Encode and decode uint8 pictures (b, h, w, 3), eight at a time."""
    parts = [
        as_pixels(model.decode(model.encode(as_tensor(pictures[i : i + 8]))))
        for i in range(0, len(pictures), 8)
    ]
    return np.concatenate(parts)


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--run", type=Path, default=Path("runs/scenes"))
    read.add_argument("--world", choices=sorted(WORLDS), default="rich")
    read.add_argument("--start", type=Path, help="folder of the autoencoder to begin with")
    read.add_argument("--minutes", type=float, default=30.0)
    read.add_argument("--steps", type=int, help="a number of steps in place of minutes")
    read.add_argument("--pictures", type=int, default=8000)
    read.add_argument("--threads", type=int, default=1)
    read.add_argument("--device", default="cpu")
    read.add_argument("--batch", type=int, default=14)
    read.add_argument("--rate", type=float, default=1.5e-3)
    read.add_argument("--noise", type=float, default=0.03)
    read.add_argument("--hold", type=float, default=0.0, help="how much latents stay as --start's")
    read.add_argument("--seed", type=int, default=0)
    args = read.parse_args()
    torch.set_num_threads(args.threads)
    world = WORLDS[args.world]
    pictures = rendered(args.run, first=0, count=args.pictures, size=256, world=world)
    test = rendered(args.run, first=HELD_OUT, count=TEST_PICTURES, size=256, world=world)
    say(f"{len(pictures)} pictures to train on, {len(test)} held out")
    recipe = Recipe(
        budget=budget_of(args.minutes, args.steps),
        config=BUNDLED,
        batch=args.batch,
        rate=args.rate,
        noise=args.noise,
        hold=args.hold,
        seed=args.seed,
    )
    start = PatchAutoencoder.from_pretrained(args.start) if args.start else None
    trained = train(pictures, recipe, run=args.run, start=start, device=args.device)
    model = folded(trained, pictures[:512])
    model.save_pretrained(args.run / "vae", torch.float32)
    again = reconstruct(model, test)
    write_sheet(args.run / "autoencoder.png", [test[:6], again[:6], test[6:12], again[6:12]])
    say(f"autoencoder held-out PSNR {psnr(test, again):.2f} dB")


if __name__ == "__main__":
    main()
