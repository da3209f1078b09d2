# SPDX-License-Identifier: Apache-2.0
"""Drag: pull places of the picture along, as if it were made of rubber.

Content dragging of DragonDiffusion (Mou et al. 2023, section 3.4) and DiffEditor (Mou et al. 2024).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .composite import Drags
from .edit import SOURCE, ImageRole, described
from .guided import GuidedEdit
from .paths import DragPath

ARROWS = Drags(
    label="field.drags",
    help="Arrows from where to where, with way-points if you like; single points stay fixed.",
    unit="px",
)


@dataclass(frozen=True, kw_only=True)
class Drag(GuidedEdit):
    """Pull handles to targets, keep pins; without a mask the region follows from the drags."""

    KIND: ClassVar[str] = "drag"
    HELP: ClassVar[str] = "Draw arrows from where to where, and the picture follows."
    ROLES: ClassVar[tuple[ImageRole, ...]] = (
        SOURCE,
        ImageRole(
            role="mask",
            label="role.mask.drag",
            help="The only area that may change; without it, an area around the arrows.",
            kind="mask",
            required=False,
        ),
    )

    drags: tuple[DragPath, ...] = described(ARROWS)
