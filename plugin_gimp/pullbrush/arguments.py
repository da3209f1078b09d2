# SPDX-License-Identifier: GPL-3.0-or-later
"""An edit as a procedure: which arguments it takes, and from their values to the edit's parameters.

Made from the edit's own description, so that every parameter is there and a new edit needs nothing here. Drags come
as text (`drags`, as on the command line) or as numbers (`points`); without either they are the selected path, whose
one stroke also says how far an object is moved when no numbers do. A list of records is one JSON text (docs/adr/0012).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from .protocol.edits import (
    Choice,
    Drags,
    EditModel,
    Field,
    Layer,
    Number,
    Palette,
    ParamError,
    Range,
    Records,
    Seed,
    Switch,
    Transform,
)
from .protocol.edits.problem import show
from .protocol.plugin.layer_names import named_layers
from .protocol.plugin.shifting import place_in, values_for
from .protocol.plugin.strings import Strings
from .protocol.plugin.typing_in import typed, written
from .protocol.plugin.ways_text import read_ways, write_ways
from .protocol.sentences import say

Sort = Literal["text", "whole", "number", "choice", "switch", "numbers"]
POINTS = "points"
Layers = Mapping["str | int", str]
"""Keys of an image's layers by what a script calls them: name or number."""


@dataclass(frozen=True, kw_only=True)
class Argument:
    """One argument of a procedure. `choices` are (word, label)."""

    name: str
    sort: Sort
    label: str
    help: str
    default: Any = None
    minimum: float = 0.0
    maximum: float = 0.0
    choices: tuple[tuple[str, str], ...] = ()


def dashed(name: str) -> str:
    """A field's name as GIMP writes names."""
    return name.replace("_", "-")


def arguments_of(model: EditModel, strings: Strings) -> tuple[Argument, ...]:
    """All arguments of an edit, in the order a panel shows them."""
    found: list[Argument] = []
    for name, spec in model.fields.items():
        found.append(_argument(dashed(name), spec, strings))
        if isinstance(spec, Drags):
            found.append(
                Argument(
                    name=POINTS,
                    sort="numbers",
                    label=strings.text(spec.label),
                    help="Arrows as numbers: x0, y0, x1, y1 of the first, then of the next.",
                )
            )
    return tuple(found)


def _argument(name: str, spec: Field, strings: Strings) -> Argument:
    label, help_ = strings.text(spec.label), strings.help(spec.label, spec.help)
    if spec.when is not None:
        words = " or ".join(map(str, spec.when.values))
        help_ = f"{help_} Only used while {dashed(spec.when.field)} is {words}."
    default = None if spec.required else spec.default
    if isinstance(spec, Number):
        low = spec.minimum if spec.auto is None else min(spec.minimum, spec.auto)
        return Argument(
            name=name,
            sort="whole" if spec.integer else "number",
            label=label,
            help=help_,
            default=low if default is None else default,
            minimum=low,
            maximum=spec.maximum,
        )
    if isinstance(spec, Choice):
        words = tuple((word, strings.text(f"{spec.label}.{word}", word)) for word in spec.choices)
        return Argument(
            name=name,
            sort="choice",
            label=label,
            help=help_,
            default=default or spec.choices[0],
            choices=words,
        )
    if isinstance(spec, Switch):
        return Argument(name=name, sort="switch", label=label, help=help_, default=bool(default))
    if isinstance(spec, Drags):
        help_ = f"{help_} X0,Y0:X1,Y1 from where to where; arrows are separated by spaces."
    if isinstance(spec, Records):
        help_ = f"{help_} A JSON list such as {_example(spec)}. {_keys_of(spec, strings)}"
    text = "" if default is None else _text(spec, spec.plain(default))
    return Argument(name=name, sort="text", label=label, help=help_, default=text)


def _example(spec: Records) -> str:
    """A list of one record, as it is written."""
    needed = [name for name, column in spec.columns.items() if column.required]
    shown = needed or list(spec.columns)[:1]
    return json.dumps([{name: _sample(spec.columns[name]) for name in shown}])


def _sample(spec: Field) -> object:
    if isinstance(spec, Layer):
        return "Ink"
    if isinstance(spec, (Number, Range)):
        return spec.minimum
    return spec.choices[0] if isinstance(spec, Choice) else ""


def _keys_of(spec: Records, strings: Strings) -> str:
    """What each record may hold: its keys, what they take, and which are needed."""
    told: list[str] = []
    for name, column in spec.columns.items():
        takes = {"needed": column.required, _takes(column): True}
        said = ", ".join(word for word, on in takes.items() if on and word)
        told.append(
            f"{name}{f' ({said})' if said else ''}: {strings.help(column.label, column.help)}"
        )
    return f"Keys: {' '.join(told)} At most {spec.most}."


