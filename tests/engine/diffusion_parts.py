# SPDX-License-Identifier: Apache-2.0
"""A stock UNet of SD1.5's topology with a few thousand random weights, in double: what the core's tests run on."""

from __future__ import annotations

from functools import cache

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn

from server.engine.diffusion.denoiser import Denoiser
from server.engine.diffusion.evaluation_counter import Counter
from server.engine.diffusion.family import Cond, Prediction
from server.engine.diffusion.schedule import Schedule
from server.engine.diffusion.sd15 import Sd15

WIDTHS = (8, 8, 16, 16)
TEXT = 8
SIDE = 16


@cache
def tiny_unet() -> UNet2DConditionModel:
    with torch.random.fork_rng():
        torch.manual_seed(5)
        unet = UNet2DConditionModel(
            sample_size=SIDE,
            block_out_channels=WIDTHS,
            down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
            up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
            cross_attention_dim=TEXT,
            attention_head_dim=2,
            norm_num_groups=4,
        )
        for name, weight in unet.named_parameters():
            if ".to_q." in name or ".to_k." in name:
                nn.init.normal_(weight, std=1.0)  # flat attention would hide mistakes
    nn.Module.to(unet, dtype=torch.float64)
    return unet


@cache
def tiny_family(prediction: Prediction = "epsilon") -> Sd15:
    return Sd15(tiny_unet(), prediction=prediction)


def denoiser(steps: int = 4, prediction: Prediction = "epsilon") -> Denoiser:
    return Denoiser(tiny_family(prediction), Schedule(steps=steps), Counter())


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def latent(rows: int = 1, *, seed: int = 0, size: tuple[int, int] = (SIDE, SIDE)) -> Tensor:
    return noise(rows, 4, *size, seed=seed)


def cond(rows: int = 1, *, seed: int = 9) -> Cond:
    return Cond(noise(rows, 7, TEXT, seed=seed))


def box(size: tuple[int, int], rows: slice, columns: slice) -> Tensor:
    """A bool mask (1, 1, h, w) that is true in a rectangle."""
    mask = torch.zeros(1, 1, *size, dtype=torch.bool)
    mask[..., rows, columns] = True
    return mask
