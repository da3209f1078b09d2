# SPDX-License-Identifier: Apache-2.0
"""An edit that nobody has, with a list of records: layers that steer it, each in its own way.

Standard library only, since it is also read in a paint program's own Python.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from protocol.edits import (
    EDITS,
    Choice,
    Described,
    Edit,
    EditModel,
    ImageRole,
    Layer,
    Number,
    Palette,
    Range,
    Records,
    Switch,
    Text,
    When,
    described,
    read_schema,
    schema,
)


@dataclass(frozen=True, kw_only=True)
class Condition(Described):
    """One layer that steers the result."""

    layer: str = described(Layer(label="c.layer", help="Which layer.", role="condition"))
    kind: str = described(
        Choice(
            label="c.kind",
            help="What is seen in it.",
            choices=("scribble", "palette"),
            default="scribble",
        )
    )
    weight: float = described(
        Number(
            label="c.weight",
            help="How much.",
            unit="%",
            minimum=0,
            maximum=200,
            step=5,
            default=100,
        )
    )
    range: tuple[float, float] = described(
        Range(
            label="c.range",
            help="In which part of the steps.",
            when=When("kind", ("scribble",)),
            default=(0, 1),
        )
    )
    sharp: bool = described(Switch(label="c.sharp", help="Keep edges.", default=False))
    colors: tuple[str, ...] = described(Palette(label="c.colors", help="Which colors.", default=()))
    words: str = described(Text(label="c.words", help="What it shows.", default=""))


@dataclass(frozen=True, kw_only=True)
class Illustrate(Edit):
    """Paint after several layers."""

    KIND: ClassVar[str] = "illustrate"
    HELP: ClassVar[str] = "Paint after several layers."
    ROLES: ClassVar[tuple[ImageRole, ...]] = (
        ImageRole(role="source", label="role.source", help="The layer to edit."),
    )

    conditions: tuple[Condition, ...] = described(
        Records(
            label="e.conditions",
            help="What steers the result.",
            record=Condition,
            most=3,
            default=(),
        )
    )


KINDS: dict[str, type[Edit]] = {**EDITS, "illustrate": Illustrate}


def model() -> EditModel:
    """The edit as it arrives from an engine."""
    return read_schema(schema(KINDS))[0]["illustrate"]


def conditions(*layers: str, **more: Any) -> dict[str, Any]:
    """Parameters with a condition for each of these layers."""
    return {"conditions": [{"layer": layer} for layer in layers], **more}
