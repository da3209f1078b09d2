# SPDX-License-Identifier: Apache-2.0
"""Looking at a generator of heads while it is trained: pictures at any block, error on held-out latents, sheets."""

from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor

from server.engine.gan.ops import upsample
from server.engine.gan.stylegan2 import Generator, Rendering
from server.lab.training.gan_batches import Wish, drawn
from server.lab.training.pictures import Pictures, as_pixels, psnr
from server.lab.training.sheets import write_sheet

HELD_OUT = 1_000_000_000
"""Steps from here on are never trained: their latents are for measuring."""
AVERAGE_OF = 10_000
"""Latents whose w are averaged into w_avg, about which truncation pulls."""


def manner(generator: Generator, *, half: bool) -> Rendering:
    """How training runs a generator: no noise, every block in bfloat16 if `half`."""
    blocks = generator.config.blocks if half else 0
    return Rendering(noise="none", half_blocks=blocks, half=torch.bfloat16)


def picture_at(generator: Generator, ws: Tensor, block: int, how: Rendering) -> Tensor:
    """The picture that the skips make up to a block, (b, 3, r, r)."""
    image: Tensor | None = None
    for index, x in enumerate(generator.synthesis.features(ws, block, how=how)):
        rgb = generator.synthesis.block(index).torgb(x, ws[:, 2 * index + 1]).to(ws.dtype)
        image = rgb if image is None else upsample(image) + rgb
    return cast(Tensor, image)


@torch.no_grad()
def find_average(generator: Generator, *, seed: int = 0) -> None:
    """Set w_avg from many latents."""
    dice = torch.Generator().manual_seed(seed)
    z = torch.randn(AVERAGE_OF, generator.config.z_dim, generator=dice)
    w_avg = generator.mapping.w_avg
    w_avg.copy_(generator.mapping(z.to(w_avg.device)).mean(0))


@torch.no_grad()
def compared(generator: Generator, *, count: int, batch: int = 8) -> tuple[Pictures, Pictures]:
    """Held-out heads, as the renderer and as the generator draws them."""
    config, device = generator.config, generator.mapping.w_avg.device
    wish = Wish(seed=0, step=HELD_OUT, count=count, z_dim=config.z_dim, size=config.size)
    z, true = drawn(wish)
    made: list[Pictures] = []
    for i in range(0, count, batch):
        ws = generator.mapping.ws(torch.from_numpy(z[i : i + batch]).to(device))
        made.append(as_pixels(generator.synthesis(ws, how=Rendering(noise="none"))))
    return true, np.concatenate(made)


def report(generator: Generator, sheet: Path | None = None, *, count: int = 64) -> float:
    """PSNR in dB over held-out latents; with `sheet`, truth above and what is made of it below."""
    true, made = compared(generator, count=count)
    if sheet is not None:
        rows = [part[i : i + 6] for i in range(0, min(count, 12), 6) for part in (true, made)]
        write_sheet(sheet, rows)
    return psnr(true, made)
