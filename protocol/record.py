# SPDX-License-Identifier: Apache-2.0
"""Records: frozen dataclasses that check themselves, read themselves from plain maps and write themselves back.

The annotations of the fields are the only declaration. Building a record, from Python or from the wire, brings
every field into its one form or raises `ParamError` with the path of the field that is impossible.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from typing import (
    Annotated,
    Any,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from .errors import ParamError
from .kinds import Choice, Count, Each, Flag, Kind, Many, Map, Maybe, at, shown

R = TypeVar("R", bound="Record")


@dataclass(frozen=True, kw_only=True)
class Record:
    """Base of everything that has named fields on the wire."""

    def __post_init__(self) -> None:
        for name, kind in kinds_of(type(self)).items():
            object.__setattr__(self, name, at(name, kind.read, getattr(self, name)))
        self.check()

    def check(self) -> None:
        """Raise ParamError when fields that are possible alone are impossible together."""

    def to_plain(self) -> dict[str, object]:
        """Return the record as a map of plain values; fields that hold their default are left out."""
        return {
            field.name: plain(value)
            for field in wire_fields(type(self))
            if (value := getattr(self, field.name)) != _default(field)
        }

    @classmethod
    def from_plain(cls: type[R], values: Mapping[str, object], **more: object) -> R:
        """Read the record from a map; keys that are not known (a later version's) are passed over."""
        known: dict[str, Any] = {}
        for field in wire_fields(cls):
            if field.name in values:
                known[field.name] = values[field.name]
            elif _default(field) is MISSING:
                raise ParamError(field.name, "is missing")
        return cls(**known, **more)


@dataclass(frozen=True)
class Nested:
    """A record inside a record."""

    record: type[Record]

    def read(self, value: object) -> Record:
        if isinstance(value, self.record):
            return value
        if not isinstance(value, Mapping):
            raise ParamError("", f"must be a map, not {shown(value)}")
        return self.record.from_plain(cast("Mapping[str, object]", value))

    def describe(self) -> str:
        inner = ", ".join(
            f"{name}: {kind.describe()}" for name, kind in kinds_of(self.record).items()
        )
        return f"{{{inner}}}"


def plain(value: object) -> object:
    """Turn records and tuples into maps and lists, all the way down."""
    if isinstance(value, Record):
        return value.to_plain()
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in cast("tuple[object, ...]", value)]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in cast("dict[str, object]", value).items()}
    return value


@cache
def wire_fields(record: type[Record]) -> tuple[Field[object], ...]:
    """Return the fields that travel in the header: all but those marked `metadata={"wire": False}`."""
    return tuple(field for field in fields(record) if field.metadata.get("wire", True))


@cache
def kinds_of(record: type[Record]) -> dict[str, Kind]:
    """Return the kind of every field that travels in the header."""
    hints = get_type_hints(record, include_extras=True)
    return {field.name: kind_of(hints[field.name]) for field in wire_fields(record)}


def kind_of(hint: object) -> Kind:
    """Find the kind in an annotation; raises TypeError for one that says too little."""
    origin, args = get_origin(hint), get_args(hint)
    if hint is bool:
        return Flag()
    if origin is Annotated:
        return _annotated(args[0], args[1:])
    if origin is Literal:
        return Choice(args)
    if origin in (Union, types.UnionType):
        (inner,) = (arg for arg in args if arg is not type(None))
        return Maybe(kind_of(inner))
    if origin is tuple and Ellipsis not in args:
        return Each(tuple(kind_of(arg) for arg in args))
    if isinstance(hint, type) and issubclass(hint, Record):
        return Nested(hint)
    raise TypeError(f"the annotation {hint} does not say what is allowed")


def _annotated(inner: object, notes: tuple[object, ...]) -> Kind:
    note = notes[-1]
    if not isinstance(note, Count):
        return cast("Kind", note)
    args = get_args(inner)
    if get_origin(inner) is tuple:
        return Many(kind_of(args[0]), note)
    return Map(kind_of(args[1]), note)


def _default(field: Field[object]) -> object:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
