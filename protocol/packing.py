# SPDX-License-Identifier: Apache-2.0
"""msgpack, wherever it is: beside us inside a plug-in (`_vendor`), else installed.

A paint program's Python is shared by all plug-ins, so the copy that a plug-in brings goes first: another plug-in's
msgpack may be too old. Its pure-Python mode suffices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NoReturn

from .limits import HEADER_NODES_MAX


def _find() -> Any:
    parent = (__package__ or "").rpartition(".")[0]
    if parent:
        try:
            return import_module(f"{parent}._vendor.msgpack")
        except ImportError:
            pass  # not vendored
    return import_module("msgpack")


_msgpack = _find()


def pack(header: dict[str, object]) -> bytes:
    """Write a map of plain values."""
    return _msgpack.packb(header, use_bin_type=True)


def unpack(data: bytes, pairs: Callable[[Sequence[tuple[Any, Any]]], dict[str, object]]) -> object:
    """Read plain values, maps through `pairs`; raises whatever the library raises for unsound bytes."""
    return _msgpack.unpackb(
        data,
        raw=False,
        strict_map_key=True,
        object_pairs_hook=pairs,
        ext_hook=_no_extension,
        max_array_len=HEADER_NODES_MAX,
        max_map_len=HEADER_NODES_MAX,
        max_ext_len=0,
    )


def _no_extension(code: int, data: bytes) -> NoReturn:
    raise ValueError(f"extension type {code} of {len(data)} bytes")
