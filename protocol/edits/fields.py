# SPDX-License-Identifier: Apache-2.0
"""Fields that hold one value: number, choice, switch, text, range, seed.

A field describes one parameter of an edit. From it come the command line's option, the engine's
validation, the row in both panels and the line in the docs, so nothing about a parameter is said
twice. `parse` accepts plain values (what JSON and msgpack hold) and values that were parsed already.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, cast

from .problem import ParamError, say, show

Level = Literal["basic", "advanced", "internal"]
LEVELS: tuple[Level, ...] = ("basic", "advanced", "internal")
SEED_MAX = 2**63 - 1
Part = Literal["", "dx", "dy", "scale", "rotation"]


class _Required:
    """Marks a field that has no default."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = _Required()


@dataclass(frozen=True)
class When:
    """A field is shown only while another one, `field` of the same edit or record, has one of these `values`: texts,
    numbers, yes or no."""

    field: str
    values: tuple[object, ...]

    def __post_init__(self) -> None:
        if not all(isinstance(one, (str, int, float)) for one in self.values):
            raise ValueError("a field can wait for texts, numbers, yes or no")

    @classmethod
    def of(cls, given: object) -> When:
        """Read `{"field": …, "values": […]}`; raises ValueError for anything else."""
        if isinstance(given, When):
            return given
        if isinstance(given, Mapping):
            plain = cast("Mapping[str, object]", given)
            name, values = plain.get("field"), plain.get("values")
            if isinstance(name, str) and isinstance(values, (list, tuple)):
                return cls(name, tuple(cast("Sequence[object]", values)))
        raise ValueError("this does not say when a field is shown")

    def plain(self) -> dict[str, object]:
        return {"field": self.field, "values": list(self.values)}


@dataclass(frozen=True, kw_only=True)
class Field(ABC):
    """One parameter: what it is called, what it does, and which values it takes.

    `label` is a message id (its English text is in `texts/en.json`); `help` is one English sentence,
    its translations go under `<label>.help`.
    """

    KIND: ClassVar[str] = ""

    label: str
    help: str
    level: Level = "basic"
    unit: str = ""
    default: Any = REQUIRED
    kept: bool = False
    """Whether what the artist chose last is the beginning of the next document."""
    when: When | None = None
    """When it is shown; while it is not, it has its default, whatever was set."""

    def __post_init__(self) -> None:
        if self.when is not None:
            object.__setattr__(self, "when", When.of(self.when))
            if self.required:
                raise ValueError(f"{self.label} is not always shown, so it needs a default")
        if self.level not in LEVELS:
            raise ValueError(f"level must be one of {', '.join(LEVELS)}, not {show(self.level)}")
        if self.default is not REQUIRED:
            object.__setattr__(self, "default", self.parse(self.default, self.label))

    @property
    def required(self) -> bool:
        """Whether the edit cannot run without a value for this."""
        return self.default is REQUIRED

    @abstractmethod
    def parse(self, value: object, path: str) -> Any:
        """Return the checked Python value, or raise ParamError at `path`."""

    def plain(self, value: Any) -> object:
        """Return `value` as JSON and msgpack can hold it."""
        return value

    @abstractmethod
    def constraints(self) -> dict[str, object]:
        """Return the JSON Schema keywords that say which values are allowed."""

    def hints(self) -> dict[str, object]:
        """Return what a panel needs beyond JSON Schema: this field's own attributes that differ."""
        skip = ("help", "default")
        own = {f.name: (getattr(self, f.name), f.default) for f in fields(self)}
        return {
            name: _plain_hint(value)
            for name, (value, usual) in own.items()
            if name not in skip and value != usual
        }


def _plain_hint(value: object) -> object:
    if isinstance(value, When):
        return value.plain()
    return list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value


