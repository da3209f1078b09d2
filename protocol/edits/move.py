# SPDX-License-Identifier: Apache-2.0
"""Move: put an object somewhere else, bigger or smaller, and fill the hole it leaves.

Object moving and resizing of DragonDiffusion (Mou et al. 2023, section 3.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .edit import SOURCE, ImageRole, described
from .fields import Number
from .guided import GuidedEdit
from .paths import REACH
from .problem import ParamError, say


@dataclass(frozen=True, kw_only=True)
class Move(GuidedEdit):
    """Shift the masked object by (dx, dy) document pixels and scale it about its own center."""

    KIND: ClassVar[str] = "move"
    HELP: ClassVar[str] = (
        "Select an object and put it somewhere else; what was behind it is filled in."
    )
    ROLES: ClassVar[tuple[ImageRole, ...]] = (
        SOURCE,
        ImageRole(role="mask", label="role.mask.move", help="The object to move.", kind="mask"),
    )

    dx: float = described(
        Number(
            label="field.dx",
            part="dx",
            help="How far to the right; negative is to the left.",
            unit="px",
            minimum=-REACH,
            maximum=REACH,
            default=0,
        )
    )
    dy: float = described(
        Number(
            label="field.dy",
            part="dy",
            help="How far down; negative is up.",
            unit="px",
            minimum=-REACH,
            maximum=REACH,
            default=0,
        )
    )
    scale: float = described(
        Number(
            label="field.scale",
            part="scale",
            help="How big it becomes, about its own center: 1 keeps its size, 2 is twice as wide.",
            unit="x",
            minimum=0.2,
            maximum=4,
            step=0.05,
            default=1,
        )
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.dx, self.dy, self.scale) == (0, 0, 1):
            raise ParamError("dx", say("move.nothing"))
