# SPDX-License-Identifier: Apache-2.0
"""The denoiser's losses: noise prediction, weighted by noise level, and the class map beside it."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from server.lab.training.batches import Batch
from server.lab.training.features import MapHead, PooledHead, Seen, pooled
from server.lab.training.precision import mixed
from server.lab.training.recipe import Recipe

Predict = Callable[[Tensor, Tensor, Tensor], Seen]
"""Noisy latents, timesteps and token ids to noise and features."""

PredictPooled = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""Noisy latents, timesteps and token ids to pooled noise and features."""


@dataclass(frozen=True, kw_only=True)
class Losses:
    """The sum to train on; beside it, to report, plain squared errors: (b,) of eps at t (b,), the mean of the pooled
    eps, and the map's cross entropy. A step of the inner levels alone has errors and t of no pictures."""

    total: Tensor
    errors: Tensor
    t: Tensor
    pooled: Tensor
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
    predict: Predict,
    head: MapHead,
    pooled_head: PooledHead,
    batch: Batch,
    alpha_bar: Tensor,
    recipe: Recipe,
) -> Losses:
    """All losses of a batch, in bf16 where that is quicker."""
    with mixed(batch.z.device.type):
        seen = predict(noisy(batch, alpha_bar), batch.t, batch.ids)
        by_map = _by_map(head, seen.features, batch)
        of_inner = pooled_head(seen.inner)
    errors = _squares(seen.eps, batch.eps)
    snr = _snr(batch, alpha_bar)
    inner = _squares(of_inner, pooled(batch.eps))
    total = (weights(snr, recipe) * errors).mean() + recipe.map_weight * by_map
    total = total + recipe.pooled_weight * (weights(4 * snr, recipe) * inner).mean()
    return Losses(
        total=total,
        errors=errors.detach(),
        t=batch.t,
        pooled=inner.detach().mean(),
        map=by_map.detach(),
    )


def pooled_losses(
    predict: PredictPooled, head: MapHead, batch: Batch, alpha_bar: Tensor, recipe: Recipe
) -> Losses:
    """The losses of the inner levels alone."""
    with mixed(batch.z.device.type):
        found, features = predict(noisy(batch, alpha_bar), batch.t, batch.ids)
        by_map = _by_map(head, features, batch)
    inner = _squares(found, pooled(batch.eps))
    total = (weights(4 * _snr(batch, alpha_bar), recipe) * inner).mean()
    none = inner.detach().new_zeros(0)
    return Losses(
        total=total + recipe.map_weight * by_map,
        errors=none,
        t=none,
        pooled=inner.detach().mean(),
        map=by_map.detach(),
    )


def _by_map(head: MapHead, features: Tensor, batch: Batch) -> Tensor:
    return features.new_zeros(()) if batch.seg is None else head.loss(features, batch.seg)


def _squares(found: Tensor, right: Tensor) -> Tensor:
    return (found.float() - right).square().mean((1, 2, 3))


def _snr(batch: Batch, alpha_bar: Tensor) -> Tensor:
    level = alpha_bar[batch.t]
    return level / (1 - level)
