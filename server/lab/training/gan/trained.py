# SPDX-License-Identifier: Apache-2.0
"""Looking at a generator of heads while it is trained: the average of w, error on held-out latents, sheets."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

from server.engine.gan.stylegan2 import Generator, Rendering
from server.lab.heads import draw, head_of_z
from server.lab.training.gan.store import latents
from server.lab.training.pictures import Pictures, as_pixels, psnr
from server.lab.training.sheets import write_sheet

HELD_OUT = 1_000_000_000
"""Latents from here on are never trained: they are for measuring."""
AVERAGE_OF = 10_000
"""Latents whose w are averaged into w_avg, about which truncation pulls."""
LINE = 20
"""Pixels of a sheet's caption."""


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
    z = np.stack([latents(0, HELD_OUT + i, config.z_dim)[0] for i in range(count)])
    true = np.stack([draw(head_of_z([float(v) for v in row]), config.size) for row in z])
    made: list[Pictures] = []
    for i in range(0, count, batch):
        ws = generator.mapping.ws(torch.from_numpy(z[i : i + batch]).to(device))
        made.append(as_pixels(generator.synthesis(ws, how=Rendering(noise="none"))))
    return true, np.concatenate(made)


def report(
    generator: Generator, sheet: Path | None = None, *, count: int = 64, words: str = ""
) -> float:
    """PSNR in dB over held-out latents; with `sheet`, truth above and what is made of it below, and a caption."""
    true, made = compared(generator, count=count)
    found = psnr(true, made)
    if sheet is not None:
        rows = [part[i : i + 6] for i in range(0, min(count, 12), 6) for part in (true, made)]
        write_sheet(sheet, rows)
        _caption(sheet, f"{words} {found:.2f} dB; rows: the renderer, the generator".strip())
    return found


def _caption(sheet: Path, words: str) -> None:
    with Image.open(sheet) as plain:
        page = Image.new("RGB", (plain.width, plain.height + LINE), "white")
        page.paste(plain, (0, LINE))
    ImageDraw.Draw(page).text((4, 4), words, fill="black")
    page.save(sheet, optimize=True)
