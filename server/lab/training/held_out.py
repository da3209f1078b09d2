# SPDX-License-Identifier: Apache-2.0
"""Errors on held-out scenes by noise level: those of strong noise tell composition, those of weak noise detail."""

import numpy as np
import torch

from server.lab.training.batches import batch_of
from server.lab.training.losses import losses
from server.lab.training.run import Run
from server.lab.training.shards import Latents

LEVELS = (30, 100, 300, 500, 700, 850, 950)
FAR = 1_000_000_000
"""Steps from here on are never trained: their scenes, captions and noise are for measuring."""


@torch.no_grad()
def by_noise_level(
    run: Run, data: Latents, *, batches: int = 4, size: int = 32
) -> dict[int, float]:
    """Mean squared error of eps of the running average at some timesteps, always with the same noise."""
    found: dict[int, float] = {}
    for t in LEVELS:
        errors: list[float] = []
        for index in range(batches):
            batch = batch_of(data, run.nothing, run.recipe, size=size, step=FAR + index)
            batch.t.fill_(t)
            batch = batch.to(run.device)
            result = losses(run.average, run.head, run.pooled, batch, run.alpha_bar, run.recipe)
            errors.append(float(result.errors.mean()))
        found[t] = float(np.mean(errors))
    return found
