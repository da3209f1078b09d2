# SPDX-License-Identifier: Apache-2.0
"""How the generator of heads is made: its sizes, and how its two trainings go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from server.engine.gan.config import GeneratorConfig
from server.lab.heads import FIELDS
from server.lab.training.clock import Budget

BUNDLED = GeneratorConfig(
    z_dim=64,
    w_dim=192,
    mapping_layers=4,
    channels=(192, 192, 192, 160, 96, 48, 24),
    clamp=None,
    lr_multiplier=1.0,
)
"""The bundled generator: 256 pixels, 3.1 million parameters; without a clamp, which bfloat16 does not need."""
PULLED: Mapping[str, float] = MappingProxyType({"learning_rate": 0.08})
"""What its config.json says of pulling with it (DragGanSettings)."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Until `until` (0 … 1 of the budget) pictures end at block `block`, `batch` of them in a step."""

    until: float
    block: int
    batch: int


def growing(config: GeneratorConfig, batch: int) -> tuple[Stage, ...]:
    """An eighth of the size first, then a quarter, half, whole: coarse things are learned where steps are cheap."""
    last = config.blocks - 1
    return (
        Stage(until=0.15, block=max(last - 3, 0), batch=batch),
        Stage(until=0.45, block=max(last - 2, 0), batch=batch),
        Stage(until=0.75, block=max(last - 1, 0), batch=batch),
        Stage(until=1.0, block=last, batch=batch),
    )


@dataclass(frozen=True, kw_only=True)
class FitRecipe:
    """Regression: G(z) must be the head that z means.

    `rate` is Adam's, `matrix_rate` Muon's. What comes out is the running average over about the last part `horizon` of
    all steps so far.
    """

    budget: Budget
    config: GeneratorConfig = BUNDLED
    batch: int = 8
    rate: float = 1e-2
    matrix_rate: float = 3e-2
    horizon: float = 0.05
    seed: int = 0
    stages: tuple[Stage, ...] = ()

    def __post_init__(self) -> None:
        if self.config.z_dim < len(FIELDS):
            raise ValueError(
                f"a head has {len(FIELDS)} numbers, so z needs as many at least, got {self.config.z_dim}"
            )
        if not self.stages:
            object.__setattr__(self, "stages", growing(self.config, self.batch))
        if self.stages[-1].until < 1 or any(s.block >= self.config.blocks for s in self.stages):
            raise ValueError(
                f"stages must reach 1 within {self.config.blocks} blocks, got {self.stages}"
            )

    def stage(self, progress: float) -> Stage:
        """The stage at a part 0 … 1 of the budget."""
        return next(stage for stage in self.stages if progress < stage.until or stage.until >= 1)


@dataclass(frozen=True, kw_only=True)
class RefineRecipe:
    """A critic makes pictures crisp while regression (weight `hold`) keeps what z means.

    `r1` is γ of R1 every `r1_every` steps; `path` weighs path length every `path_every` (Karras et al. 2020,
    arXiv 1912.04958, appendix B); `critic` are the critic's widths, from full size down to 4 pixels.
    """

    budget: Budget
    config: GeneratorConfig = BUNDLED
    batch: int = 16
    rate: float = 1e-3
    hold: float = 10.0
    r1: float = 1.0
    r1_every: int = 16
    path: float = 2.0
    path_every: int = 8
    path_decay: float = 0.01
    decay: float = 0.999
    critic: tuple[int, ...] = field(default=(24, 48, 96, 160, 192, 192, 192))
    seed: int = 1

    def __post_init__(self) -> None:
        if len(self.critic) != self.config.blocks:
            raise ValueError(
                f"the critic needs {self.config.blocks} widths, one for each size, got {self.critic}"
            )
        if self.batch < 2:
            raise ValueError(
                f"a critic compares pictures of a batch of 2 or more, got {self.batch}"
            )
