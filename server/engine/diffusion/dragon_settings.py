# SPDX-License-Identifier: Apache-2.0
"""The numbers of DragonDiffusion and DiffEditor, with windows as fractions of the schedule. Imports no torch.

At 50 steps the fractions give the published step numbers (arXiv 2307.02421, 2402.02583); at 20 and 8 steps
they keep their place in the schedule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Algorithm = Literal["D", "D+"]


@dataclass(frozen=True, kw_only=True)
class DragonSettings:
    """Weights, scales and windows. A window [a, b) holds for steps i with a N <= i < b N.

    guided       "D": every step before guided_until. "D+": every step before dense_until, then even ones.
    sde          a N < i < b N, "D+" only
    travel       even steps, "D+" only, each done travel_repeats times
    inject       keys and values of the source
    prompt       the image prompt's extra attention
    """

    algorithm: Algorithm = "D+"
    guidance_scale: float = 4.0
    energy_scale: float = 500.0
    factor: float = 0.08
    w_edit: float = 4.0
    w_content: float = 6.0
    w_contrast: float = 0.2
    w_inpaint: float = 0.8
    sde_strength: float = 0.4
    image_prompt_scale: float = 0.1
    guided_until: float = 0.6
    dense_until: float = 0.2
    sde: tuple[float, float] = (0.2, 0.4)
    travel: tuple[float, float] = (0.44, 0.6)
    travel_repeats: int = 3
    inject: tuple[float, float] = (0.1, 1.0)
    prompt: tuple[float, float] = (0.2, 0.4)
    limit: float | None = None

    def __post_init__(self) -> None:
        if self.algorithm not in ("D", "D+"):
            raise ValueError(f'the algorithm is "D" or "D+", not {self.algorithm!r}')
        for name in ("sde", "travel", "inject", "prompt"):
            start, end = getattr(self, name)
            if not 0.0 <= start <= end <= 1.0:
                raise ValueError(
                    f"the window {name} must satisfy 0 <= start <= end <= 1, got {start} to {end}"
                )
        if not 0.0 <= self.dense_until <= 1.0 or not 0.0 <= self.guided_until <= 1.0:
            raise ValueError(
                f"guided steps end within the schedule, not at {self.dense_until}, {self.guided_until}"
            )
        if self.travel_repeats < 1:
            raise ValueError(f"a step runs at least once, not {self.travel_repeats} times")
        if self.guidance_scale < 1.0 or self.energy_scale < 0.0 or self.factor < 0.0:
            raise ValueError(
                f"guidance scale {self.guidance_scale} (>= 1), energy scale {self.energy_scale} (>= 0) and "
                f"factor {self.factor} (>= 0) are out of range"
            )
        if not 0.0 <= self.sde_strength <= 1.0:
            raise ValueError(f"noise strength must be from 0 to 1, not {self.sde_strength}")

    def guided(self, i: int, steps: int) -> bool:
        """Whether energies guide step ``i`` of ``steps``."""
        if self.energy_scale * self.factor == 0 or not _within(i, steps, 0.0, self.guided_until):
            return False
        return self.algorithm == "D" or i % 2 == 0 or _within(i, steps, 0.0, self.dense_until)

    def noisy(self, i: int, steps: int) -> bool:
        """Whether step ``i`` draws fresh noise in its region; the window is open on both sides."""
        start, end = self.sde
        inside = _within(i, steps, start, end) and i > round(start * steps, 9)
        return self.algorithm == "D+" and self.sde_strength > 0 and inside

    def repeats(self, i: int, steps: int) -> int:
        """How often step ``i`` is done."""
        traveled = self.algorithm == "D+" and i % 2 == 0 and _within(i, steps, *self.travel)
        return self.travel_repeats if traveled else 1

    def injected(self, i: int, steps: int) -> bool:
        """Whether the source's keys and values are used in step ``i``."""
        return _within(i, steps, *self.inject)

    def prompted(self, i: int, steps: int) -> bool:
        """Whether the image prompt acts in step ``i``."""
        return self.image_prompt_scale > 0 and _within(i, steps, *self.prompt)


def _within(i: int, steps: int, start: float, end: float) -> bool:
    """start N <= i < end N, free of the rounding of the products."""
    return round(start * steps, 9) <= i < round(end * steps, 9)


def evaluations(settings: DragonSettings, steps: int, *, start: int = 0) -> dict[str, int]:
    """How often an edit calls the network, by purpose (a re-edit: without inversion and references)."""
    indices = range(start, steps)
    repeats = {i: settings.repeats(i, steps) for i in indices}
    guided = [i for i in indices if settings.guided(i, steps)]
    return {
        "denoise": sum(repeats.values()),
        "renoise": sum(repeats.values()) - len(repeats),
        "guide": sum(repeats[i] for i in guided),
        "reference": len(guided),
        "invert": steps,
    }


MOVE = DragonSettings()
DRAG = DragonSettings(energy_scale=2000.0, factor=0.04, w_inpaint=0.2, w_contrast=0.0)
APPEARANCE = DragonSettings(
    guidance_scale=5.0,
    energy_scale=2000.0,
    factor=0.04,
    w_edit=3.5,
    w_content=5.0,
    inject=(0.0, 0.72),
)
PASTE = DragonSettings(energy_scale=1500.0, factor=0.04, inject=(0.0, 0.72))
LANDMARK = DragonSettings(
    energy_scale=3000.0, factor=0.04, w_edit=12.0, w_content=0.0, w_inpaint=0.0, sde_strength=0.2,
    image_prompt_scale=0.05,
)  # fmt: skip
