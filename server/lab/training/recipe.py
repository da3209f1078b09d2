# SPDX-License-Identifier: Apache-2.0
"""How the denoiser is trained: budget, sizes of pictures, rates and weights."""

from dataclasses import dataclass, field

from server.lab.training.clock import Budget
from server.lab.training.frames import Frame
from server.lab.training.networks import Sizes

FULL_PIXELS = 256 * 256
MULTIPLE = 64


@dataclass(frozen=True, kw_only=True)
class Share:
    """Pictures of one shape make up this part of the steps (weights, of whatever sum)."""

    frame: Frame
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not self.weight > 0:
            raise ValueError(f"the weight of a shape must be positive, got {self.weight}")
        if self.frame.width % MULTIPLE or self.frame.height % MULTIPLE:
            sides = f"{self.frame.width} x {self.frame.height}"
            raise ValueError(
                f"the UNet halves its input three times: sides are multiples of {MULTIPLE}, got {sides}"
            )


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One stage of a run. `batch` counts pictures of 256²; of smaller ones there are as many more.

    The rate rises over `warm` steps, stays, and falls over the last `cool` part of the budget; a stage that
    another one will follow takes cool 0. A `lean` of 1 draws timesteps in proportion to themselves, so that
    composition, which strong noise leaves open, is seen more often; 0 draws all alike. A part `inner` of the steps
    trains the levels below the first alone, on pooled latents of twice as many pictures.
    """

    budget: Budget
    shares: tuple[Share, ...] = (Share(frame=Frame(width=256, height=256)),)
    sizes: Sizes = field(default_factory=Sizes)
    batch: int = 16
    rate: float = 1e-3
    warm: int = 300
    cool: float = 0.25
    decay: float = 0.02
    empty: float = 0.2
    lean: float = 0.0
    snr_cap: float = 5.0
    least_weight: float = 0.2
    most_weight: float = 40.0
    map_weight: float = 0.1
    pooled_weight: float = 0.25
    inner: float = 0.0
    horizon: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.cool <= 1 or not 0 <= self.empty < 1:
            raise ValueError(f"cool {self.cool} and empty {self.empty} are parts, in 0 … 1")
        if not 0 <= self.inner < 1:
            raise ValueError(f"inner is a part of the steps, in 0 … 1, got {self.inner}")
        if self.lean < 0:
            raise ValueError(f"the lean to strong noise is at least 0, got {self.lean}")
        if not self.shares:
            raise ValueError("a recipe needs at least one shape of pictures")

    def pictures(self, frame: Frame) -> int:
        """Pictures of this shape in one step."""
        return max(1, round(self.batch * FULL_PIXELS / (frame.width * frame.height)))

    def rate_at(self, step: int, progress: float) -> float:
        """Learning rate of a step; `progress` 0 … 1 is the part of the budget that is spent."""
        rising = min(1.0, (step + 1) / self.warm)
        falling = 1.0 if self.cool == 0 else min(1.0, max(0.01, (1 - progress) / self.cool))
        return self.rate * rising * falling


def parse_shares(text: str) -> tuple[Share, ...]:
    """ "256x256:6,320x192:1" to shares; a shape without weight has 1."""
    shares: list[Share] = []
    for part in text.split(","):
        shape, _, weight = part.partition(":")
        width, _, height = shape.partition("x")
        frame = Frame(width=int(width), height=int(height or width))
        shares.append(Share(frame=frame, weight=float(weight or 1)))
    return tuple(shares)
