# SPDX-License-Identifier: Apache-2.0
"""Distillation along the teacher's own paths: one jump of the student must end where many guided steps do.

Salimans & Ho 2022 (arXiv 2202.00512, alg. 2) with the guidance built in (Meng et al. 2023, arXiv 2210.03142), in one
stage: each jump replaces `inner` steps of the teacher at once. Paths begin with noise, as in use, so no pictures are
needed. A latent path never passes through a network that is still learning; that is why it takes far fewer steps
than consistency distillation (arXiv 2310.04378), whose targets are its own predictions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from server.engine.diffusion.jump_sampler import Jumps

Eps = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Predicts the noise from z_t (b, c, h, w), t (b,) and text (b, n, d)."""


@dataclass(frozen=True, kw_only=True)
class Walk:
    """The student's jumps, the teacher's steps inside each, its guidance scale (1 is none), and abar by timestep."""

    jumps: Jumps
    inner: int
    scale: float
    alpha_bar: Tensor

    def __post_init__(self) -> None:
        if not 1.0 <= self.scale <= 30.0:
            raise ValueError(f"the guidance scale lies in 1 … 30, not {self.scale:g}")
        if len(self.alpha_bar) != self.jumps.train_steps:
            raise ValueError(f"{len(self.alpha_bar)} levels for {self.jumps.train_steps} timesteps")
        if self.inner < 1 or self.inner * self.jumps.steps > self.jumps.train_steps:
            raise ValueError(f"{self.jumps.steps} jumps cannot have {self.inner} steps each")

    def level(self, t: Tensor) -> Tensor:
        """abar at timesteps t (b,), as (b, 1, 1, 1); below 0 is the end of the schedule, abar_0."""
        return self.alpha_bar[t.clamp(min=0)].view(-1, 1, 1, 1)

    def move(self, z: Tensor, eps: Tensor, t: Tensor, then: Tensor) -> Tensor:
        """z (b, c, h, w) from timesteps t (b,) to `then` (b,) with the noise eps in it (arXiv 2010.02502, eq. 12)."""
        now, level = self.level(t), self.level(then)
        clean = (z - (1 - now).sqrt() * eps) / now.sqrt()
        return level.sqrt() * clean + (1 - level).sqrt() * eps

    def inside(self, jump: int) -> list[int]:
        """The timesteps of the teacher from the beginning of a jump to its end."""
        a, b = self.jumps.timesteps[jump : jump + 2]
        return [round(a + (b - a) * k / self.inner) for k in range(self.inner + 1)]


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Where jumps begin z (b, c, h, w) and end (b, c, h, w), their timesteps t and then (b,), and text (b, n, d)."""

    z: Tensor
    end: Tensor
    t: Tensor
    then: Tensor
    text: Tensor


@torch.no_grad()
def walked(teacher: Eps, walk: Walk, *, noise: Tensor, text: Tensor, empty: Tensor) -> Pairs:
    """The teacher's guided paths from noise (n, c, h, w) to pictures, cut into jumps: b = n · jumps.

    text (n, positions, d), empty (1, positions, d).
    """
    found, times = [noise], walk.jumps.timesteps
    for jump in range(walk.jumps.steps):
        z, inside = found[-1], walk.inside(jump)
        for t, then in pairwise(inside):
            z = _guided_step(teacher, walk, z, (t, then), (text, empty))
        found.append(z)
    many = len(noise)
    return Pairs(
        z=torch.cat(found[:-1]),
        end=torch.cat(found[1:]),
        t=torch.tensor(times[:-1], device=noise.device).repeat_interleave(many),
        then=torch.tensor(times[1:], device=noise.device).repeat_interleave(many),
        text=text.repeat(walk.jumps.steps, 1, 1),
    )


def jump_loss(student: Eps, walk: Walk, pairs: Pairs) -> Tensor:
    """Mean squared distance (b,) from where the student's jumps end to where the teacher's do."""
    eps = student(pairs.z, pairs.t, pairs.text)
    return (walk.move(pairs.z, eps, pairs.t, pairs.then) - pairs.end).square().mean((1, 2, 3))


def _guided_step(
    teacher: Eps, walk: Walk, z: Tensor, times: tuple[int, int], words: tuple[Tensor, Tensor]
) -> Tensor:
    """One DDIM step with classifier-free guidance: eps_0 + s (eps_c - eps_0)."""
    text, empty = words
    t, then = (torch.full((len(z),), time, device=z.device) for time in times)
    both = torch.cat((empty.expand_as(text), text))
    nothing, wanted = teacher(torch.cat((z, z)), torch.cat((t, t)), both).chunk(2)
    return walk.move(z, nothing + walk.scale * (wanted - nothing), t, then)
