# SPDX-License-Identifier: Apache-2.0
"""Brighten: lift a picture's values, more where other layers are bright."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .composite import Layer, Records
from .edit import SOURCE, Described, Edit, ImageRole, Preview, described
from .fields import Choice, Number, When


@dataclass(frozen=True, kw_only=True)
class Light(Described):
    """A layer whose brightness says where the picture is lifted, and how much of it counts."""

    layer: str = described(
        Layer(label="field.light.layer", help="Which layer shines.", role="condition")
    )
    weight: float = described(
        Number(
            label="field.light.weight",
            help="How much this layer counts.",
            minimum=0,
            maximum=2,
            default=1,
        )
    )


@dataclass(frozen=True, kw_only=True)
class Brighten(Edit):
    """Add `amount` to every value, or take the values to a power below 1."""

    KIND: ClassVar[str] = "brighten"
    HELP: ClassVar[str] = "Make a picture brighter, everywhere or where other layers shine."
    PREVIEW: ClassVar[Preview] = "none"
    ROLES: ClassVar[tuple[ImageRole, ...]] = (
        SOURCE,
        ImageRole(
            role="condition.0", label="field.light.layer", help="What shines.", required=False
        ),
    )

    curve: str = described(
        Choice(
            label="field.curve",
            help="Lift all values alike, or the dark ones more.",
            choices=("lift", "gamma"),
            default="gamma",
        )
    )
    amount: float = described(
        Number(
            label="field.amount",
            help="How much is added: 0 nothing, 1 makes black white.",
            minimum=0,
            maximum=1,
            step=0.05,
            default=0.2,
            when=When("curve", ("lift",)),
        )
    )
    lights: tuple[Light, ...] = described(
        Records(
            label="field.lights",
            help="Layers that say where; none is everywhere.",
            record=Light,
            most=4,
            default=(),
        )
    )
