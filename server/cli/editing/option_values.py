# SPDX-License-Identifier: Apache-2.0
"""From what is typed to what an edit takes: text → plain values, by kind of field.

Ranges, choices and lengths are not looked at here; the edit itself refuses what it cannot use.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence

from protocol.edits import (
    Choice,
    Drags,
    Field,
    Layer,
    Number,
    Palette,
    Range,
    Records,
    Seed,
    Switch,
    Text,
    Transform,
)
from protocol.plugin.typing_in import typed
from server.cli.problem import Problem

_PAIR = re.compile(
    r"""\s*([A-Za-z][\w-]*)\s*=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^,"'][^,]*|)\s*(?:,\s*|$)""",
    re.DOTALL,
)
"""One `key=value` of a record and the comma behind it; a value in quotes may hold commas."""
_ESCAPED = re.compile(r"""\\(["'\\])""")
RECORD_FORM = "KEY=VALUE,KEY=VALUE (in quotes where a value holds a comma)"
YES, NO = {"yes", "true", "on", "1"}, {"no", "false", "off", "0"}
RANGE_FORM = "START..END, such as 0..0.6"
PLACE_FORM = "DX,DY or DX,DY,SIZE or DX,DY,SIZE,TURN, such as 40,-10,1.5,30"
DRAG_FORM = "X0,Y0:X1,Y1 (from:to, in document pixels; more points between are way-points)"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


def number(text: str, flag: str) -> float:
    """A number, with a point as decimal sign."""
    try:
        value = float(text)
    except ValueError:
        raise Problem(f"{flag} must be a number such as 1.5, not “{_short(text)}”.") from None
    if math.isnan(value):
        raise Problem(f"{flag}: “{text}” is not a number.")
    if math.isinf(value):
        raise Problem(f"{flag}: “{_short(text)}” is larger than any number that is possible here.")
    return value


def whole(text: str, flag: str) -> int:
    """A whole number of any length."""
    try:
        return int(text)
    except ValueError:
        raise Problem(f"{flag} must be a whole number such as 7, not “{_short(text)}”.") from None


def pair(text: str, flag: str, form: str = "DX,DY") -> tuple[float, float]:
    """Two numbers with a comma between them."""
    parts = text.split(",")
    if len(parts) != 2:
        raise Problem(f"{flag} must look like {form}, two numbers, not “{text}”.")
    return number(parts[0], flag), number(parts[1], flag)


def drag(text: str, flag: str) -> list[list[float]]:
    """Points of one drag; a single point is a pin that stays where it is."""
    parts = text.strip().split(":")
    if any(part.count(",") != 1 for part in parts):
        raise Problem(f"{flag} must look like {DRAG_FORM}, not “{text}”.")
    return [list(pair(part, flag, DRAG_FORM)) for part in parts]


def switch(text: str, flag: str) -> bool:
    """Yes or no."""
    word = text.strip().lower()
    if word not in YES | NO:
        raise Problem(f"{flag} must be yes or no, not “{text}”.")
    return word in YES


def _no_constant(text: str) -> object:
    """NaN and Infinity, which Python would read though JSON has none."""
    raise ValueError(text)


def records(columns: Mapping[str, Field], texts: Sequence[str], flag: str) -> object:
    """A list of named values: each text is one record, `KEY=VALUE,…`, or several as JSON."""
    found: list[object] = []
    for text in texts:
        if text.lstrip().startswith("["):
            found += _as_json(text, flag)
        else:
            found.append(_record(columns, text, f"{flag} {len(found) + 1}"))
    return found


def _as_json(text: str, flag: str) -> list[object]:
    try:
        return list(json.loads(text, parse_constant=_no_constant))
    except ValueError:
        raise Problem(f"{flag} must be JSON such as [{{…}}], not “{_short(text)}”.") from None


def _record(columns: Mapping[str, Field], text: str, flag: str) -> dict[str, object]:
    """One record; what its keys need is looked at by the edit itself."""
    found: dict[str, object] = {}
    rest = text.strip()
    while rest:
        pair = _PAIR.match(rest)
        if pair is None:
            raise Problem(f"{flag} must look like {RECORD_FORM}, not “{_short(text)}”.")
        key, value = pair[1].replace("-", "_"), _unquoted(pair[2])
        if key not in columns:
            raise Problem(
                f"{flag}: “{_short(key)}” is none of its keys; there are {', '.join(columns)}."
            )
        if key in found:
            raise Problem(f"{flag}: {key} is given twice; leave one out.")
        several = value.split() if isinstance(columns[key], Drags) else [value]
        found[key] = parse(columns[key], several or [""], f"{flag}, {key}")
        rest = rest[pair.end() :]
    lacking = [key for key, column in columns.items() if column.required and key not in found]
    if lacking:
        raise Problem(f"{flag}: {lacking[0]}= is missing; add it.")
    return found


def _unquoted(value: str) -> str:
    value = value.strip()
    return _ESCAPED.sub(r"\1", value[1:-1]) if value[:1] in ("'", '"') else value


def _formed(field: Field, text: str, flag: str, form: str) -> object:
    value = typed(field, text)
    if value is text:
        raise Problem(f"{flag} must look like {form}, not “{_short(text)}”.")
    return value


def _last(read: Callable[[str, str], object]) -> Callable[[Sequence[str], str], object]:
    """The last of several wins, as everywhere on command lines."""
    return lambda texts, flag: read(texts[-1], flag)


def _number_of(field: Number) -> Callable[[str, str], object]:
    return whole if field.integer else number


def parse(field: Field, texts: Sequence[str], flag: str) -> object:
    """The value of one field from all texts given for it; raises Problem with a sentence."""
    match field:
        case Number():
            if field.auto is not None and texts[-1] == "auto":
                return field.auto
            return _last(_number_of(field))(texts, flag)
        case Seed():
            return _last(whole)(texts, flag)
        case Switch():
            return _last(switch)(texts, flag)
        case Choice() | Text() | Layer():
            return texts[-1]
        case Drags():
            return [drag(text, flag) for text in texts]
        case Palette():
            return [color for text in texts for color in text.split(",")]
        case Range():
            return _formed(field, texts[-1], flag, RANGE_FORM)
        case Transform():
            return _formed(field, texts[-1], flag, PLACE_FORM)
        case Records():
            return records(field.columns, texts, flag)
        case _:
            raise Problem(f"{flag} cannot be set from the command line.")
