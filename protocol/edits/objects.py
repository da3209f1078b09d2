# SPDX-License-Identifier: Apache-2.0
"""Sets of named fields: checking a mapping against them, and describing them as JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from .fields import REQUIRED, Field, hidden_fields
from .problem import ParamError, say, show

HINTS = "x-pullbrush"
"""The keyword that holds what a panel needs beyond JSON Schema."""


def parse_mapping(
    columns: Mapping[str, Field], value: object, path: str, field: str = ""
) -> dict[str, Any]:
    """Check a mapping against fields: nothing unknown, nothing missing, every value in range.

    A field that is not shown with these values has its default, whatever is given for it.
    `field` is the label of the field that it belongs to, if it belongs to one.
    """
    if not isinstance(value, Mapping):
        why = "value.group" if field else "values.group"
        raise ParamError(path, say(why, field=field, value=show(value)))
    given = cast("Mapping[object, object]", value)
    for name in given:
        if not isinstance(name, str) or name not in columns:
            known = ", ".join(columns)
            short = str(name)[:40]
            raise ParamError(_join(path, short), say("value.unknown", name=short, known=known))
    hidden = hidden_fields(columns, cast("Mapping[str, object]", given))
    out: dict[str, Any] = {}
    for name, column in columns.items():
        if name in hidden:
            out[name] = column.default
        elif name in given:
            out[name] = column.parse(given[name], _join(path, name))
        elif column.default is REQUIRED:
            raise ParamError(_join(path, name), say("value.missing", field=column.label))
        else:
            out[name] = column.default
    return out


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def object_schema(columns: Mapping[str, Field]) -> dict[str, object]:
    """Return the JSON Schema of a mapping with exactly these fields."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: field_schema(column) for name, column in columns.items()},
        "required": [name for name, column in columns.items() if column.required],
    }


def field_schema(column: Field) -> dict[str, object]:
    """Return the JSON Schema of one field."""
    schema: dict[str, object] = {"description": column.help, **column.constraints()}
    if not column.required:
        schema["default"] = column.plain(column.default)
    return {**schema, HINTS: {"kind": column.KIND, **column.hints()}}
