# SPDX-License-Identifier: Apache-2.0
"""A list of groups of parameters on a panel, such as conditions with layer and weight each: what a deed makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from .panel import Row


@dataclass(frozen=True, kw_only=True)
class Groups:
    """The groups as they stand; every deed returns the whole list as it is to be set. `most` None: without end."""

    columns: tuple[Row, ...]
    records: tuple[Mapping[str, Any], ...] = ()
    most: int | None = None

    @classmethod
    def of(cls, row: Row) -> Groups:
        """The groups of a parameter's row."""
        given = cast("Iterable[object]", row.value or ())
        groups = [cast("Mapping[str, Any]", one) for one in given if isinstance(one, Mapping)]
        records = tuple(dict(one) for one in groups)
        return cls(columns=row.columns, records=records, most=row.most)

    @property
    def can_grow(self) -> bool:
        """Whether one more is possible."""
        return self.most is None or len(self.records) < self.most

    def rows(self, at: int) -> list[Row]:
        """The rows of one group with its values."""
        record = self.records[at]
        return [replace(one, value=record.get(one.name, one.value)) for one in self.columns]

    def grown(self) -> list[dict[str, Any]]:
        """With one more group, of default values."""
        fresh = {one.name: one.value for one in self.columns if one.value is not None}
        return [*self._plain(), fresh]

    def without(self, at: int) -> list[dict[str, Any]]:
        """With one group taken out."""
        return [one for i, one in enumerate(self._plain()) if i != at]

    def changed(self, at: int, name: str, value: object) -> list[dict[str, Any]]:
        """With another value in one group."""
        records = self._plain()
        records[at][name] = value
        return records

    def typed(self, at: int, name: str, text: str) -> list[dict[str, Any]]:
        """With a value typed in one group; what is no number stays as it is, and the edit says what is wrong."""
        column = next(one for one in self.columns if one.name == name)
        value: object = text
        if column.widget in ("slider", "seed"):
            number = text.replace(",", ".").strip().rstrip("%").removesuffix(column.unit).strip()
            try:
                value = int(number) if column.whole else float(number)
            except ValueError:
                value = text
        return self.changed(at, name, value)

    def _plain(self) -> list[dict[str, Any]]:
        return [dict(one) for one in self.records]
