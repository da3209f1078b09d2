# SPDX-License-Identifier: Apache-2.0
"""Pictures in a few steps with a model folder's fast LoRA, for its own row in the model bench.

Multistep consistency sampling, Luo et al. 2023 (arXiv 2310.04378, alg. 3). Kept apart from the engine's own loop, as
`server.lab.training.sampling` is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from server.engine.diffusion.consistency import FewSteps
from server.engine.models.fast import fast_of
from server.engine.models.lora import Lora, load_lora, with_lora
from server.lab.training.pictures import Pictures, as_pixels
from server.lab.training.sampling import Parts, predictor


@dataclass(frozen=True, kw_only=True)
class FastPath:
    """A model's few-step LoRA and the timesteps it is used with."""

    lora: Lora
    few: FewSteps


def fast_path(folder: Path, parts: Parts, steps: int | None = None) -> FastPath | None:
    """What lies in the model's `fast/` folder, None where there is none; `steps` instead of its own number."""
    found = fast_of(folder)
    if found is None:
        return None
    few = FewSteps(steps=steps or found.steps, points=found.points)
    return FastPath(lora=load_lora(found.file, parts.unet), few=few)


@contextmanager
def fast(parts: Parts, path: FastPath) -> Iterator[None]:
    """The model with its LoRA put in, and taken out again."""
    with with_lora(parts.unet, path.lora):
        yield


@torch.no_grad()
def sample_fast(parts: Parts, texts: list[str], few: FewSteps, *, seed: int) -> Pictures:
    """Pictures uint8 (n, 256, 256, 3) for n texts, without guidance; call it inside `fast`."""
    side = parts.unet.config["sample_size"]
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn((len(texts), 4, side, side), generator=generator)
    predict, clean = predictor(parts, texts), z
    for i, t in enumerate(few.timesteps):
        level = parts.alpha_bar[t]
        x0 = (z - (1 - level).sqrt() * predict(z, t)) / level.sqrt()
        skip, out = few.boundary(t)
        clean = skip * z + out * x0
        if i + 1 < few.steps:
            then = parts.alpha_bar[few.timesteps[i + 1]]
            noise = torch.randn(z.shape, generator=generator)
            z = then.sqrt() * clean + (1 - then).sqrt() * noise
    return as_pixels(parts.vae.decode(clean))
