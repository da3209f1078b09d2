# SPDX-License-Identifier: Apache-2.0
"""Parameters of edits that guide a diffusion model by energies (DragonDiffusion, DiffEditor)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .edit import Preview, WordedEdit, described
from .fields import Choice, Number, Switch

Algorithm = Literal["D", "D+"]
Method = Literal["guided", "warp"]


@dataclass(frozen=True, kw_only=True)
class GuidedEdit(WordedEdit):
    """An edit done by energies that guide the denoising of an inverted picture."""

    PREVIEW: ClassVar[Preview] = "warp"

    strength: float = described(
        Number(
            label="field.strength",
            help="How strongly the edit pulls: 1 is usual, 0 lets the model repaint freely, more can break things.",
            minimum=0,
            maximum=3,
            step=0.05,
            default=1,
            level="advanced",
        )
    )
    algorithm: Algorithm = described(
        Choice(
            label="field.algorithm",
            help="D is DragonDiffusion as published, D+ adds DiffEditor's regional noise and time travel.",
            choices=("D", "D+"),
            default="D+",
            level="internal",
        )
    )
    method: Method = described(
        Choice(
            label="field.method",
            help="Whether the model repaints the region, or its pixels are only bent into place.",
            choices=("guided", "warp"),
            without_model=("warp",),
            default="guided",
            level="internal",
        )
    )
    reference_compat: bool = described(
        Switch(
            label="field.reference_compat",
            help="Repeat the reference implementation's quirks exactly, for comparing numbers.",
            default=False,
            level="internal",
        )
    )
