# SPDX-License-Identifier: Apache-2.0
"""Rows of several numbers, both ends of a range or all parts of a transform: their value after what the artist did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from ..edits import Field
from .numbers import Scale, number_text
from .panel import Row
from .typing_in import typed


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts of a transform's row; every change returns the whole plain value as it is to be set."""

    fields: Mapping[str, Field]
    values: Mapping[str, Any]

    @classmethod
    def of(cls, row: Row) -> Parts:
        """The parts of a row as they stand."""
        return cls(fields=row.fields, values={one.name: one.value for one in row.columns})

    def changed(self, name: str, value: object) -> dict[str, object]:
        """With another value of one part."""
        return {**self.values, name: value}

    def typed(self, name: str, text: str) -> dict[str, object]:
        """With one part as it was typed."""
        return self.changed(name, typed(self.fields[name], text))


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Both ends of a range's row, on the stops of a slider with two handles; neither handle passes the other."""

    scale: Scale
    start: float
    end: float

    @classmethod
    def of(cls, row: Row) -> Ends:
        """The ends as they stand; where they are none, the whole range."""
        scale, pair = Scale.of(row), _numbers(row.value)
        start, end = pair if len(pair) == 2 else (scale.minimum, scale.maximum)
        return cls(scale=scale, start=start, end=end)

    @property
    def stops(self) -> tuple[int, int]:
        """Where the handles are."""
        return self.scale.stop(self.start), self.scale.stop(self.end)

    def pulled(self, handle: int, stop: int) -> list[float]:
        """With the first handle (0) or the second (1) at a stop, or as near to it as the other lets it."""
        value = self.scale.value(stop)
        if handle == 0:
            return [min(value, self.end), self.end]
        return [self.start, max(value, self.start)]

    def stepped(self, handle: int, steps: int) -> list[float]:
        """With one handle some steps further."""
        return self.pulled(handle, self.stops[handle] + steps)

    def nearest(self, stop: int) -> int:
        """The handle that is pulled from a stop; where both lie there, the one that can go on to that side."""
        first, second = self.stops
        if first == second:
            return 0 if stop < first else 1
        return 0 if abs(stop - first) <= abs(stop - second) else 1


def range_text(row: Row) -> str:
    """A range as the artist reads it; what is none, as it was typed."""
    if pair := _numbers(row.value):
        return " – ".join(number_text(one, row.unit) for one in pair)
    return "" if row.value is None else str(row.value)


def _numbers(value: object) -> list[float]:
    given = cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else ()
    return [float(one) for one in given if isinstance(one, (int, float))]
