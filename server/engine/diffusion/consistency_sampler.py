# SPDX-License-Identifier: Apache-2.0
"""Multistep consistency sampling: a picture from noise in four evaluations or fewer, without guidance.

f(z, t) = c_skip(t) z + c_out(t) x0(z, t); z_u = sqrt(abar_u) f(z_t, t) + sqrt(1 - abar_u) noise
(Luo et al. 2023, arXiv 2310.04378, eq. 9 and alg. 3; Song et al. 2023, arXiv 2303.01469). The boundary condition
f(z, 0) = z holds by the scalings alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from server.engine.diffusion.denoiser import Denoiser
from server.engine.diffusion.family import Cond
from server.engine.diffusion.noise import NoiseSource

SIGMA_DATA = 0.5
TIMESTEP_SCALING = 10.0

OnFewStep = Callable[[int, int, Tensor], None]
"""Hears (steps done, steps, present picture's latent) after each step."""


@dataclass(frozen=True, kw_only=True)
class FewSteps:
    """Which timesteps are visited: `steps` of the `points` of the solver that the model was distilled with."""

    steps: int = 4
    points: int = 50
    train_steps: int = 1000
    scaling: float = TIMESTEP_SCALING

    def __post_init__(self) -> None:
        if not 1 <= self.points <= self.train_steps:
            raise ValueError(
                f"{self.points} points do not fit a model trained with {self.train_steps} steps"
            )
        if not 1 <= self.steps <= self.points:
            raise ValueError(f"from {self.points} points {self.steps} steps cannot be chosen")
        if not self.scaling > 0:
            raise ValueError(f"timesteps are scaled by a positive number, not {self.scaling}")

    @cached_property
    def solver(self) -> tuple[int, ...]:
        """The timesteps of the distillation's solver, ascending: 19, 39 .. 999 for 50 points."""
        stride = self.train_steps // self.points
        return tuple(stride * (i + 1) - 1 for i in range(self.points))

    @cached_property
    def timesteps(self) -> tuple[int, ...]:
        """Evenly spaced among the solver's, noisiest first: 999, 759, 499, 259 for 4 of 50."""
        descending = self.solver[::-1]
        return tuple(descending[i * self.points // self.steps] for i in range(self.steps))

    def boundary(self, t: int) -> tuple[float, float]:
        """c_skip and c_out at timestep ``t``: 1 and 0 at t = 0, soon 0 and 1."""
        scaled = t * self.scaling
        total = scaled**2 + SIGMA_DATA**2
        return SIGMA_DATA**2 / total, scaled / total**0.5


def sample_few(
    denoiser: Denoiser,
    z: Tensor,
    cond: Cond,
    few: FewSteps,
    *,
    noise: NoiseSource,
    on_step: OnFewStep | None = None,
) -> Tensor:
    """From standard normal ``z`` (b, c, h, w) to the latent of a picture; one evaluation of b rows per step."""
    for i, t in enumerate(few.timesteps):
        _, x0 = denoiser.eps_and_x0(z, t, cond, purpose="denoise")
        skip, out = few.boundary(t)
        clean = skip * z + out * x0
        if i + 1 < few.steps:
            level = denoiser.schedule.level(few.timesteps[i + 1])
            z = level.signal * clean + level.noise * noise.draw(i, 0, clean)
        else:
            z = clean
        if on_step is not None:
            on_step(i + 1, few.steps, clean)
    return z
