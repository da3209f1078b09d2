# SPDX-License-Identifier: Apache-2.0
"""Where fresh noise comes from: drawn on the CPU, a pure function of seed, step and repeat.

So the same recipe gives the same pixels on every device, and changing a parameter half-way does not shift
the noise of the steps that follow.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


class NoiseSource(Protocol):
    """Standard normal noise for one step."""

    def draw(self, step: int, repeat: int, like: Tensor) -> Tensor:
        """(b, c, h, w) with ``like``'s shape, dtype and device."""
        ...


@dataclass(frozen=True)
class SeededNoise:
    """Noise keyed by (seed, stream, step, repeat); ``stream`` keeps several uses apart."""

    seed: int
    stream: str = "sde"

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ValueError(f"a seed is 0 or more, not {self.seed}")

    def draw(self, step: int, repeat: int, like: Tensor) -> Tensor:
        key = hashlib.sha256(f"{self.seed}:{self.stream}:{step}:{repeat}".encode()).digest()
        generator = torch.Generator("cpu").manual_seed(int.from_bytes(key[:8], "little") >> 1)
        return torch.randn(like.shape, generator=generator, dtype=torch.float32).to(like)


@dataclass(frozen=True)
class StoredNoise:
    """Noise from a stored stack (n, c, h, w), whose first entry belongs to step ``first``."""

    stack: Tensor
    first: int

    def draw(self, step: int, repeat: int, like: Tensor) -> Tensor:
        index = step - self.first
        if not 0 <= index < self.stack.shape[0]:
            last = self.first + self.stack.shape[0] - 1
            raise ValueError(
                f"noise is stored for steps {self.first} to {last}, not for step {step}"
            )
        return self.stack[index : index + 1].to(like)
