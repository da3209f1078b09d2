# SPDX-License-Identifier: Apache-2.0
"""Numbers on a slider and beside it: where they lie, how they are stepped, how they are written."""

from __future__ import annotations

from dataclasses import dataclass

from .panel import Row
from .strings import Strings

STOPS_MAX = 2000
"""Beyond so many steps a slider cannot be aimed; such a number is typed, or pulled on the canvas."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The stops of a slider: whole numbers from 0 for minimum to maximum."""

    minimum: float
    maximum: float
    step: float
    whole: bool = False

    @classmethod
    def of(cls, row: Row) -> Scale:
        """The scale of a number's row."""
        low, high = row.minimum or 0.0, row.maximum if row.maximum is not None else 1.0
        return cls(minimum=low, maximum=high, step=row.step or 1.0, whole=row.whole)

    @property
    def stops(self) -> int:
        """How many steps there are from end to end."""
        return max(1, min(STOPS_MAX, round((self.maximum - self.minimum) / self.step)))

    @property
    def has_slider(self) -> bool:
        """Whether a slider is of use."""
        return (self.maximum - self.minimum) / self.step <= STOPS_MAX

    @property
    def middle(self) -> float:
        """A value to begin with where there was none: a tenth of the way."""
        return self.value(max(1, self.stops // 10))

    def value(self, stop: int) -> float:
        """The number at a stop."""
        return self._within(self.minimum + stop * (self.maximum - self.minimum) / self.stops)

    def stop(self, value: float) -> int:
        """The stop nearest to a number."""
        span = self.maximum - self.minimum
        share = (value - self.minimum) / span if span else 0.0
        return round(min(1.0, max(0.0, share)) * self.stops)

    def stepped(self, value: float, steps: int) -> float:
        """The number some steps further, within the range."""
        return self._within(value + steps * self.step)

    def _within(self, value: float) -> float:
        value = round(min(self.maximum, max(self.minimum, value)), 6)
        return int(value) if self.whole else value


def shown(row: Row, strings: Strings) -> str:
    """A number as the artist reads it: with its unit, `auto` in words; what is no number as it was typed."""
    value = row.value
    if row.auto is not None and value == row.auto:
        return strings.text("panel.auto")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "" if value is None else str(value)
    return number_text(value, row.unit)


def number_text(value: float, unit: str) -> str:
    """A number with its unit."""
    number = f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return f"{number} {'×' if unit == 'x' else unit}".rstrip()
