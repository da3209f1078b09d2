# SPDX-License-Identifier: Apache-2.0
"""A list of records on a panel, such as conditions with layer and weight each: the list after what the artist does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..edits import Choice, Field, Layer, Number, Range, Seed, Switch, Text, Transform
from .panel import Row, records_in
from .typing_in import typed


@dataclass(frozen=True, kw_only=True)
class RecordList:
    """The records as they stand; every change returns the whole list as it is to be set.

    A list that was read in another way than by a panel may hold more than `most`; None: without end.
    """

    fields: Mapping[str, Field]
    records: tuple[Mapping[str, Any], ...] = ()
    most: int | None = None

    @classmethod
    def of(cls, row: Row) -> RecordList:
        """The records of a parameter's row."""
        return cls(fields=row.fields, records=tuple(records_in(row.value)), most=row.most)

    @property
    def can_grow(self) -> bool:
        """Whether one more is possible."""
        return self.most is None or len(self.records) < self.most

    def can_move(self, at: int, by: int) -> bool:
        """Whether there is a place so much further down."""
        return 0 <= at + by < len(self.records)

    def added(self) -> list[dict[str, Any]]:
        """With one more record: what it needs is blank, all else has its default."""
        blank = {name: _blank(spec) for name, spec in self.fields.items() if spec.required}
        return [*self._plain(), blank]

    def without(self, at: int) -> list[dict[str, Any]]:
        """With one record taken out."""
        return [one for i, one in enumerate(self._plain()) if i != at]

    def moved(self, at: int, by: int) -> list[dict[str, Any]]:
        """With one record so many places further down, as far as there are any."""
        records = self._plain()
        if self.can_move(at, by):
            records.insert(at + by, records.pop(at))
        return records

    def changed(self, at: int, name: str, value: object) -> list[dict[str, Any]]:
        """With another value in one record."""
        records = self._plain()
        records[at][name] = value
        return records

    def typed(self, at: int, name: str, text: str) -> list[dict[str, Any]]:
        """With a value typed in one record; what means nothing stays as it is, and the row says what is wrong."""
        return self.changed(at, name, typed(self.fields[name], text))

    def _plain(self) -> list[dict[str, Any]]:
        return [dict(one) for one in self.records]


def _blank(spec: Field) -> object:
    """A value to begin with where there is no default; a layer is chosen by the artist."""
    if isinstance(spec, Number):
        return spec.minimum if spec.auto is None else spec.auto
    if isinstance(spec, Range):
        return [spec.minimum, spec.maximum]
    if isinstance(spec, Transform):
        return {}
    if isinstance(spec, Choice):
        return spec.choices[0]
    if isinstance(spec, Switch):
        return False
    if isinstance(spec, Seed):
        return 0
    return "" if isinstance(spec, (Text, Layer)) else []
