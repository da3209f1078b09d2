# SPDX-License-Identifier: Apache-2.0
"""What a panel shows, without a toolkit: rows made from the edit's description, and why things are grey.

A panel draws `rows`, calls `set` or `type_in` when the artist changes one, and asks `grey` about its button.
A value that is not possible yet (half a number, no drag) is kept as it was typed, with its problem beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from ..edits import (
    MODELS,
    Choice,
    EditModel,
    Field,
    Layer,
    Mask,
    Number,
    ParamError,
    Placed,
    Range,
    Records,
    Seed,
    Text,
    Transform,
    hidden_fields,
)
from ..edits.fields import LEVELS
from ..edits.fields import Level as FieldLevel
from ..sentences import Sentence
from .film_strip import FramePicture
from .strings import Strings
from .typing_in import typed

WIDGETS: Mapping[str, str] = {
    "number": "slider",
    "choice": "combo",
    "switch": "check",
    "text": "line",
    "range": "range",
    "seed": "seed",
    "layer": "layers",
    "mask": "layers",
    "drags": "drags",
    "transform": "transform",
    "palette": "colors",
    "records": "list",
}


SUGGESTED = (MODELS,)
"""The lists that an engine sends; of any other that a field names, a word is typed."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One parameter as a panel shows it.

    Of a transform, `columns` are the rows of its parts; of a list, those that any of its records may have, and
    `records` those of each as it stands: its value is a list of plain records. `fields` are the descriptions behind
    columns. `needed`: it has no default.
    `selection` says that the selection can be picked as well as a layer. `pictures` show what some values of a number
    look like; such a row is a `film`, a slider with a strip of them.
    """

    name: str
    widget: str
    label: str
    help: str
    unit: str
    level: FieldLevel
    value: Any
    problem: str
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    auto: float | None = None
    whole: bool = False
    lines: int = 1
    suggest: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    most: int | None = None
    selection: bool = False
    needed: bool = False
    columns: tuple[Row, ...] = ()
    records: tuple[tuple[Row, ...], ...] = ()
    fields: Mapping[str, Field] = field(default_factory=dict[str, Field], compare=False, repr=False)
    pictures: tuple[FramePicture, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PanelModel:
    """One edit on a panel: the values as they stand, possible or not.

    Immutable: `set` returns the panel as it is afterwards.
    """

    edit: EditModel
    strings: Strings = field(default_factory=Strings, compare=False)
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    problems: Mapping[str, str] = field(default_factory=dict[str, str])
    level: FieldLevel = "basic"

    @property
    def label(self) -> str:
        """The edit's name in the artist's language."""
        return self.strings.text(self.edit.label, self.edit.kind)

    @property
    def help(self) -> str:
        """One sentence about the edit."""
        return self.strings.help(self.edit.label, self.edit.help)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The parameters of the chosen level and of those below it that are shown now, in the edit's order."""
        shown, hidden = self._levels, self.hidden
        return tuple(
            self.row(name)
            for name, spec in self.edit.fields.items()
            if spec.level in shown and name not in hidden
        )

    @property
    def hidden(self) -> frozenset[str]:
        """The parameters that are not shown with these values; what was set there waits, the default is used."""
        return hidden_fields(self.edit.fields, self.values)

    def row(self, name: str) -> Row:
        """One parameter as it stands."""
        spec, value, problem = self.edit.fields[name], self.value(name), self.problem(name)
        if isinstance(spec, Records):
            if value is not None and name not in self.problems:
                value = spec.plain(value)
            if isinstance(problem, Sentence) and problem.id == "records.entry":
                problem = ""  # it stands in the entry
        return _row(name, spec, value, self.strings.said(problem), self.strings, self._levels)

    @property
    def _levels(self) -> tuple[FieldLevel, ...]:
        return LEVELS[: LEVELS.index(self.level) + 1]

    def value(self, name: str) -> Any:
        """The value as it was set, else the default, else None."""
        spec = self.edit.fields[name]
        return self.values.get(name, None if spec.required else spec.default)

    def problem(self, name: str) -> str:
        """Why this value is not possible, or an empty text."""
        if name in self.problems or not self.edit.fields[name].required or name in self.values:
            return self.problems.get(name, "")
        try:
            self.edit.fields[name].parse((), name)
        except ParamError as problem:
            return problem.message
        return ""

    def set(self, name: str, value: object) -> PanelModel:
        """Set a typed or plain value; raises KeyError for a parameter that the edit does not have."""
        problems = {key: text for key, text in self.problems.items() if key != name}
        try:
            value = self.edit.fields[name].parse(value, name)
        except ParamError as problem:
            problems[name] = problem.message
        return replace(self, values={**self.values, name: value}, problems=problems)

    def type_in(self, name: str, text: str) -> PanelModel:
        """Set a value from text as the artist types it: `50 %`, `12,5 px`, `auto`, `on`, `#a0c4ff`."""
        return self.set(name, typed(self.edit.fields[name], text))

    def set_all(self, params: Mapping[str, object]) -> PanelModel:
        """Set what is known of a recipe's parameters and keep the rest as it is."""
        panel = self
        for name in params.keys() & self.edit.fields.keys():
            panel = panel.set(name, params[name])
        return panel

    def reset(self, name: str) -> PanelModel:
        """Go back to the default."""
        values = {key: value for key, value in self.values.items() if key != name}
        problems = {key: text for key, text in self.problems.items() if key != name}
        return replace(self, values=values, problems=problems)

    def show(self, level: FieldLevel) -> PanelModel:
        """Show parameters up to this level."""
        return replace(self, level=level)

    @property
    def first_problem(self) -> tuple[str, str] | None:
        """Name and problem of the first parameter that is not possible."""
        hidden = self.hidden
        for name in self.edit.fields:
            if name not in hidden and (problem := self.problem(name)):
                return name, problem
        return None

    def params(self) -> dict[str, object]:
        """Return complete plain parameters; raises ParamError for the first that is not possible."""
        if first := self.first_problem:
            raise ParamError(*first)
        return self.edit.plain(self.edit.parse(dict(self.values)))

    def grey(self, *, engine: bool, roles: Collection[str]) -> str:
        """Say why the edit cannot run, or nothing when it can; `roles` are the pictures there are."""
        if self.edit.beyond:
            return self.strings.text("grey.newer", names=", ".join(self.edit.beyond))
        if not engine:
            return self.strings.text("grey.engine")
        for role in self.edit.roles:
            if role.required and role.role not in roles:
                return self.strings.text("grey.no_mask")
        if first := self.first_problem:
            return self.strings.said(first[1])
        return ""


