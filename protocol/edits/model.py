# SPDX-License-Identifier: Apache-2.0
"""An edit as data: what a plug-in knows of an edit, whether or not it has the edit's dataclass.

`of` describes our own dataclass, `from_schema` reads what a running engine sent. The two agree for
every edit both sides know; an edit that only the engine knows comes out just as complete.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from .composite import Drags, Layer, Mask, Palette, Records
from .edit import Edit, ImageRole
from .fields import Choice, Field, Number, Seed, Switch, Text
from .objects import HINTS, object_schema, parse_mapping
from .paths import as_list
from .problem import ParamError, say

KINDS: dict[str, type[Field]] = {
    kind.KIND: kind
    for kind in (Number, Choice, Switch, Text, Seed, Layer, Mask, Drags, Palette, Records)
}


@dataclass(frozen=True, kw_only=True)
class EditModel:
    """One edit: its fields in the order a panel shows them, its image roles, what it returns.

    `beyond` names needed fields of a kind this version cannot draw: such an edit is shown grey.
    """

    kind: str
    label: str
    help: str
    returns: str
    roles: tuple[ImageRole, ...]
    fields: Mapping[str, Field]
    beyond: tuple[str, ...] = ()

    @classmethod
    def of(cls, edit: type[Edit]) -> EditModel:
        """Describe an edit from its own dataclass."""
        return cls(
            kind=edit.KIND,
            label=f"edit.{edit.KIND}",
            help=edit.HELP,
            returns=edit.RETURNS,
            roles=edit.ROLES,
            fields=edit.described_fields(),
        )

    def to_schema(self) -> dict[str, object]:
        """Return the JSON Schema of this edit's parameters."""
        hints = {
            "kind": self.kind,
            "label": self.label,
            "returns": self.returns,
            "roles": [asdict(role) for role in self.roles],
        }
        return {"description": self.help, **object_schema(self.fields), HINTS: hints}

    @classmethod
    def from_schema(cls, schema: object, path: str = "") -> EditModel:
        """Read one edit from its schema; what a newer engine added and we do not know is left out."""
        node = _mapping(schema, path)
        hints = _mapping(node.get(HINTS), f"{path}.{HINTS}")
        fields, beyond = _read_fields(node, path)
        roles = as_list(hints.get("roles"), f"{path}.roles", "schema.other")
        return cls(
            kind=_text(hints.get("kind"), f"{path}.kind"),
            label=_text(hints.get("label"), f"{path}.label"),
            help=_text(node.get("description"), f"{path}.description"),
            returns=_text(hints.get("returns"), f"{path}.returns"),
            roles=tuple(_read_role(role, f"{path}.roles.{i}") for i, role in enumerate(roles)),
            fields=fields,
            beyond=beyond,
        )

    def parse(self, params: object) -> dict[str, Any]:
        """Check params against the fields; the engine checks again, with the rules between fields."""
        return parse_mapping(self.fields, params, "")

    def plain(self, values: Mapping[str, Any]) -> dict[str, object]:
        """Return checked values as JSON and msgpack can hold them."""
        return {
            name: spec.plain(values[name]) for name, spec in self.fields.items() if name in values
        }


def read_field(schema: object, path: str) -> Field | None:
    """Read one field from its schema; None for a kind this version does not know."""
    node = _mapping(schema, path)
    hints = _mapping(node.get(HINTS), f"{path}.{HINTS}")
    kind = KINDS.get(_text(hints.get("kind"), f"{path}.kind"))
    if kind is None:
        return None
    known = {f.name for f in dataclasses.fields(kind) if f.init}
    arguments: dict[str, Any] = {key: value for key, value in hints.items() if key in known}
    arguments["help"] = _text(node.get("description"), f"{path}.description")
    if "default" in node:
        arguments["default"] = node["default"]
    if kind is Records:
        arguments["columns"], beyond = _read_fields(_mapping(node.get("items"), path), path)
        if beyond:
            return None
    try:
        return kind(**arguments)
    except (TypeError, ValueError, ParamError):
        raise ParamError(path, say("schema.other")) from None


def _read_fields(node: Mapping[str, Any], path: str) -> tuple[dict[str, Field], tuple[str, ...]]:
    needed = as_list(node.get("required", ()), f"{path}.required", "schema.other")
    fields: dict[str, Field] = {}
    beyond: list[str] = []
    for name, schema in _mapping(node.get("properties"), f"{path}.properties").items():
        field = read_field(schema, f"{path}.{name}")
        if field is not None:
            fields[name] = field
        elif name in needed:
            beyond.append(name)
    return fields, tuple(beyond)


def _read_role(value: object, path: str) -> ImageRole:
    node = _mapping(value, path)
    known = {f.name for f in dataclasses.fields(ImageRole)}
    try:
        return ImageRole(**{key: item for key, item in node.items() if key in known})
    except TypeError:
        raise ParamError(path, say("schema.other")) from None


def _mapping(value: object, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ParamError(path, say("schema.other"))
    return cast("Mapping[str, Any]", value)


def _text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise ParamError(path, say("schema.other"))
    return value
