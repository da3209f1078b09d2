# SPDX-License-Identifier: Apache-2.0
"""Fields that point at things of the document or hold several values.

Layer and mask name an object of the paint program; its pixels travel as the image role of the same
field, so a layer is never a file or a path here. Drags, palette and records are lists.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from .fields import Field
from .objects import object_schema, parse_mapping
from .paths import MOST_POINTS, REACH, DragPath, as_list, parse_points
from .problem import ParamError, of_entry, say, show

_COLOR = re.compile(r"#[0-9a-f]{6}\Z")


@dataclass(frozen=True, kw_only=True)
class Layer(Field):
    """A layer the artist picks, by the host's own key; "" means none. `role` carries its pixels."""

    KIND: ClassVar[str] = "layer"

    role: str
    longest: ClassVar[int] = 256

    def parse(self, value: object, path: str) -> str:
        if not isinstance(value, str) or len(value) > self.longest or not value.isprintable():
            raise ParamError(path, say("value.layer", field=self.label, value=show(value)))
        if not value and self.required:
            raise ParamError(path, say("value.no_layer", field=self.label))
        return value

    def constraints(self) -> dict[str, object]:
        return {"type": "string", "maxLength": self.longest, "minLength": int(self.required)}


@dataclass(frozen=True, kw_only=True)
class Mask(Layer):
    """Where to act: `selection`, a layer's key, or "" for everywhere."""

    KIND: ClassVar[str] = "mask"


@dataclass(frozen=True, kw_only=True)
class Drags(Field):
    """Ways to pull along and pins that stay, as DragPath; at least one of them must move."""

    KIND: ClassVar[str] = "drags"

    most: int = 32

    def parse(self, value: object, path: str) -> tuple[DragPath, ...]:
        items = as_list(value, path, "drags.list")
        if len(items) > self.most:
            raise ParamError(path, say("drags.many", count=len(items), most=self.most))
        paths = tuple(_parse_drag(item, f"{path}.{i}") for i, item in enumerate(items))
        if self.required and all(one.is_pin for one in paths):
            raise ParamError(path, say("drags.still"))
        starts = [one.start for one in paths]
        for i, start in enumerate(starts):
            if start in starts[:i]:
                x, y = (round(value) for value in start)
                raise ParamError(f"{path}.{i}", say("drags.same", x=x, y=y))
        return paths

    def plain(self, value: tuple[DragPath, ...]) -> object:
        return [[list(point) for point in one.points] for one in value]

    def constraints(self) -> dict[str, object]:
        pixel = {"type": "number", "minimum": -REACH, "maximum": REACH}
        point = {"type": "array", "prefixItems": [pixel, pixel], "minItems": 2, "maxItems": 2}
        way = {"type": "array", "items": point, "minItems": 1, "maxItems": MOST_POINTS}
        return {
            "type": "array",
            "items": way,
            "minItems": int(self.required),
            "maxItems": self.most,
        }


@dataclass(frozen=True, kw_only=True)
class Palette(Field):
    """Colors as `#rrggbb` in sRGB."""

    KIND: ClassVar[str] = "palette"

    most: int = 16

    def parse(self, value: object, path: str) -> tuple[str, ...]:
        items = as_list(value, path, "palette.list", self.label)
        if not int(self.required) <= len(items) <= self.most:
            counted = {"count": len(items), "low": int(self.required), "most": self.most}
            raise ParamError(path, say("palette.count", field=self.label, **counted))
        return tuple(_parse_color(item, f"{path}.{i}", self.label) for i, item in enumerate(items))

    def plain(self, value: tuple[str, ...]) -> object:
        return list(value)

    def constraints(self) -> dict[str, object]:
        color = {"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$"}
        return {
            "type": "array",
            "items": color,
            "minItems": int(self.required),
            "maxItems": self.most,
        }


@dataclass(frozen=True, kw_only=True)
class Records(Field):
    """A list of groups of fields, such as conditions with layer, weight and range each.

    With `record` (a Described dataclass) values are its instances; a panel that only knows the schema
    has none and holds plain mappings. `item` is the name of one group; without, it is the field's own
    name less its last "s".
    """

    KIND: ClassVar[str] = "records"

    columns: Mapping[str, Field] = field(default_factory=dict[str, Field])
    most: int = 16
    item: str = ""
    record: type[Any] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.record is not None:
            object.__setattr__(self, "columns", self.record.described_fields())
        super().__post_init__()

    def parse(self, value: object, path: str) -> tuple[Any, ...]:
        items = as_list(value, path, "records.list", self.label)
        if not int(self.required) <= len(items) <= self.most:
            counted = {"count": len(items), "low": int(self.required), "most": self.most}
            raise ParamError(path, say("records.count", field=self.label, **counted))
        return tuple(self._parse_one(item, i, path) for i, item in enumerate(items))

    def _parse_one(self, item: object, at: int, path: str) -> Any:
        if self.record is not None and isinstance(item, self.record):
            return item
        try:
            values = parse_mapping(self.columns, item, f"{path}.{at}", self.label)
            return values if self.record is None else self.record(**values)
        except ParamError as problem:
            told = of_entry(problem.message, self.label, at + 1)
            raise ParamError(problem.path, told) from None

    def plain(self, value: tuple[Any, ...]) -> object:
        return [self._plain_one(item) for item in value]

    def _plain_one(self, item: Any) -> object:
        values = cast("Mapping[str, Any]", item if isinstance(item, Mapping) else vars(item))
        return {name: column.plain(values[name]) for name, column in self.columns.items()}

    def constraints(self) -> dict[str, object]:
        items = object_schema(self.columns)
        return {
            "type": "array",
            "items": items,
            "minItems": int(self.required),
            "maxItems": self.most,
        }

    def hints(self) -> dict[str, object]:
        own = super().hints()
        own.pop("columns", None)
        own.pop("record", None)
        return own


def _parse_drag(item: object, path: str) -> DragPath:
    return item if isinstance(item, DragPath) else DragPath(points=parse_points(item, path))


def _parse_color(item: object, path: str, field: str) -> str:
    color = item.lower() if isinstance(item, str) else ""
    if not _COLOR.match(color):
        raise ParamError(path, say("palette.color", field=field, value=show(item)))
    return color