@dataclass(frozen=True, kw_only=True)
class Number(Field):
    """A number in [minimum, maximum], or exactly `auto`, which means "choose for me".

    `part`: it is one part of where an object goes, which all numbers of the edit with a part say together; a canvas
    shows them as one thing to pull. `chooses_frame`: it says which of the frames that the edit returns is the result,
    counted from 0; `auto` is the last one.
    """

    KIND: ClassVar[str] = "number"

    minimum: float
    maximum: float
    step: float = 1.0
    integer: bool = False
    auto: float | None = None
    part: Part = ""
    chooses_frame: bool = False

    def __post_init__(self) -> None:
        if not (self.minimum <= self.maximum and self.step > 0):
            raise ValueError(f"{self.minimum} to {self.maximum} by {self.step} is no range")
        super().__post_init__()

    def parse(self, value: object, path: str) -> int | float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ParamError(path, say("value.number", field=self.label, value=show(value)))
        if isinstance(value, float) and not math.isfinite(value):
            raise ParamError(path, say("value.number", field=self.label, value=show(value)))
        if self.auto is not None and value == self.auto:
            return self._typed(self.auto)
        if not self.minimum <= value <= self.maximum:
            why = "value.range" if self.auto is None else "value.range_auto"
            span = {"low": f"{self.minimum:g}", "high": f"{self.maximum:g}"}
            raise ParamError(path, say(why, field=self.label, **span, value=show(value)))
        if self.integer and value != int(value):
            raise ParamError(path, say("value.whole", field=self.label, value=show(value)))
        return self._typed(value)

    def _typed(self, value: float) -> int | float:
        return int(value) if self.integer else float(value)

    def constraints(self) -> dict[str, object]:
        kind = "integer" if self.integer else "number"
        span: dict[str, object] = {"type": kind, "minimum": self.minimum, "maximum": self.maximum}
        return span if self.auto is None else {"anyOf": [span, {"const": self.auto}]}


@dataclass(frozen=True, kw_only=True)
class Choice(Field):
    """One word of a fixed list; the label of a word has the message id `<label>.<word>`.

    `without_model` are those of the words with which the edit needs no model at all.
    """

    KIND: ClassVar[str] = "choice"

    choices: tuple[str, ...]
    without_model: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "choices", tuple(self.choices))
        object.__setattr__(self, "without_model", tuple(self.without_model))
        if not all(
            isinstance(cast("object", word), str) and word for word in self.choices or ("",)
        ):
            raise ValueError(f"{self.label} needs at least one word to choose from")
        super().__post_init__()

    def parse(self, value: object, path: str) -> str:
        if not isinstance(value, str) or value not in self.choices:
            words = ", ".join(self.choices)
            values = {"words": words, "value": show(value)}
            raise ParamError(path, say("value.choice", field=self.label, **values))
        return value

    def constraints(self) -> dict[str, object]:
        return {"type": "string", "enum": list(self.choices)}


@dataclass(frozen=True, kw_only=True)
class Text(Field):
    """Words the artist writes.

    `suggest` names a list of the engine to pick from, such as `models` (that list is of those the edit works with).
    What the engine has no such list of is typed.
    """

    KIND: ClassVar[str] = "text"

    longest: int = 2000
    lines: int = 1
    suggest: str = ""

    def parse(self, value: object, path: str) -> str:
        if not isinstance(value, str):
            raise ParamError(path, say("value.text", field=self.label, value=show(value)))
        if len(value) > self.longest:
            counted = {"count": len(value), "most": self.longest}
            raise ParamError(path, say("value.long", field=self.label, **counted))
        if any(_is_control(letter) for letter in value):
            raise ParamError(path, say("value.letters", field=self.label))
        return value

    def constraints(self) -> dict[str, object]:
        return {"type": "string", "maxLength": self.longest}


def is_free_text(spec: Field) -> bool:
    """Whether this takes words of the artist's own, not a name out of a list."""
    return isinstance(spec, Text) and not spec.suggest and spec.lines > 1