def records_in(value: object) -> list[Mapping[str, Any]]:
    """The records of a list as far as they are any."""
    given = cast("Iterable[object]", value) if isinstance(value, (list, tuple)) else ()
    return [cast("Mapping[str, Any]", one) for one in given if isinstance(one, Mapping)]


def _rows_of(
    columns: Mapping[str, Field],
    record: Mapping[str, Any],
    strings: Strings,
    levels: Collection[FieldLevel],
) -> tuple[Row, ...]:
    """The rows of one plain record that are shown with its values, each with its own problem."""
    rows: list[Row] = []
    hidden = hidden_fields(columns, record)
    for name, spec in columns.items():
        if spec.level not in levels or name in hidden:
            continue
        value = record.get(name, None if spec.required else spec.plain(spec.default))
        if isinstance(spec, Layer) and spec.required and not value:
            value = None  # still to be chosen
        problem = _problem(spec, value, name) if value is not None else ""
        rows.append(_row(name, spec, value, strings.said(problem), strings, levels))
    return tuple(rows)


def _problem(spec: Field, value: object, name: str) -> str:
    try:
        spec.parse(value, name)
    except ParamError as problem:
        return problem.message
    return ""


def _row(
    name: str,
    spec: Field,
    value: Any,
    problem: str,
    strings: Strings,
    levels: Collection[FieldLevel],
) -> Row:
    shape: dict[str, Any] = {}
    if isinstance(spec, Range):
        shape = {"minimum": spec.minimum, "maximum": spec.maximum, "step": spec.step}
    elif isinstance(spec, Transform):
        parts = spec.plain(value) if isinstance(value, Placed) else value
        given = cast("Mapping[str, Any]", parts if isinstance(parts, Mapping) else {})
        columns = (
            _row(key, one, given.get(key, one.default), "", strings, levels)
            for key, one in spec.columns.items()
        )
        shape = {
            "columns": tuple(columns),
            "fields": {str(part): one for part, one in spec.columns.items()},
        }
    elif isinstance(spec, Number):
        shape = {"minimum": spec.minimum, "maximum": spec.maximum, "step": spec.step}
        shape |= {"auto": spec.auto, "whole": spec.integer}
    elif isinstance(spec, Seed):
        shape = {"minimum": 0, "maximum": (1 << 63) - 1, "step": 1, "whole": True}
    elif isinstance(spec, Choice):
        words = ((word, strings.text(f"{spec.label}.{word}", word)) for word in spec.choices)
        shape = {"choices": tuple(words)}
    elif isinstance(spec, Text):
        shape = {"lines": spec.lines, "suggest": spec.suggest, "most": spec.longest}
    elif isinstance(spec, Records):
        records = (_rows_of(spec.columns, one, strings, levels) for one in records_in(value))
        shape = {
            "most": spec.most,
            "columns": tuple(
                _row(key, one, None, "", strings, levels) for key, one in spec.columns.items()
            ),
            "records": tuple(records),
            "fields": spec.columns,
        }
    elif isinstance(spec, Layer):
        shape = {"selection": isinstance(spec, Mask)}
    else:
        shape = {"most": getattr(spec, "most", None)}
    return Row(
        name=name,
        widget=_widget(spec),
        label=strings.text(spec.label, name),
        help=strings.help(spec.label, spec.help),
        unit=spec.unit,
        level=spec.level,
        value=value,
        problem=problem,
        needed=spec.required,
        **shape,
    )


def _widget(spec: Field) -> str:
    if isinstance(spec, Text) and spec.suggest in SUGGESTED:
        return "suggest"
    if isinstance(spec, Text) and spec.lines > 1:
        return "box"
    return WIDGETS[spec.KIND]
