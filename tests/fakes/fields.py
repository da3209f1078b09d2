# SPDX-License-Identifier: Apache-2.0
"""A small real StyleGAN2 (64 pixels) whose world is known: four colored fields that meet at a point, which z moves.

`python tests/fakes/fields.py` fits it by regression (about a minute of one core) and writes fields64.safetensors;
tests load that file, so that none of them trains.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from server.engine.gan.config import GeneratorConfig
from server.engine.gan.stylegan2 import Generator
from server.engine.models.generator_files import WEIGHTS, write_config

CONFIG = GeneratorConfig(
    z_dim=4,
    w_dim=24,
    mapping_layers=2,
    channels=(32, 32, 32, 24, 16),
    clamp=None,
    lr_multiplier=0.5,
)
SIZE = CONFIG.size
STORED = Path(__file__).parent / "fields64.safetensors"
MIDDLE, SPREAD, SOFT = 32.0, 9.0, 1.5
STEPS, BATCH, RATE = 700, 8, 4e-3


def crossing(z: Tensor) -> Tensor:
    """(b, 2) row and column where the fields of z (b, 4) meet; only z's direction counts, as in the mapping."""
    return MIDDLE + SPREAD * (z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt())[:, :2]


def picture(at: Tensor) -> Tensor:
    """The true pictures (b, 3, 64, 64) in -1 … 1 of fields that meet at (row, column)."""
    line = torch.arange(SIZE) + 0.5
    down = torch.sigmoid((line - at[:, :1]) / SOFT)[:, :, None].expand(-1, -1, SIZE)
    along = torch.sigmoid((line - at[:, 1:]) / SOFT)[:, None].expand(-1, SIZE, -1)
    red = 0.85 * along - 0.1
    green = 0.8 * down - 0.2
    blue = 0.5 - 0.7 * along * down
    return torch.stack((red, green, blue), dim=1) * 1.4 - 0.35


def as_pixels(at: tuple[float, float]) -> np.ndarray:
    """(64, 64, 3) bytes of the true picture."""
    drawn = picture(torch.tensor([at], dtype=torch.float32))[0].permute(1, 2, 0)
    return ((drawn + 1) * 127.5).clamp(0, 255).round().to(torch.uint8).numpy()


def generator() -> Generator:
    """The fitted generator, frozen."""
    made = Generator(CONFIG)
    made.load_state_dict({name: value.float() for name, value in load_file(STORED).items()})
    return made.eval().requires_grad_(False)


def install(folder: Path, name: str = "fields", **about: object) -> Path:
    """Write it as a model into a models folder."""
    place = folder / name
    place.mkdir(parents=True)
    (place / WEIGHTS).write_bytes(STORED.read_bytes())
    write_config(place, CONFIG.as_dict(), title="Fields, 64 pixels", **about)
    return place


def fit() -> Generator:
    """Regression: G(z) is to be the picture that z means."""
    torch.manual_seed(0)
    made = Generator(CONFIG)
    adam = torch.optim.Adam(made.parameters(), lr=RATE, betas=(0.5, 0.99))
    for step in range(STEPS):
        adam.param_groups[0]["lr"] = RATE * min(1.0, 2 * (1 - step / STEPS))
        z = torch.randn(BATCH, CONFIG.z_dim)
        off = made(z) - picture(crossing(z))
        loss = off.square().mean() + 0.1 * off.abs().mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        if step % 50 == 0 or step == STEPS - 1:
            sys.stdout.write(f"{step} {float(off.detach().square().mean()):.5f}\n")
            sys.stdout.flush()
    with torch.no_grad():
        made.mapping.w_avg.copy_(made.mapping(torch.randn(4000, CONFIG.z_dim)).mean(0))
    return made


if __name__ == "__main__":
    torch.set_num_threads(1)
    state = {name: value.half().contiguous() for name, value in fit().state_dict().items()}
    save_file(state, STORED)