@dataclass(frozen=True, kw_only=True)
class Range(Field):
    """From where to where, both within [minimum, maximum]; the start is never behind the end."""

    KIND: ClassVar[str] = "range"

    minimum: float = 0.0
    maximum: float = 1.0
    step: float = 0.05

    def __post_init__(self) -> None:
        if not (self.minimum <= self.maximum and self.step > 0):
            raise ValueError(f"{self.minimum} to {self.maximum} by {self.step} is no range")
        super().__post_init__()

    def parse(self, value: object, path: str) -> tuple[float, float]:
        ends = _numbers_in(value)
        if len(ends) != 2:
            raise ParamError(path, say("value.pair", field=self.label, value=show(value)))
        start, end = ends
        if not self.minimum <= start <= end <= self.maximum:  # also refuses NaN
            span = {"low": f"{self.minimum:g}", "high": f"{self.maximum:g}"}
            given = f"{show(start)} – {show(end)}"
            raise ParamError(path, say("value.ends", field=self.label, **span, value=given))
        return float(start), float(end)

    def plain(self, value: tuple[float, float]) -> object:
        return list(value)

    def constraints(self) -> dict[str, object]:
        end = {"type": "number", "minimum": self.minimum, "maximum": self.maximum}
        return {"type": "array", "prefixItems": [end, end], "minItems": 2, "maxItems": 2}


def _numbers_in(value: object) -> list[float]:
    """The numbers of a list of nothing else, else none."""
    if not isinstance(value, (list, tuple)):
        return []
    items = cast("Sequence[object]", value)
    found = [one for one in items if isinstance(one, (int, float)) and not isinstance(one, bool)]
    return list(found) if len(found) == len(items) else []


@dataclass(frozen=True, kw_only=True)
class Seed(Field):
    """The number all noise is drawn from; the same seed gives the same picture."""

    KIND: ClassVar[str] = "seed"

    def parse(self, value: object, path: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ParamError(path, say("value.whole", field=self.label, value=show(value)))
        if not 0 <= value <= SEED_MAX:
            span = {"low": 0, "high": SEED_MAX, "value": show(value)}
            raise ParamError(path, say("value.range", field=self.label, **span))
        return value

    def constraints(self) -> dict[str, object]:
        return {"type": "integer", "minimum": 0, "maximum": SEED_MAX}


@dataclass(frozen=True, kw_only=True)
class Switch(Field):
    """Yes or no."""

    KIND: ClassVar[str] = "switch"

    def parse(self, value: object, path: str) -> bool:
        if not isinstance(value, bool):
            raise ParamError(path, say("value.switch", field=self.label, value=show(value)))
        return value

    def constraints(self) -> dict[str, object]:
        return {"type": "boolean"}


def _is_control(letter: str) -> bool:
    code = ord(letter)
    return (code < 32 and letter not in "\n\t") or code == 127 or 0xD800 <= code <= 0xDFFF


def hidden_fields(columns: Mapping[str, Field], values: Mapping[str, object]) -> frozenset[str]:
    """Names of the fields that are not shown with these values, plain or checked.

    A field that waits for one that is hidden itself goes by that one's default; one that waits for a field that is
    not there is shown.
    """

    def is_shown(name: str, asked: tuple[str, ...] = ()) -> bool:
        when = columns[name].when
        if when is None or when.field not in columns or when.field in asked:
            return True
        other = columns[when.field]
        shown = is_shown(when.field, (*asked, name))
        return (values.get(when.field, other.default) if shown else other.default) in when.values

    return frozenset(name for name in columns if not is_shown(name))


def needs_model(columns: Mapping[str, Field], values: Mapping[str, object]) -> bool:
    """Whether an edit with these values, plain or checked, needs a model; those not given have their default."""
    hidden = hidden_fields(columns, values)
    return not any(
        (spec.default if name in hidden else values.get(name, spec.default)) in spec.without_model
        for name, spec in columns.items()
        if isinstance(spec, Choice)
    )
