# SPDX-License-Identifier: Apache-2.0
"""Where an object goes, as one thing: how far, how big, how much turned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from .fields import Field, Number, Part
from .objects import object_schema, parse_mapping
from .paths import REACH


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Shifted by (dx, dy) document pixels, scaled and turned (degrees, clockwise) about the object's own center."""

    dx: float = 0.0
    dy: float = 0.0
    scale: float = 1.0
    rotation: float = 0.0


STILL: Mapping[Part, float] = {"dx": 0.0, "dy": 0.0, "scale": 1.0, "rotation": 0.0}
"""The parts of an object that stays as it is."""


@dataclass(frozen=True, kw_only=True)
class Transform(Field):
    """A `Placed`; plain, it is its parts by name, and a part that is left out stays as it is."""

    KIND: ClassVar[str] = "transform"

    smallest: float = 0.2
    largest: float = 4.0
    turns: bool = True

    @property
    def columns(self) -> dict[Part, Number]:
        """Each part as a number of its own."""
        far = _part(-REACH, REACH, "px")
        size = _part(self.smallest, self.largest, "x", 0.05)
        parts: dict[Part, Callable[[Part], Number]] = {"dx": far, "dy": far, "scale": size}
        if self.turns:
            parts["rotation"] = _part(-180.0, 180.0, "°")
        return {part: make(part) for part, make in parts.items()}

    @property
    def _columns(self) -> Mapping[str, Number]:
        return {str(part): spec for part, spec in self.columns.items()}

    def parse(self, value: object, path: str) -> Placed:
        given = self.plain(value) if isinstance(value, Placed) else value
        return Placed(**parse_mapping(self._columns, given, path, self.label))

    def plain(self, value: Placed) -> object:
        return {name: getattr(value, name) for name in self.columns}

    def constraints(self) -> dict[str, object]:
        return object_schema(self._columns)


def _part(low: float, high: float, unit: str, step: float = 1.0) -> Callable[[Part], Number]:
    return lambda part: Number(
        label=f"part.{part}",
        help="",
        minimum=low,
        maximum=high,
        step=step,
        unit=unit,
        default=STILL[part],
        part=part,
    )
