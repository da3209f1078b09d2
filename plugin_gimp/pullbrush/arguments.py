# SPDX-License-Identifier: GPL-3.0-or-later
"""An edit as a procedure: which arguments it takes, and from their values to the edit's parameters.

Made from the edit's own description, so that every parameter is there and a new edit needs nothing here. Drags come
as text (`drags`, as on the command line) or as numbers (`points`); without either they are the selected path, whose
one stroke also says how far an object is moved when no numbers do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from .protocol.edits import (
    Choice,
    Drags,
    EditModel,
    Field,
    Number,
    Palette,
    ParamError,
    Records,
    Seed,
    Switch,
)
from .protocol.plugin.shifting import place_in, values_for
from .protocol.plugin.strings import Strings
from .protocol.plugin.typing_in import typed
from .protocol.plugin.ways_text import read_ways, write_ways
from .protocol.sentences import say

Sort = Literal["text", "whole", "number", "choice", "switch", "numbers"]
POINTS = "points"


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
    text = str(default) if isinstance(spec, Seed) and default is not None else default
    return Argument(
        name=name,
        sort="text",
        label=label,
        help=help_,
        default=text if isinstance(text, str) else "",
    )


def params_of(
    model: EditModel, values: Mapping[str, Any], drawn: Sequence[Sequence[Sequence[float]]] = ()
) -> dict[str, object]:
    """The parameters that values of arguments mean; `drawn` are the ways of the selected path.

    Raises ParamError for what is no value at all; ranges and rules are looked at by the edit itself.
    """
    params: dict[str, object] = {}
    for name, spec in model.fields.items():
        value = values.get(dashed(name))
        if isinstance(spec, Drags):
            params[name] = _ways(value, values.get(POINTS), drawn)
        elif isinstance(spec, Records):
            if value:
                raise ParamError(name, say("script.field", field=spec.label))
        elif value is not None:
            params[name] = _plain(spec, value)
    moved = drawn[0] if len(drawn) == 1 and len(drawn[0]) > 1 else None
    where = place_in(model, params)
    if moved is not None and where.dx == where.dy == 0:
        dx, dy = (float(to - of) for of, to in zip(moved[0], moved[-1], strict=True))
        params |= values_for(model, params, replace(where, dx=dx, dy=dy))
    return params


def values_of(model: EditModel, params: Mapping[str, Any]) -> dict[str, object]:
    """The values of arguments that mean these parameters: what GIMP keeps as the last ones."""
    values: dict[str, object] = {}
    for name, spec in model.fields.items():
        value = params.get(name)
        if isinstance(spec, Drags):
            values[dashed(name)] = write_ways(value or ())
        elif isinstance(spec, Number) and value is not None:
            values[dashed(name)] = int(value) if spec.integer else float(value)
        elif isinstance(value, (bool, int, str)):
            values[dashed(name)] = value if isinstance(value, bool) else str(value)
    return values


def _plain(spec: Field, value: Any) -> object:
    if isinstance(spec, (Seed, Palette)):
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
