# SPDX-License-Identifier: Apache-2.0
"""Reads the data in a pickle without running it: plain containers, and a short list of names we build ourselves.

A pickle is a program for a stack machine, whose instructions may import any module and call any function. Here
the instructions are listed by the standard library's `pickletools` (which does not obey them) and interpreted by
this file, which cannot import or call anything that a file names: each name must be in `BUILDERS`, a table of our
own functions on plain data. Every other name, and every other instruction, ends the reading (docs/adr/0006).
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, cast


class Refused(Exception):
    """A file that will not be read further; the message is the reason, as the end of a sentence."""


class Bounded:
    """A file that refuses to read more than it has, before memory is taken for it."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size

    def read(self, count: int) -> bytes:
        if not 0 <= count <= self._size - self._file.tell():
            raise Refused("it ends too early; it was not completely copied")
        return self._file.read(count)

    def readline(self) -> bytes:
        return self._file.readline(1 << 16)

    def tell(self) -> int:
        return self._file.tell()


class Mark:
    """Where a group of items on the stack begins."""


Name = tuple[str, str]
Builder = Callable[..., Any]
Persistent = Callable[[object], Any]

CONSTANTS: Mapping[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
VALUES = frozenset(
    (
        *("INT", "LONG", "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE"),
        *("BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
    )
)
EMPTY: Mapping[str, Callable[[], Any]] = {
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_DICT": dict,
    "EMPTY_SET": set,
}
GROUPS: Mapping[str, Callable[[list[Any]], Any]] = {
    "LIST": list,
    "TUPLE": tuple,
    "FROZENSET": lambda items: frozenset(_key(item) for item in items),
    "DICT": lambda items: _fill({}, items),
}
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
PLAIN = (str, int, float, bytes, type(None))


def _key(value: Any) -> Any:
    """A value that may be a key. Nested tuples are not: hashing them can take forever."""
    flat = value if isinstance(value, tuple) else (value,)
    if len(flat) > 8 or not all(isinstance(item, PLAIN) for item in flat):
        raise Refused(f"it uses a {type(value).__name__} as a key")
    return value


def _fill(into: Any, items: list[Any]) -> Any:
    if not isinstance(into, dict) or len(items) % 2:
        raise Refused("it puts entries into something that is no dictionary")
    for key, value in zip(items[::2], items[1::2], strict=True):
        into[_key(key)] = value
    return into


def _extend(into: Any, items: list[Any]) -> None:
    if not isinstance(into, list):
        raise Refused("it puts items into something that is no list")
    into.extend(items)


class Reader:
    """The stack machine. ``builders`` and ``persistent`` are ours; nothing else is ever called."""

    def __init__(self, builders: Mapping[Name, Builder], persistent: Persistent) -> None:
        self._builders, self._persistent = builders, persistent
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def read(self, file: BinaryIO, size: int) -> Any:
        """The value of one pickle, which begins where ``file`` stands; it is left behind the end. Raises Refused."""
        self._stack, self._memo = [], {}
        try:
            for opcode, argument, _ in pickletools.genops(Bounded(file, size)):  # pyright: ignore[reportArgumentType]
                if opcode.name == "STOP":
                    return self._pop()
                self._do(opcode.name, argument)
        except (ValueError, KeyError, IndexError, TypeError, OverflowError, UnicodeError) as error:
            raise Refused(f"it is damaged ({error})"[:200]) from None
        raise Refused("it ends too early; it was not completely copied")

    def _do(self, name: str, argument: Any) -> None:
        if name in VALUES:
            self._stack.append(argument)
        elif name in CONSTANTS:
            self._stack.append(CONSTANTS[name])
        elif name in EMPTY:
            self._stack.append(EMPTY[name]())
        elif name == "MARK":
            self._stack.append(Mark)
        elif name in GROUPS:
            self._stack.append(GROUPS[name](self._group()))
        elif name in TUPLES:
            items = [self._pop() for _ in range(TUPLES[name])]
            self._stack.append(tuple(reversed(items)))
        elif name not in {"PROTO", "FRAME"}:
            self._more(name, argument)

    def _more(self, name: str, argument: Any) -> None:
        """Containers being filled, the memo, names and what is made of them."""
        stack = self._stack
        if name in {"PUT", "BINPUT", "LONG_BINPUT"}:
            self._memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            self._memo[len(self._memo)] = stack[-1]
        elif name in {"GET", "BINGET", "LONG_BINGET"}:
            stack.append(self._memo[argument])
        elif name in {"APPEND", "APPENDS"}:
            items = self._group() if name == "APPENDS" else [self._pop()]
            _extend(stack[-1], items)
        elif name in {"SETITEM", "SETITEMS"}:
            items = self._group() if name == "SETITEMS" else [self._pop(), self._pop()][::-1]
            _fill(stack[-1], items)
        elif name == "ADDITEMS":
            items = self._group()
            if not isinstance(stack[-1], set):
                raise Refused("it puts items into something that is no set")
            cast("set[Any]", stack[-1]).update(_key(item) for item in items)
        elif name == "POP":
            self._pop()
        elif name == "POP_MARK":
            self._group()
        elif name == "DUP":
            stack.append(stack[-1])
        else:
            self._built(name, argument)

    def _built(self, name: str, argument: Any) -> None:
        stack = self._stack
        if name == "GLOBAL":
            module, _, attribute = str(argument).partition(" ")
            stack.append(self._named(module, attribute))
        elif name == "STACK_GLOBAL":
            attribute, module = self._pop(), self._pop()
            stack.append(self._named(module, attribute))
        elif name in {"REDUCE", "NEWOBJ"}:
            arguments, called = self._pop(), self._pop()
            if not isinstance(called, Called) or not isinstance(arguments, tuple):
                raise Refused("it calls something that is no name")
            stack.append(called(*arguments))
        elif name == "BUILD":
            state, built = self._pop(), self._pop()
            stack.append(built.with_state(state) if hasattr(built, "with_state") else _plain(built))
        elif name in {"PERSID", "BINPERSID"}:
            stack.append(self._persistent(argument if name == "PERSID" else self._pop()))
        else:
            raise Refused(f"it uses the instruction {name}, which is not needed for numbers")

    def _named(self, module: Any, attribute: Any) -> Called:
        builder = self._builders.get((module, attribute))
        if builder is None:
            raise Refused(f"it wants to use {module}.{attribute}")
        return Called((module, attribute), builder)

    def _group(self) -> list[Any]:
        """Everything above the last mark."""
        for place in range(len(self._stack) - 1, -1, -1):
            if self._stack[place] is Mark:
                items = self._stack[place + 1 :]
                del self._stack[place:]
                return items
        raise Refused("it is damaged (a group without a beginning)")

    def _pop(self) -> Any:
        value = self._stack.pop()
        if value is Mark:
            raise Refused("it is damaged (a mark in place of a value)")
        return value


class Called:
    """A name from `builders`; calling it calls our own function."""

    def __init__(self, name: Name, builder: Builder) -> None:
        self.name, self._builder = name, builder

    def __call__(self, *arguments: Any) -> Any:
        return self._builder(*arguments)


def _plain(built: Any) -> Any:
    """Attributes of a dictionary (torch notes versions there) are left out; nothing else may have any."""
    if not isinstance(built, dict):
        raise Refused(f"it gives a {type(built).__name__} attributes")
    return built
