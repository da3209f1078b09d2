# SPDX-License-Identifier: Apache-2.0
"""The options of `pullbrush edit NAME`, made from the edit's own description.

A new edit in `protocol/edits` appears on the command line by itself. Two spellings differ from the
field names because they read better: a list of drags is `--drag`, repeated, and how far to the right and
down is `--by`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protocol.edits import (
    Choice,
    Drags,
    EditModel,
    Field,
    ImageRole,
    Mask,
    Number,
    Range,
    Records,
    Switch,
    Transform,
)
from protocol.plugin.layer_names import layer_roles
from protocol.plugin.typing_in import written
from server.cli.problem import Problem

from . import option_values

METAVARS = {
    "drags": "X0,Y0:X1,Y1",
    "layer": "LAYER|FILE",
    "records": "KEY=VALUE,…",
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
    "layer": "ink",
    "mask": "selection",
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
    by = edit.shift_fields
    options: list[Option] = []
    for name, field in fields.items():
        if name in by[1:]:
            continue  # how far down comes with how far to the right
        if name in by:
            help_ = "How far to the right and down, in document pixels; negative is left and up."
            options.append(
                Option(name="by", fields=by, help=help_, metavar="DX,DY", level=field.level)
            )
        else:
            options.append(_option(name, field))
    return options


def picture_roles(edit: EditModel) -> list[ImageRole]:
    """The pictures that have an option of their own: all but the source, and those that a parameter names."""
    named = layer_roles(edit.fields)
    return [r for r in edit.roles if r.role != "source" and r.role.split(".")[0] not in named]


def _option(name: str, field: Field) -> Option:
    repeated = isinstance(field, (Drags, Records))
    item = field.item if isinstance(field, Records) else ""
    return Option(
        name=item or (name.removesuffix("s") if repeated else name),
        fields=(name,),
        help=_help(field),
        metavar=_metavar(field),
        level=field.level,
        repeated=repeated,
    )


def _metavar(field: Field) -> str:
    if isinstance(field, Choice):
        return "|".join(field.choices)
    if isinstance(field, Mask):
        return "selection|LAYER|FILE"
    return METAVARS.get(field.KIND, "VALUE")


def keys_of(field: Records) -> str:
    """The keys of a record as they are typed, each with what it takes."""
    return "; ".join(
        f"{key}={_metavar(column)} {_described(column)}" for key, column in field.columns.items()
    )


def _described(column: Field) -> str:
    notes = [*_notes(column), *(["needed"] if column.required else [])]
    return column.help.rstrip(".") + (f" ({', '.join(notes)})" if notes else "")


def _help(field: Field) -> str:
    notes = _notes(field)
    text = field.help + (f" ({', '.join(notes)})" if notes else "")
    if isinstance(field, Records):
        text += f" Once for each, {field.most} at most. Keys: {keys_of(field)}."
    return text


def only_when(field: Field) -> str:
    """With which values of another field this one counts, "" for always."""
    if field.when is None:
        return ""
    words = ("yes" if one is True else "no" if one is False else one for one in field.when.values)
    return f"only with {field.when.field} {' or '.join(map(str, words))}"


def _notes(field: Field) -> list[str]:
    """What there is to know of a field's values: from where to where, and the default."""
    notes = [only_when(field)] if field.when is not None else []
    if isinstance(field, (Number, Range)):
        notes.append(
            f"{field.minimum:g} to {field.maximum:g}{' ' + field.unit if field.unit else ''}"
        )
    if field.required or field.default in ("", ()):
        return notes
    default = field.default
    if isinstance(field, Number) and default == field.auto:
        default = "auto"
    elif isinstance(field, Switch):
        default = "yes" if default else "no"
    elif isinstance(field, (Range, Transform)):
        default = written(field, default)
    elif isinstance(field, Records):
        default = f"{len(default)} of them"
    elif isinstance(default, float):
        default = f"{default:g}"
    return [*notes, f"default {default}"]


def completed(field: Records, begun: str) -> list[str]:
    """What a shell offers for a record of which this was typed."""
    done, comma, last = begun.rpartition(",")
    key, equals, _ = last.partition("=")
    if equals:
        words = _words(field.columns.get(key))
        return [f"{done}{comma}{key}={word}" for word in words]
    given = {one.partition("=")[0] for one in done.split(",")}
    return [f"{done}{comma}{name}=" for name in field.columns if name not in given]


def _words(field: Field | None) -> list[str]:
    if isinstance(field, Choice):
        return list(field.choices)
    return ["yes", "no"] if isinstance(field, Switch) else []


def sample(edit: EditModel, option: Option) -> str:
    """A value that this option accepts, for examples."""
    if len(option.fields) == 2:
        return "40,-10"
    return _sample(edit.fields[option.fields[0]])


def _sample(field: Field) -> str:
    if isinstance(field, Choice):
        return field.choices[0]
    if isinstance(field, Number):
        return f"{field.minimum:g}"
    if isinstance(field, Records):
        needed = [(key, column) for key, column in field.columns.items() if column.required]
        return ",".join(f"{key}={_sample(column)}" for key, column in needed)
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
            params.update(
                zip(option.fields, option_values.pair(texts[-1], option.flag), strict=True)
            )
        elif option is not None:
            params[option.fields[0]] = option_values.parse(
                fields[option.fields[0]], texts, option.flag
            )
        elif key in fields:
            params[key] = option_values.parse(fields[key], texts, name)
        else:
            known = ", ".join(by_name)
            raise Problem(f"“{name}” is not a setting of {edit.kind}; there are {known}.")
    return params
