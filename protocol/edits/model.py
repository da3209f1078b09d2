# SPDX-License-Identifier: Apache-2.0
"""An edit as data: what a plug-in knows of an edit, whether or not it has the edit's dataclass.

`of` describes our own dataclass, `from_schema` reads what a running engine sent. The two agree for
every edit both sides know; an edit that only the engine knows comes out just as complete.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

from .composite import Drags, Layer, Mask, Palette, Records
from .edit import SOURCE, Edit, ImageRole
from .fields import Choice, Field, Number, Part, Range, Seed, Switch, Text, is_free_text
from .objects import HINTS, object_schema, parse_mapping
from .paths import as_list
from .problem import ParamError, say
from .transform import Transform

MODELS = "models"
"""The list of suggestions that holds the models an edit works with."""
KINDS: dict[str, type[Field]] = {
    kind.KIND: kind
    for kind in (
        *(Number, Choice, Switch, Text, Range, Seed),
        *(Layer, Mask, Drags, Transform, Palette, Records),
    )
}


@dataclass(frozen=True, kw_only=True)
class EditModel:
    """One edit: its fields in the order a panel shows them, its image roles, what it returns, what is seen before.

    `inverted_by` are the fields that reading a picture depends on. `beyond` names needed fields of a kind this version
    cannot draw: such an edit is shown grey.
    """

    kind: str
    label: str
    help: str
    returns: str
    roles: tuple[ImageRole, ...]
    fields: Mapping[str, Field]
    preview: str = "none"
    inverted_by: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()

    @property
    def model_field(self) -> str | None:
        """The field that names the model."""
        return self._field(lambda spec: isinstance(spec, Text) and spec.suggest == MODELS)

    @property
    def seed_field(self) -> str | None:
        """The field that takes the seed."""
        return self._field(lambda spec: isinstance(spec, Seed))

    @property
    def drags_field(self) -> str | None:
        """The field that takes drags."""
        return self._field(lambda spec: isinstance(spec, Drags))

    @property
    def words_field(self) -> str | None:
        """The field that takes words of the artist's own."""
        return self._field(is_free_text)

    @property
    def frame_field(self) -> str | None:
        """The field that chooses one of the frames it returns."""
        return self._field(lambda spec: isinstance(spec, Number) and spec.chooses_frame)

    @property
    def transform_field(self) -> str | None:
        """The field that says as one thing where an object goes."""
        return self._field(lambda spec: isinstance(spec, Transform))

    @property
    def part_fields(self) -> dict[Part, str]:
        """The fields that say it in parts, by part."""
        fields = self.fields.items()
        return {s.part: name for name, s in fields if isinstance(s, Number) and s.part}

    @property
    def shift_fields(self) -> tuple[str, ...]:
        """The fields that say how far to the right and how far down an object goes, none unless there are both."""
        fields = self.part_fields
        return (fields["dx"], fields["dy"]) if "dx" in fields and "dy" in fields else ()

    @property
    def place_fields(self) -> tuple[str, ...]:
        """The fields that say where an object goes, whichever way."""
        whole = self.transform_field
        return tuple(self.part_fields.values()) if whole is None else (whole,)

    @property
    def parts(self) -> dict[Part, Number]:
        """The parts of where an object goes that can be said, each as a number."""
        whole = self.fields.get(self.transform_field or "")
        if isinstance(whole, Transform):
            return whole.columns
        return {part: cast("Number", self.fields[n]) for part, n in self.part_fields.items()}

    @property
    def moves_object(self) -> bool:
        """Whether it puts an object somewhere else."""
        parts = self.parts
        return "dx" in parts and "dy" in parts

    @property
    def scales_object(self) -> bool:
        """Whether it makes an object bigger or smaller."""
        return "scale" in self.parts

    def role(self, role: str) -> ImageRole | None:
        """The picture of this role, None when it works on none."""
        return next((one for one in self.roles if one.role == role), None)

    @property
    def needs_source(self) -> bool:
        """Whether it cannot do without the picture that the artist works on."""
        source = self.role(SOURCE.role)
        return source is not None and source.required

    def _field(self, is_it: Callable[[Field], bool]) -> str | None:
        return next((name for name, spec in self.fields.items() if is_it(spec)), None)

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
            preview=edit.PREVIEW,
            inverted_by=edit.INVERTED_BY,
        )

    def to_schema(self) -> dict[str, object]:
        """Return the JSON Schema of this edit's parameters."""
        hints = {
            "kind": self.kind,
            "label": self.label,
            "returns": self.returns,
            "preview": self.preview,
            "inverted_by": list(self.inverted_by),
            "roles": [asdict(role) for role in self.roles],
        }
        return {"description": self.help, **object_schema(self.fields), HINTS: hints}

    @classmethod
    def from_schema(cls, schema: object, path: str = "", own: EditModel | None = None) -> EditModel:
        """Read one edit from its schema; what a newer engine added and we do not know is left out.

        What an engine older than its previews does not say yet is that of `own`, our description of the same edit.
        """
        node = _mapping(schema, path)
        hints = _mapping(node.get(HINTS), f"{path}.{HINTS}")
        fields, beyond = _read_fields(node, path)
        roles = as_list(hints.get("roles"), f"{path}.roles", "schema.other")
        if "preview" not in hints and own is not None:
            hints = {**hints, "preview": own.preview, "inverted_by": own.inverted_by}
            fields = {name: _completed(spec, own.fields.get(name)) for name, spec in fields.items()}
        names = as_list(hints.get("inverted_by", ()), f"{path}.inverted_by", "schema.other")
        return cls(
            kind=_text(hints.get("kind"), f"{path}.kind"),
            label=_text(hints.get("label"), f"{path}.label"),
            help=_text(node.get("description"), f"{path}.description"),
            returns=_text(hints.get("returns"), f"{path}.returns"),
            roles=tuple(_read_role(role, f"{path}.roles.{i}") for i, role in enumerate(roles)),
            fields=fields,
            preview=_text(hints.get("preview", "none"), f"{path}.preview"),
            inverted_by=tuple(_text(name, f"{path}.inverted_by") for name in names),
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


def _completed(spec: Field, own: Field | None) -> Field:
    """A field as an older engine describes it, with what it did not say of it."""
    if isinstance(spec, Number) and isinstance(own, Number):
        return replace(spec, part=own.part, chooses_frame=own.chooses_frame)
    if isinstance(spec, Choice) and isinstance(own, Choice):
        return replace(spec, without_model=own.without_model)
    return spec


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
