# SPDX-License-Identifier: Apache-2.0
"""Long deterministic steps: a picture from noise in four evaluations by a model that was taught to jump.

z_u = M(z_t, eps; t -> u) (Song et al. 2021, arXiv 2010.02502, eq. 12) with the spacing that begins at the very last
timestep: 999, 749, 499, 249 for four steps (Lin et al. 2024, arXiv 2305.08891, table 2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from server.engine.diffusion.denoiser import Denoiser
from server.engine.diffusion.family import Cond
from server.engine.diffusion.schedule import move, predict_x0

END = -1
"""The timestep after the last: the end of the schedule."""


@dataclass(frozen=True, kw_only=True)
class Jumps:
    """From which timesteps a model jumps; each jump ends where the next begins."""

    steps: int = 4
    train_steps: int = 1000

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= self.train_steps:
            raise ValueError(
                f"{self.train_steps} timesteps cannot be crossed in {self.steps} jumps"
            )

    @cached_property
    def timesteps(self) -> tuple[int, ...]:
        """Noisiest first, ending with END: 999, 749, 499, 249, -1 for 4 of 1000."""
        stride = self.train_steps / self.steps
        return (*(round(self.train_steps - i * stride) - 1 for i in range(self.steps)), END)


def sample_jumps(
    denoiser: Denoiser,
    z: Tensor,
    cond: Cond,
    jumps: Jumps,
    *,
    on_step: Callable[[int, int, Tensor], None] | None = None,
) -> Tensor:
    """From standard normal ``z`` (b, c, h, w) to the latent of a picture; one evaluation of b rows per jump.

    ``on_step`` hears (jumps done, jumps, present picture's latent) after each.
    """
    for i, t in enumerate(jumps.timesteps[:-1]):
        source, target = denoiser.schedule.level(t), denoiser.schedule.level(jumps.timesteps[i + 1])
        eps = denoiser.eps(z, t, cond, purpose="denoise")
        clean = predict_x0(z, eps, source)
        z = move(z, eps, source, target)
        if on_step is not None:
            on_step(i + 1, jumps.steps, clean)
    return z
