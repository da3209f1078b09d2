# SPDX-License-Identifier: Apache-2.0
"""Pictures in a few steps with a model folder's fast LoRA, for its own row in the model bench.

Long deterministic steps (Song et al. 2021, arXiv 2010.02502, eq. 12) or multistep consistency sampling (Luo et al.
2023, arXiv 2310.04378, alg. 3), as the folder says. Kept apart from the engine's own loops, as
`server.lab.training.sampling` is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor

from server.engine.diffusion.consistency_sampler import FewSteps
from server.engine.diffusion.jump_sampler import Jumps
from server.engine.models.few_step_profile import fast_of
from server.engine.models.lora import Lora, load_lora, with_lora
from server.lab.training.pictures import Pictures, as_pixels
from server.lab.training.sampling import Parts, Predictor, ddim_move, predictor


@dataclass(frozen=True, kw_only=True)
class FastPath:
    """A model's few-step LoRA and the steps it was made for."""

    lora: Lora
    how: FewSteps | Jumps

    @property
    def steps(self) -> int:
        """Evaluations for a picture."""
        return self.how.steps


def fast_path(folder: Path, parts: Parts) -> FastPath | None:
    """What lies in the model's `fast/` folder, None where there is none."""
    found = fast_of(folder)
    if found is None:
        return None
    few = FewSteps(steps=found.steps, points=found.points)
    how = Jumps(steps=found.steps) if found.jumps else few
    return FastPath(lora=load_lora(found.file, parts.unet), how=how)


@contextmanager
def fast(parts: Parts, path: FastPath) -> Iterator[None]:
    """The model with its LoRA put in, and taken out again."""
    with with_lora(parts.unet, path.lora):
        yield


@torch.no_grad()
def sample_fast(
    parts: Parts,
    texts: list[str],
    path: FastPath,
    *,
    seed: int,
    shape: tuple[int, int],
    half: bool = False,
) -> Pictures:
    """Pictures uint8 (n, 8 h, 8 w, 3) for n texts and latents (h, w), without guidance; call it inside `fast`."""
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn((len(texts), 4, *shape), generator=generator)
    predict = predictor(parts, texts, half=half)
    if isinstance(path.how, Jumps):
        clean = _jumped(parts, z, predict, path.how)
    else:
        clean = _consistent(parts, z, predict, path.how, generator)
    return as_pixels(parts.vae.decode(clean))


def _jumped(parts: Parts, z: Tensor, predict: Predictor, how: Jumps) -> Tensor:
    for t, then in pairwise(how.timesteps):
        z = ddim_move(z, predict(z, t), parts.alpha_bar[t], parts.alpha_bar[max(then, 0)])
    return z


def _consistent(
    parts: Parts, z: Tensor, predict: Predictor, few: FewSteps, generator: torch.Generator
) -> Tensor:
    clean = z
    for i, t in enumerate(few.timesteps):
        level = parts.alpha_bar[t]
        x0 = (z - (1 - level).sqrt() * predict(z, t)) / level.sqrt()
        skip, out = few.boundary(t)
        clean = skip * z + out * x0
        if i + 1 < few.steps:
            then = parts.alpha_bar[few.timesteps[i + 1]]
            noise = torch.randn(z.shape, generator=generator)
            z = then.sqrt() * clean + (1 - then).sqrt() * noise
    return clean
