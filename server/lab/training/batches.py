# SPDX-License-Identifier: Apache-2.0
"""What one step sees. Everything follows from the seed and the step."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from transformers import CLIPTokenizer

from server.lab.training.frames import Frame
from server.lab.training.networks import TRAIN_STEPS
from server.lab.training.recipe import Recipe
from server.lab.training.shards import Latents


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Latents z and noise eps (b, 4, h, w), timesteps t (b,), tokens ids (b, positions), classes (b, h, w) or none."""

    z: Tensor
    eps: Tensor
    t: Tensor
    ids: Tensor
    seg: Tensor | None

    def to(self, device: str) -> "Batch":
        """The same on another device."""
        seg = None if self.seg is None else self.seg.to(device)
        rest = {name: getattr(self, name).to(device) for name in ("z", "eps", "t", "ids")}
        return Batch(**rest, seg=seg)

    def part(self, index: int, many: int) -> "Batch":
        """Every `many`-th picture from `index` on, so that all parts see all noise levels."""
        seg = None if self.seg is None else self.seg[index::many]
        rest = {name: getattr(self, name)[index::many] for name in ("z", "eps", "t", "ids")}
        return Batch(**rest, seg=seg)


def token_ids(tokenizer: CLIPTokenizer, texts: list[str]) -> Tensor:
    """Texts to ids (n, positions), padded and cut as in Stable Diffusion."""
    length = tokenizer.model_max_length
    return torch.tensor(
        tokenizer(texts, padding="max_length", max_length=length, truncation=True).input_ids
    )


def frame_of(recipe: Recipe, step: int) -> Frame:
    """The shape of the pictures of a step."""
    weights = np.array([share.weight for share in recipe.shares])
    rng = np.random.default_rng((recipe.seed, step, 1))
    return recipe.shares[rng.choice(len(weights), p=weights / weights.sum())].frame


def is_inner(recipe: Recipe, step: int) -> bool:
    """Whether a step trains the inner levels alone."""
    return bool(np.random.default_rng((recipe.seed, step, 2)).random() < recipe.inner)


def batch_of(data: Latents, nothing: Tensor, recipe: Recipe, *, size: int, step: int) -> Batch:
    """Scenes, captions (a part of them `nothing`), noise and evenly spread timesteps of one step.

    With a lean a, timesteps have the density (1 + a) (t / T)^a / T: more of them where noise is strong.
    """
    rng = np.random.default_rng((recipe.seed, step))
    chosen = rng.integers(len(data), size=size)
    ids = torch.from_numpy(
        data.ids[chosen, rng.integers(data.ids.shape[1], size=size)].astype(np.int64)
    )
    ids[torch.from_numpy(rng.random(size) < recipe.empty)] = nothing
    spread = (rng.permutation(size) + rng.random(size)) / size
    t = (TRAIN_STEPS * spread ** (1 / (1 + recipe.lean))).astype(np.int64)
    z = torch.from_numpy(data.z[chosen].astype(np.float32))
    eps = torch.from_numpy(rng.standard_normal(z.shape, np.float32))
    seg = None if data.seg is None else torch.from_numpy(data.seg[chosen])
    t = torch.from_numpy(t.clip(0, TRAIN_STEPS - 1))
    return Batch(z=z, eps=eps, t=t, ids=ids, seg=seg)
