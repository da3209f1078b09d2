# SPDX-License-Identifier: Apache-2.0
"""The profiles of the models that come with Pullbrush. Constants are tuned on training scenes only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from protocol.edits import Drag, Move
from server.engine.canvas import ModelGrid
from server.engine.diffusion.dragon_settings import DRAG, MOVE
from server.engine.models.few_step_profile import fast_of
from server.engine.models.profile import GuidedSettings, ModelProfile
from server.engine.models.prompt_vocabulary import vocabulary_of

BUNDLED = Path(__file__).parent / "bundled"
SCENES = "scenes"
TUNED: dict[str, Any] = {
    "pull": 0.9,
    "pull_until": 0.7,
    "hole_pull": 0.9,
    "hole_pull_until": 0.6,
    "hole_noise": 1.0,
    "memory": "replace",
}
TUNED_MOVE: dict[str, Any] = TUNED | {"pull_until": 0.9, "hole_pull_until": 0.4}


def scenes(folder: Path, weight_bytes: int) -> ModelProfile:
    """The small model of the scenes world: 256 pixels, square."""
    return ModelProfile(
        id=SCENES,
        title="Scenes: a small model of one painted world",
        grid=ModelGrid(native=256, multiple=64, aspect=1.0),
        path=folder,
        weight_bytes=weight_bytes,
        vocabulary=vocabulary_of(folder),
        fast=fast_of(folder),
        work_bytes=3_000_000_000,
        network_gflop=0.004,
        decoder_gflop=0.006,
        guided={
            Drag.KIND: GuidedSettings(dragon=DRAG, published=DRAG, **TUNED),
            Move.KIND: GuidedSettings(dragon=MOVE, published=MOVE, **TUNED_MOVE),
        },
    )
