# SPDX-License-Identifier: Apache-2.0
"""The DDIM schedule: which noise levels are visited, and how a latent moves between two of them.

z_u = sqrt(abar_u) x0 + sqrt(1 - abar_u) eps (Song et al. 2021, arXiv 2010.02502, eq. 12).

A latent at a noise level is ``signal * x0 + noise * eps``. Everything above this file speaks of levels,
so that a rectified flow (signal = 1 - s, noise = s) is another way to fill the same two numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Betas:
    """The noise a model was trained with; the defaults are those of Stable Diffusion 1.x.

    ``kind`` is "scaled_linear" (betas are squares of an even ramp) or "linear".
    """

    train_steps: int = 1000
    start: float = 0.00085
    end: float = 0.012
    kind: str = "scaled_linear"
    steps_offset: int = 1
    alpha_to_one: bool = False

    def __post_init__(self) -> None:
        if not 0.0 < self.start < self.end < 1.0:
            raise ValueError(
                f"betas must satisfy 0 < start < end < 1, got {self.start} and {self.end}"
            )
        if self.kind not in ("scaled_linear", "linear"):
            raise ValueError(f"betas can be scaled_linear or linear, not {self.kind!r}")
        if self.train_steps < 2 or not 0 <= self.steps_offset < self.train_steps:
            raise ValueError(
                f"{self.train_steps} training steps with an offset of {self.steps_offset} make no schedule"
            )

    def alphas_cumprod(self) -> Tensor:
        """abar_t for t = 0 .. train_steps - 1, float32, decreasing from almost 1.

        Rounded to float32 at the same places as torch's own linspace and cumprod, because published results
        contain that rounding; computed in double in between, so that every processor gives the same bits.
        """
        linear = self.kind == "linear"
        betas = _ramp(self.start, self.end, self.train_steps) if linear else self._squares()
        return torch.cumprod((1.0 - betas).double(), dim=0).float()

    def _squares(self) -> Tensor:
        return _ramp(self.start**0.5, self.end**0.5, self.train_steps) ** 2


def _ramp(start: float, end: float, steps: int) -> Tensor:
    """Evenly spaced float32 from ``start`` to ``end``, counted from the nearer end."""
    first, last = torch.tensor(start).double(), torch.tensor(end).double()
    step = ((last - first) / (steps - 1)).float().double()
    index = torch.arange(steps, dtype=torch.float64)
    rising, falling = first + step * index, last - step * (steps - 1 - index)
    return torch.where(index < steps // 2, rising, falling).float()


Root = Callable[[Tensor], Tensor]


def square_root(x: Tensor) -> Tensor:
    """The correctly rounded float32 root of a 0-d float32 tensor.

    Processors' own vector roots are off by one unit in the last place now and then, and not all alike.
    """
    return x.double().sqrt().float()


@dataclass(frozen=True, kw_only=True)
class Level:
    """One noise level: z = signal * x0 + noise * eps, with abar = signal^2 (0-d float32 tensors on the CPU)."""

    alpha_bar: Tensor
    root: Root = square_root

    @property
    def signal(self) -> Tensor:
        return self.root(self.alpha_bar)

    @property
    def noise(self) -> Tensor:
        return self.root(1 - self.alpha_bar)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The timesteps of one run, noisiest first: step i goes from t_i down to t_i - stride."""

    steps: int
    betas: Betas = Betas()
    root: Root = square_root

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= self.betas.train_steps:
            raise ValueError(
                f"{self.steps} steps do not fit a model trained with {self.betas.train_steps}"
            )

    @property
    def stride(self) -> int:
        """Training timesteps per step ("leading" spacing, as the published samplers)."""
        return self.betas.train_steps // self.steps

    @cached_property
    def timesteps(self) -> tuple[int, ...]:
        """t_0 > t_1 > ..., e.g. 981, 961 ... 1 for 50 steps."""
        highest = self.betas.train_steps - 1
        levels = [i * self.stride + self.betas.steps_offset for i in range(self.steps)]
        return tuple(min(t, highest) for t in reversed(levels))

    @cached_property
    def _table(self) -> Tensor:
        return self.betas.alphas_cumprod()

    def level(self, t: int) -> Level:
        """The noise level of timestep ``t``; below 0 is the end of the schedule (abar_0, or 1 by option)."""
        if t >= 0:
            return Level(alpha_bar=self._table[t], root=self.root)
        last = torch.tensor(1.0) if self.betas.alpha_to_one else self._table[0]
        return Level(alpha_bar=last, root=self.root)

    def before(self, i: int) -> Level:
        """The level of step ``i``'s input, the noisier one."""
        return self.level(self.timesteps[i])

    def after(self, i: int) -> Level:
        """The level of step ``i``'s result."""
        return self.level(self.timesteps[i] - self.stride)

    def is_identity(self, i: int) -> bool:
        """Whether step ``i`` leaves every latent as it is (t = 0 in schedules without offset)."""
        return bool(self.before(i).alpha_bar == self.after(i).alpha_bar)

    def describe(self) -> str:
        """Every number that shapes the schedule, for content hashes."""
        return f"ddim:{self.steps}:{self.betas}"


def predict_x0(z: Tensor, eps: Tensor, level: Level) -> Tensor:
    """x0 = (z - sqrt(1-abar) eps) / sqrt(abar); shapes (b, c, h, w)."""
    return (z - level.noise * eps) / level.signal


def move(z: Tensor, eps: Tensor, source: Level, target: Level) -> Tensor:
    """One deterministic DDIM move of ``z`` from one level to another, in either direction.

    M(z, e; s -> u) = sqrt(abar_u) (z - sqrt(1-abar_s) e) / sqrt(abar_s) + sqrt(1-abar_u) e.
    """
    return target.signal * predict_x0(z, eps, source) + target.noise * eps


def sigma(source: Level, target: Level, eta: float) -> Tensor:
    """Standard deviation of the fresh noise of a stochastic step from ``source`` down to ``target``.

    sigma = eta sqrt((1-abar_u)/(1-abar_s) (1 - abar_s/abar_u)), arXiv 2010.02502, eq. 16.
    """
    above, below = source.alpha_bar, target.alpha_bar
    return eta * source.root((1 - below) / (1 - above) * (1 - above / below))


def stochastic_move(
    x0: Tensor, eps: Tensor, target: Level, deviation: Tensor, noise: Tensor
) -> Tensor:
    """sqrt(abar_u) x0 + sqrt(1 - abar_u - sigma^2) eps + sigma noise, the step that forgets a little."""
    direction = target.root(1 - target.alpha_bar - deviation**2)
    return target.signal * x0 + direction * eps + deviation * noise
