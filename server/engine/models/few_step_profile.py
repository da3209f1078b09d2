# SPDX-License-Identifier: Apache-2.0
"""The fast path of a model: a few-step LoRA in the `fast/` folder beside its parts. No torch.

Any LCM-LoRA of the model's shape will do. `fast/scheduler_config.json`, as diffusers' LCMScheduler writes it, says
how many points its distillation's solver had; 50 where there is none. One of a DDIMScheduler with the spacing
"trailing" says that the LoRA makes long deterministic steps instead (as ours and Hyper-SD's).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.engine.models.safetensors_header import refused

FOLDER, USUAL_NAME, SCHEDULER = "fast", "pytorch_lora_weights.safetensors", "scheduler_config.json"
STEPS, POINTS = 4, 50
JUMPING = "trailing"


@dataclass(frozen=True, kw_only=True)
class Fast:
    """A few-step LoRA's file, how many steps it is used with, and the points of its solver.

    jumps: its steps are long deterministic ones, not those of consistency sampling.
    """

    file: Path
    steps: int = STEPS
    points: int = POINTS
    jumps: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= self.points <= 1000:
            raise ValueError(f"{self.steps} steps of {self.points} points do not fit 1000")


def fast_of(folder: Path) -> Fast | None:
    """The fast path of a model folder, None where there is none. Raises EngineError for one that cannot be read."""
    place = folder / FOLDER
    files = sorted(place.glob("*.safetensors")) if place.is_dir() else []
    if not files:
        return None
    file = place / USUAL_NAME if place / USUAL_NAME in files else files[0]
    config = place / SCHEDULER
    try:
        stored: Any = json.loads(config.read_text("utf-8")) if config.is_file() else {}
        return Fast(
            file=file,
            points=int(stored.get("original_inference_steps", POINTS)),
            jumps=stored.get("timestep_spacing") == JUMPING,
        )
    except (OSError, ValueError, TypeError, AttributeError) as wrong:
        raise refused(config, "file.few_steps", reason=str(wrong)[:200]) from None
