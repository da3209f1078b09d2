# SPDX-License-Identifier: Apache-2.0
"""What is known of a model before it is loaded: sizes, costs, and the constants its edits work best with.

Imports no torch. Constants that belong to a model live in its profile: the papers' values for
SD1.5-shaped models, values tuned on training scenes for the bundled one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Literal

from server.engine.canvas import ModelGrid
from server.engine.diffusion.dragon_settings import DragonSettings
from server.engine.models.few_step_profile import Fast
from server.engine.models.layout import inspect
from server.engine.models.prompt_vocabulary import Reading, Vocabulary

ModelKind = Literal["diffusion", "generator"]
"""What an edit needs of a model: one that denoises, or one that makes pictures by heart."""
Preset = Literal["quick", "balanced", "faithful"]
STEPS: Mapping[str, int] = MappingProxyType({"quick": 8, "balanced": 20, "faithful": 50})


@dataclass(frozen=True, kw_only=True)
class GuidedSettings:
    """How an edit is guided: the numbers of this model, and what warping first adds to them.

    published    the papers' own numbers, used by `reference_compat` alone
    pull         how firmly the latent of the instant warp holds moved content, 0 not .. 1 replaced
    pull_until   fraction of the schedule after which it no longer does
    hole_pull    the same for uncovered places, whose colors the warp continues from around them
    hole_pull_until
    hole_noise   eta of the fresh noise in uncovered places, and until which fraction of the schedule
    hole_until
    w_dense      weight of the dense correspondence energy
    memory       whether the source's keys and values replace the own ones or are added to them
    """

    dragon: DragonSettings
    published: DragonSettings = field(default_factory=DragonSettings)
    pull: float = 0.5
    pull_until: float = 0.5
    hole_pull: float = 0.0
    hole_pull_until: float = 0.4
    hole_noise: float = 1.0
    hole_until: float = 0.6
    w_dense: float = 4.0
    memory: Literal["replace", "append"] = "append"

    def __post_init__(self) -> None:
        for name in (
            "pull",
            "pull_until",
            "hole_pull",
            "hole_pull_until",
            "hole_noise",
            "hole_until",
        ):
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} must be from 0 to 1, not {value}")
        if self.w_dense < 0:
            raise ValueError(f"w_dense must not be negative, got {self.w_dense}")


@dataclass(frozen=True, kw_only=True)
class ModelProfile:
    """A model that could be used.

    id: what recipes and the command line call it; family: which loading code; grid: the sizes it
    works at; stride: pixels per latent cell; weight_bytes: as loaded; work_bytes: per million model
    pixels while editing; network_gflop, decoder_gflop: 10⁹ operations per latent cell of an evaluation
    and of a decode, which the time is guessed by before any was measured; path: where its files are;
    vocabulary: the words it knows, None for a model that every word may be said to; fast: its few-step LoRA;
    guided: by kind of edit, the constants that suit this model better than the published ones.
    """

    id: str
    title: str
    family: Literal["sd15"] = "sd15"
    grid: ModelGrid = field(default_factory=ModelGrid)
    stride: int = 8
    path: Path | None = None
    weight_bytes: int = 0
    work_bytes: int = 0
    network_gflop: float = 0.2
    decoder_gflop: float = 0.6
    vocabulary: Vocabulary | None = None
    fast: Fast | None = None
    steps: Mapping[str, int] = field(default_factory=lambda: STEPS)
    guided: Mapping[str, GuidedSettings] = field(default_factory=dict[str, GuidedSettings])
    kind: ClassVar[ModelKind] = "diffusion"

    @property
    def weight_files(self) -> tuple[Path, ...]:
        """All files that are read when it is loaded. Raises EngineError for what cannot be used."""
        return inspect(self.path).weights if self.path is not None else ()

    def read(self, prompt: str) -> Reading:
        """What this model makes of a prompt."""
        return Reading(text=prompt) if self.vocabulary is None else self.vocabulary.read(prompt)