def _takes(spec: Field) -> str:
    """Which values a key takes, in JSON."""
    if isinstance(spec, Layer):
        return "a layer's name or number"
    if isinstance(spec, Choice):
        return " or ".join(json.dumps(word) for word in spec.choices)
    if isinstance(spec, Switch):
        return "true or false"
    if isinstance(spec, Number):
        return f"{spec.minimum:g} to {spec.maximum:g} {spec.unit}".rstrip()
    if isinstance(spec, Range):
        return f"[start, end], {spec.minimum:g} to {spec.maximum:g} {spec.unit}".rstrip()
    return ""


def params_of(
    model: EditModel,
    values: Mapping[str, Any],
    drawn: Sequence[Sequence[Sequence[float]]] = (),
    layers: Layers | None = None,
) -> dict[str, object]:
    """The parameters that values of arguments mean; `drawn` are the ways of the selected path.

    `layers` are those of the image, where it is known.
    Raises ParamError for what is no value at all; ranges and rules are looked at by the edit itself.
    """
    params: dict[str, object] = {}
    for name, spec in model.fields.items():
        value = values.get(dashed(name))
        if isinstance(spec, Drags):
            params[name] = _ways(value, values.get(POINTS), drawn)
        elif isinstance(spec, Records):
            params[name] = _records(name, spec, value)
        elif value is not None:
            params[name] = _plain(spec, value)
    if layers is not None:
        params = with_layers(model, params, layers)
    moved = drawn[0] if len(drawn) == 1 and len(drawn[0]) > 1 else None
    where = place_in(model, params)
    if moved is not None and where.dx == where.dy == 0:
        dx, dy = (float(to - of) for of, to in zip(moved[0], moved[-1], strict=True))
        params |= values_for(model, params, replace(where, dx=dx, dy=dy))
    return params


def with_layers(
    model: EditModel, params: Mapping[str, object], layers: Layers
) -> dict[str, object]:
    """Parameters of a script with the keys of the layers that it names. Raises ParamError."""
    return named_layers(model.fields, params, lambda given: _key(given, layers))


def values_of(model: EditModel, params: Mapping[str, Any]) -> dict[str, object]:
    """The values of arguments that mean these parameters: what GIMP keeps as the last ones."""
    values: dict[str, object] = {}
    for name, spec in model.fields.items():
        value = params.get(name)
        if isinstance(spec, Number) and value is not None:
            values[dashed(name)] = int(value) if spec.integer else float(value)
        elif isinstance(value, bool):
            values[dashed(name)] = value
        elif value is not None:
            values[dashed(name)] = _text(spec, value)
    return values


def _text(spec: Field, value: Any) -> str:
    """A plain value as the text of an argument; `params_of` reads it back."""
    if isinstance(spec, Drags):
        return write_ways(value)
    if isinstance(spec, Records):
        return json.dumps(value, ensure_ascii=False) if value else ""
    if isinstance(spec, (Range, Transform)):
        return written(spec, value)
    return " ".join(value) if isinstance(spec, Palette) else str(value)


def _records(name: str, spec: Records, text: Any) -> list[object]:
    """The records of a JSON text. Raises ParamError."""
    try:
        found: object = json.loads(text or "[]")
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise ParamError(name, say("script.records", field=spec.label, value=show(str(text))))
    return cast("list[object]", found)


def _key(given: object, layers: Layers) -> str:
    """The key of a layer that a script calls so. Raises ParamError."""
    found = layers.get(given) if isinstance(given, (str, int)) else None
    if found is None:
        raise ParamError("", say("script.layer", value=show(given)))
    return found


def _plain(spec: Field, value: Any) -> object:
    if isinstance(spec, (Seed, Palette, Range, Transform)):
        return typed(spec, str(value))
    if isinstance(spec, Number) and spec.integer:
        return int(value)
    return value


def _ways(text: Any, points: Any, drawn: Sequence[Sequence[Sequence[float]]]) -> object:
    if text:
        return read_ways(str(text), "drags")
    flat = list(points or ())
    if len(flat) % 4:
        raise ParamError(POINTS, say("script.points", count=len(flat)))
    if flat:
        return [[flat[i : i + 2], flat[i + 2 : i + 4]] for i in range(0, len(flat), 4)]
    return [[list(point) for point in way] for way in drawn]
