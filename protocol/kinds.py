# SPDX-License-Identifier: Apache-2.0
"""Kinds of field: what a value may be, checked and described from one declaration.

A field of a record is annotated as `Annotated[int, Int(0, 7)]`. The kind reads a value (checks it and brings it
into its one form) and describes itself for the documentation; `record.py` finds it in the annotation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from .errors import ParamError
from .limits import HEADER_DEPTH_MAX

INT_MAX = 2**63 - 1
KEY_MAX = 200


class Kind(Protocol):
    """What every kind can do."""

    def read(self, value: object) -> object:
        """Return the value in its one form; raises ParamError with a path relative to it."""
        ...

    def describe(self) -> str:
        """Say in a few words what is allowed."""
        ...


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def read(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise ParamError("", f"must be true or false, not {shown(value)}")
        return value

    def describe(self) -> str:
        return "true or false"


@dataclass(frozen=True)
class Int:
    """A whole number between two others, both allowed."""

    low: int = 0
    high: int = INT_MAX

    def read(self, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ParamError("", f"must be a whole number, not {shown(value)}")
        if not self.low <= value <= self.high:
            raise ParamError("", f"must be {self.low} to {self.high}, not {value}")
        return value

    def describe(self) -> str:
        high = "2⁶³-1" if self.high == INT_MAX else str(self.high)
        return f"whole number {self.low} … {high}"


@dataclass(frozen=True)
class Real:
    """A finite number between two others, both allowed."""

    low: float
    high: float

    def read(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ParamError("", f"must be a number, not {shown(value)}")
        if not self.low <= value <= self.high:  # NaN is in no range
            raise ParamError("", f"must be {self.low:g} to {self.high:g}, not {value}")
        return float(value)

    def describe(self) -> str:
        return f"number {self.low:g} … {self.high:g}"


@dataclass(frozen=True)
class Text:
    """Text of at most `longest` characters; with `pattern`, all of it must match; a `secret` is never shown."""

    longest: int
    shortest: int = 0
    pattern: str = ""
    secret: bool = False

    def read(self, value: object) -> str:
        if not isinstance(value, str):
            raise ParamError("", f"must be text, not {shown(value)}")
        if not self.shortest <= len(value) <= self.longest:
            raise ParamError(
                "", f"must have {self.shortest} to {self.longest} characters, not {len(value)}"
            )
        if self.pattern and not re.fullmatch(self.pattern, value):
            seen = "what was given" if self.secret else shown(value)
            raise ParamError("", f"must match {self.pattern}, not {seen}")
        if not _encodable(value):
            raise ParamError("", "holds half a character (a lone surrogate)")
        return value

    def describe(self) -> str:
        return (
            f"text like `{self.pattern}`"
            if self.pattern
            else f"text of {self.shortest} … {self.longest} characters"
        )


@dataclass(frozen=True)
class Raw:
    """Bytes of a given length."""

    shortest: int
    longest: int

    def read(self, value: object) -> bytes:
        if not isinstance(value, bytes):
            raise ParamError("", f"must be bytes, not {shown(value)}")
        if not self.shortest <= len(value) <= self.longest:
            raise ParamError(
                "", f"must have {self.shortest} to {self.longest} bytes, not {len(value)}"
            )
        return value

    def describe(self) -> str:
        return (
            f"{self.shortest} bytes"
            if self.shortest == self.longest
            else f"{self.shortest} … {self.longest} bytes"
        )


@dataclass(frozen=True)
class Choice:
    """One of a closed list of words."""

    words: tuple[str, ...]

    def read(self, value: object) -> str:
        if not isinstance(value, str) or value not in self.words:
            raise ParamError("", f"must be one of {', '.join(self.words)}, not {shown(value)}")
        return value

    def describe(self) -> str:
        return "one of " + ", ".join(f"`{word}`" for word in self.words)


@dataclass(frozen=True)
class Plain:
    """Anything that a header can carry: nothing, truth, numbers, text, bytes, and lists and maps of these."""

    depth: int = HEADER_DEPTH_MAX - 2

    def read(self, value: object) -> object:
        if value is None or isinstance(value, (bool, bytes)):
            return value
        if isinstance(value, int):
            if not -INT_MAX - 1 <= value <= INT_MAX:
                raise ParamError("", f"{value} does not fit 64 bits")
            return value
        if isinstance(value, float):
            if not math.isfinite(value):
                raise ParamError("", f"must be finite, not {value}")
            return value
        if isinstance(value, str):
            return Text(INT_MAX).read(value)
        return self._read_nested(value)

    def _read_nested(self, value: object) -> object:
        if self.depth == 0:
            raise ParamError("", "is nested too deeply")
        inner = Plain(self.depth - 1)
        if isinstance(value, (list, tuple)):
            items = cast("list[object] | tuple[object, ...]", value)
            return [at(str(i), inner.read, item) for i, item in enumerate(items)]
        if isinstance(value, Mapping):
            return _read_map(cast("Mapping[object, object]", value), Text(KEY_MAX), inner)
        raise ParamError("", f"cannot travel: {shown(value)}")

    def describe(self) -> str:
        return "anything plain"


@dataclass(frozen=True)
class Count:
    """How many items a list or a map has; put beside it in `Annotated`."""

    high: int
    low: int = 0

    def check(self, n: int) -> None:
        if not self.low <= n <= self.high:
            raise ParamError("", f"must have {self.low} to {self.high} items, not {n}")


@dataclass(frozen=True)
class Many:
    """A list of items of one kind."""

    item: Kind
    count: Count

    def read(self, value: object) -> tuple[object, ...]:
        if not isinstance(value, (list, tuple)):
            raise ParamError("", f"must be a list, not {shown(value)}")
        items = cast("list[object] | tuple[object, ...]", value)
        self.count.check(len(items))
        return tuple(at(str(i), self.item.read, item) for i, item in enumerate(items))

    def describe(self) -> str:
        return f"{self.count.low} … {self.count.high} × ({self.item.describe()})"


@dataclass(frozen=True)
class Map:
    """Names, each with a value of one kind."""

    item: Kind
    count: Count

    def read(self, value: object) -> dict[str, object]:
        if not isinstance(value, Mapping):
            raise ParamError("", f"must be a map, not {shown(value)}")
        items = cast("Mapping[object, object]", value)
        self.count.check(len(items))
        return _read_map(items, Text(KEY_MAX), self.item)

    def describe(self) -> str:
        return f"map of at most {self.count.high} names to ({self.item.describe()})"


@dataclass(frozen=True)
class Maybe:
    """A value, or nothing."""

    item: Kind

    def read(self, value: object) -> object:
        return None if value is None else self.item.read(value)

    def describe(self) -> str:
        return f"{self.item.describe()}, or nothing"


@dataclass(frozen=True)
class Each:
    """A list with a fixed number of places, each of its own kind."""

    places: tuple[Kind, ...]

    def read(self, value: object) -> tuple[object, ...]:
        if not isinstance(value, (list, tuple)):
            raise ParamError("", f"must be a list, not {shown(value)}")
        items = cast("list[object] | tuple[object, ...]", value)
        if len(items) != len(self.places):
            raise ParamError("", f"must have {len(self.places)} items, not {len(items)}")
        return tuple(at(str(i), self.places[i].read, item) for i, item in enumerate(items))

    def describe(self) -> str:
        return "[" + ", ".join(place.describe() for place in self.places) + "]"


def at(name: str, read: Callable[[object], object], value: object) -> object:
    """Read a value that lies under a name, so that an error tells where."""
    try:
        return read(value)
    except ParamError as error:
        raise error.under(name) from None


def shown(value: object) -> str:
    """Show a value in a sentence, never at length."""
    text = (
        repr(value)
        if isinstance(value, (str, int, float, bool, type(None)))
        else f"a {type(value).__name__}"
    )
    return text if len(text) <= 60 else text[:57] + "..."


def _read_map(items: Mapping[object, object], key: Kind, item: Kind) -> dict[str, object]:
    return {
        str(at("key", key.read, name)): at(str(name)[:60], item.read, value)
        for name, value in items.items()
    }


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
