# SPDX-License-Identifier: Apache-2.0
"""The options of `pullbrush edit NAME`, made from the edit's own description.

A new edit in `protocol/edits` appears on the command line by itself. Two spellings differ from the
field names because they read better: a list of drags is `--drag`, repeated, and how far to the right and
down is `--by`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protocol.edits import Choice, Drags, EditModel, Field, Layer, Number, Switch

from . import values
from .problem import Problem

METAVARS = {
    "seed": "N",
    "text": "TEXT",
    "number": "NUMBER",
    "switch": "yes|no",
    "palette": "#RRGGBB,…",
    "range": "START..END",
    "transform": "DX,DY,SIZE,TURN",
}


SAMPLES = {
    "drags": "180,90:180,50",
    "text": '"a red boat"',
    "palette": "#aa3311,#224466",
    "records": "'[]'",
    "range": "0..0.6",
    "transform": "40,-10,1.5",
    "switch": "yes",
}
"""A value of each kind, as it is typed; other kinds show one of their own."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option: `name` is its flag without dashes, `fields` the parameters it sets."""

    name: str
    fields: tuple[str, ...]
    help: str
    metavar: str
    level: str
    repeated: bool = False

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")


def field_options(edit: EditModel) -> list[Option]:
    """Options that set parameters, in the order the edit declares them."""
    fields = edit.fields
    by = tuple(edit.part_fields.values())[:2] if edit.moves_object else ()
    options: list[Option] = []
    for name, field in fields.items():
        if isinstance(field, Layer) or name in by[1:]:
            continue  # a layer is given as a picture (below); how far down comes with how far to the right
        if name in by:
            help_ = "How far to the right and down, in document pixels; negative is left and up."
            options.append(
                Option(name="by", fields=by, help=help_, metavar="DX,DY", level=field.level)
            )
        else:
            options.append(_option(name, field))
    return options


def _option(name: str, field: Field) -> Option:
    drags = isinstance(field, Drags)
    return Option(
        name=name.removesuffix("s") if drags else name,
        fields=(name,),
        help=_help(field),
        metavar="X0,Y0:X1,Y1" if drags else _metavar(field),
        level=field.level,
        repeated=drags,
    )


def _metavar(field: Field) -> str:
    if isinstance(field, Choice):
        return "|".join(field.choices)
    return METAVARS.get(field.KIND, "VALUE")


def _help(field: Field) -> str:
    notes: list[str] = []
    if isinstance(field, Number):
        notes.append(
            f"{field.minimum:g} to {field.maximum:g}{' ' + field.unit if field.unit else ''}"
        )
    if not field.required and field.default != "":
        default = field.default
        if isinstance(field, Number) and default == field.auto:
            default = "auto"
        elif isinstance(field, Switch):
            default = "yes" if default else "no"
        elif isinstance(default, float):
            default = f"{default:g}"
        notes.append(f"default {default}")
    return field.help + (f" ({', '.join(notes)})" if notes else "")


def sample(edit: EditModel, option: Option) -> str:
    """A value that this option accepts, for examples."""
    if len(option.fields) == 2:
        return "40,-10"
    field = edit.fields[option.fields[0]]
    if isinstance(field, Choice):
        return field.choices[0]
    if isinstance(field, Number):
        return f"{field.minimum:g}"
    return SAMPLES.get(field.KIND, "1")


def params_from_texts(edit: EditModel, given: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """The edit's parameters from texts by option name; a field's own name is understood as well.

    Raises Problem for names the edit does not have and for texts that are no value.
    """
    fields = edit.fields
    by_name = {option.name: option for option in field_options(edit)}
    params: dict[str, object] = {}
    for name, texts in given.items():
        key = name.replace("-", "_")
        option = by_name.get(key)
        if option is not None and len(option.fields) == 2:
            params.update(zip(option.fields, values.pair(texts[-1], option.flag), strict=True))
        elif option is not None:
            params[option.fields[0]] = values.parse(fields[option.fields[0]], texts, option.flag)
        elif key in fields:
            params[key] = values.parse(fields[key], texts, name)
        else:
            known = ", ".join(by_name)
            raise Problem(f"“{name}” is not a setting of {edit.kind}; there are {known}.")
    return params
