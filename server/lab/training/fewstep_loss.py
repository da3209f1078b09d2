# SPDX-License-Identifier: Apache-2.0
"""Latent consistency distillation: neighbors on the teacher's guided path must lead to the same picture.

Luo et al. 2023 (arXiv 2310.04378), alg. 1, in the form of LCM-LoRA (arXiv 2311.05556): the student is the teacher
with a LoRA, its own latest weights are the target network, and the guidance is built in.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from server.engine.diffusion.consistency import FewSteps

Eps = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Predicts the noise from z_t (b, c, h, w), t (b,) and text (b, n, d)."""
HUBER = 0.001


@dataclass(frozen=True, kw_only=True)
class Walk:
    """The solver's points, the guidance scale (1 is none) that becomes part of the student, and abar by timestep."""

    few: FewSteps
    scale: float
    alpha_bar: Tensor

    def __post_init__(self) -> None:
        if not 1.0 <= self.scale <= 30.0:
            raise ValueError(f"the guidance scale lies in 1 … 30, not {self.scale:g}")
        if len(self.alpha_bar) != self.few.train_steps:
            raise ValueError(f"{len(self.alpha_bar)} levels for {self.few.train_steps} timesteps")

    def level(self, t: Tensor) -> Tensor:
        """abar at timesteps t (b,), as (b, 1, 1, 1)."""
        return self.alpha_bar[t].view(-1, 1, 1, 1)

    def clean(self, z: Tensor, eps: Tensor, t: Tensor) -> Tensor:
        """x0 from z at t and the noise in it."""
        return (z - (1 - self.level(t)).sqrt() * eps) / self.level(t).sqrt()

    def consistent(self, z: Tensor, eps: Tensor, t: Tensor) -> Tensor:
        """f(z, t) = c_skip z + c_out x0; equal to z at t = 0."""
        pairs = torch.tensor([self.few.boundary(int(one)) for one in t], device=z.device)
        skip, out = (column.view(-1, 1, 1, 1) for column in pairs.unbind(1))
        return skip * z + out * self.clean(z, eps, t)


def neighbors(walk: Walk, index: Tensor) -> tuple[Tensor, Tensor]:
    """Timesteps of the solver's points `index` (b,) and of the next cleaner ones; 0 follows the last."""
    points = torch.tensor((0, *walk.few.solver), device=index.device)
    return points[index + 1], points[index]


def consistency_loss(
    student: Eps,
    teacher: Eps,
    walk: Walk,
    *,
    z: Tensor,
    noise: Tensor,
    index: Tensor,
    text: Tensor,
    empty: Tensor,
) -> Tensor:
    """Pseudo-Huber distance between f at a noisy latent and f one guided DDIM step of the teacher further down.

    z (b, c, h, w) clean latents, index (b,) in 0 … points - 1, text and empty (b, n, d).
    """
    t, below = neighbors(walk, index)
    noisy = walk.level(t).sqrt() * z + (1 - walk.level(t)).sqrt() * noise
    with torch.no_grad():
        closer = _guided_step(teacher, walk, noisy, t, below, text, empty)
        target = walk.consistent(closer, student(closer, below, text), below)
    found = walk.consistent(noisy, student(noisy, t, text), t)
    return ((found - target).square() + HUBER**2).sqrt().sub(HUBER).mean()


def _guided_step(
    teacher: Eps, walk: Walk, z: Tensor, t: Tensor, below: Tensor, text: Tensor, empty: Tensor
) -> Tensor:
    """DDIM from t down to `below` with classifier-free guidance: eps_0 + s (eps_c - eps_0)."""
    both = torch.cat((z, z)), torch.cat((t, t)), torch.cat((empty, text))
    nothing, wanted = teacher(*both).chunk(2)
    eps = nothing + walk.scale * (wanted - nothing)
    then = walk.level(below)
    return then.sqrt() * walk.clean(z, eps, t) + (1 - then).sqrt() * eps
