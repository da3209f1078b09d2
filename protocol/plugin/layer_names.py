# SPDX-License-Identifier: Apache-2.0
"""The layers that a recipe's parameters name, such as those of conditions: found again in whatever program.

A parameter holds the key that the host had for a layer. Keys differ between programs, and may between sessions, so the
recipe keeps the layers' names beside them, as an attachment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from ..edits import EditModel, Field, Layer, Mask, ParamError, Records
from ..edits.problem import of_entry
from ..recipe import Bundle
from .host import Rect
from .snapshot import SELECTION

NAMES_FILE = "layers.json"


def layer_roles(fields: Mapping[str, Field]) -> frozenset[str]:
    """The roles whose pictures are those of layers that fields name, those in records included; no masks."""
    found: set[str] = set()
    for spec in fields.values():
        if isinstance(spec, Records):
            found |= layer_roles(spec.columns)
        elif isinstance(spec, Layer) and not isinstance(spec, Mask):
            found.add(spec.role)
    return frozenset(found)


def names_file(names: Mapping[str, str]) -> dict[str, tuple[str, bytes, Rect | None]]:
    """The attachment that keeps {key: name}; none where no layer is named."""
    data = json.dumps(names, ensure_ascii=False, sort_keys=True).encode()
    return {NAMES_FILE: ("layers", data, None)} if names else {}


def names_in(bundle: Bundle) -> dict[str, str]:
    """{key: name} of a recipe, empty where it does not say."""
    try:
        found: object = json.loads(bundle.files.get(NAMES_FILE, b"{}"))
    except ValueError:
        return {}
    pairs = cast("Mapping[str, object]", found).items() if isinstance(found, dict) else ()
    return {key: name for key, name in pairs if isinstance(name, str)}


def found_again(
    model: EditModel, bundle: Bundle, params: Mapping[str, Any], layers: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """A recipe's parameters with the keys of `layers`, the (key, name) of a document's layers from top to bottom.

    A key that the document has stays if its layer has the name it had, or nothing else has; a layer that is not there
    keeps its key, so that reading it says what is missing.
    """
    return with_keys(model.fields, params, _keys(names_in(bundle), layers))


def _keys(names: Mapping[str, str], layers: Sequence[tuple[str, str]]) -> dict[str, str]:
    there = dict(layers)
    by_name = {name: key for key, name in reversed(layers)}
    return {
        key: key if there.get(key) == name else by_name.get(name, key)
        for key, name in names.items()
    }


def with_keys(
    fields: Mapping[str, Field], params: Mapping[str, Any], keys: Mapping[str, str]
) -> dict[str, Any]:
    """Plain parameters with other keys for layers; those that `keys` does not have stay."""
    return {name: _value(fields.get(name), value, keys) for name, value in params.items()}


def named_layers(
    fields: Mapping[str, Field], params: Mapping[str, Any], key_of: Callable[[object], str]
) -> dict[str, Any]:
    """Plain parameters with what `key_of` makes of each layer's name; what is no list of records stays.

    Raises ParamError as `key_of` does, which says in which record that is.
    """
    found: dict[str, Any] = {}
    for name, value in params.items():
        spec = fields.get(name)
        found[name] = value
        if isinstance(spec, Layer) and value and value != SELECTION:
            found[name] = key_of(value)
        elif isinstance(spec, Records) and isinstance(value, (list, tuple)):
            records = enumerate(cast("Sequence[object]", value), 1)
            found[name] = [
                _named_in(spec, one, number, f"{name}.{number - 1}", key_of)
                for number, one in records
            ]
    return found


def _named_in(
    spec: Records, record: object, number: int, path: str, key_of: Callable[[object], str]
) -> object:
    if not isinstance(record, Mapping):
        return record
    try:
        return named_layers(spec.columns, cast("Mapping[str, Any]", record), key_of)
    except ParamError as problem:
        raise ParamError(path, of_entry(problem.message, spec.label, number)) from None


def _value(spec: Field | None, value: Any, keys: Mapping[str, str]) -> Any:
    if isinstance(spec, Layer) and not (isinstance(spec, Mask) and value == SELECTION):
        return keys.get(value, value)
    if isinstance(spec, Records) and value:
        records = cast("Sequence[Mapping[str, Any]]", value)
        return [with_keys(spec.columns, one, keys) for one in records]
    return value
