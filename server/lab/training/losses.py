# SPDX-License-Identifier: Apache-2.0
"""The denoiser's losses: noise prediction, weighted by noise level, and the class map beside it."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from server.lab.training.batches import Batch
from server.lab.training.features import MapHead
from server.lab.training.recipe import Recipe

Predict = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""Noisy latents, timesteps and token ids to noise and features."""


@dataclass(frozen=True, kw_only=True)
class Losses:
    """The sum to train on; beside it, to report, the plain squared errors (b,) at t (b,), and the map's."""

    total: Tensor
    errors: Tensor
    t: Tensor
    map: Tensor


def weights(snr: Tensor, recipe: Recipe) -> Tensor:
    """Weights of the squared errors of eps by the signal-to-noise ratio snr (b,).

    Where noise is strong, 1 + 1 / snr up to a limit: the error of the velocity (Salimans & Ho 2022, arXiv 2202.00512),
    since composition is decided there. Where it is weak, min(snr, cap) / snr (Hang et al. 2023, arXiv 2303.09556), but
    never less than `least_weight`: inversion passes through the lowest noise levels.
    """
    strong = (1 + 1 / snr).clamp(max=recipe.most_weight)
    weak = (snr.clamp(max=recipe.snr_cap) / snr).clamp(min=recipe.least_weight)
    return strong * weak


def noisy(batch: Batch, alpha_bar: Tensor) -> Tensor:
    """z_t = √ᾱ z + √(1 - ᾱ) ε (Ho et al. 2020, eq. 4), channels last."""
    level = alpha_bar[batch.t].view(-1, 1, 1, 1)
    z_t = level.sqrt() * batch.z + (1 - level).sqrt() * batch.eps
    return z_t.contiguous(memory_format=torch.channels_last)


def losses(
    predict: Predict, head: MapHead, batch: Batch, alpha_bar: Tensor, recipe: Recipe
) -> Losses:
    """All losses of a batch, in bf16 where autocast allows."""
    with torch.autocast(batch.z.device.type, torch.bfloat16):
        eps, features = predict(noisy(batch, alpha_bar), batch.t, batch.ids)
        nothing = features.new_zeros(())
        by_map = nothing if batch.seg is None else head.loss(features, batch.seg)
    errors = (eps.float() - batch.eps).square().mean((1, 2, 3))
    level = alpha_bar[batch.t]
    total = (weights(level / (1 - level), recipe) * errors).mean() + recipe.map_weight * by_map
    return Losses(total=total, errors=errors.detach(), t=batch.t, map=by_map.detach())
