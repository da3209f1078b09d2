# SPDX-License-Identifier: Apache-2.0
"""Reads and checks the header of a safetensors file without loading it, and without torch.

The format: 8 bytes little-endian length, that many bytes of JSON (name -> dtype, shape, byte range), the data.
Everything is checked before any loader sees the file: nothing overlaps, nothing lies outside, sizes add up.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from protocol.sentences import say
from server.engine.api import EngineError

HEADER_MAX = 64 << 20
BYTES = {
    "F64": 8,
    "F32": 4,
    "F16": 2,
    "BF16": 2,
    "I64": 8,
    "I32": 4,
    "I16": 2,
    "I8": 1,
    "U8": 1,
    "BOOL": 1,
}
UNSAFE = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle")


@dataclass(frozen=True)
class Stored:
    """A stored tensor's type and shape."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        return BYTES[self.dtype] * prod(self.shape)


def refused(path: Path, why: str, **values: str | int) -> EngineError:
    """A model file that will not be loaded; `why` is the message id of the reason, or itself one that need not be
    translated, because only the command line says it."""
    return EngineError("model.refused", say("model.refused", file=path.name, why=why, **values))


def refuse_unsafe(path: Path) -> None:
    """Raises EngineError for file types that can run code when they are loaded."""
    if path.suffix.lower() in UNSAFE:
        raise refused(path, "file.unsafe")


def read_header(path: Path) -> dict[str, Stored]:
    """Every tensor's type and shape. Raises EngineError (model.missing, model.refused) with a sentence."""
    refuse_unsafe(path)
    if not path.is_file():
        raise EngineError("model.missing", say("model.gone", file=path.name))
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= length <= min(HEADER_MAX, size - 8):
            raise refused(path, "file.cut")
        raw = file.read(length)
    try:
        entries: Any = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise refused(path, "file.damaged", part="header") from error
    if not isinstance(entries, dict):
        raise refused(path, "file.damaged", part="header")
    entries.pop("__metadata__", None)
    return _checked(path, entries, size - 8 - length)


def _checked(path: Path, entries: dict[str, Any], room: int) -> dict[str, Stored]:
    """The entries as `Stored`, if their byte ranges follow each other without gap from 0 to ``room``."""
    found: dict[str, Stored] = {}
    ranges: list[tuple[int, int]] = []
    for name, entry in entries.items():
        try:
            stored = Stored(str(entry["dtype"]), tuple(int(n) for n in entry["shape"]))
            begin, end = (int(n) for n in entry["data_offsets"])
        except (TypeError, KeyError, ValueError) as error:
            raise refused(path, "file.damaged", part=name[:80]) from error
        if (
            stored.dtype not in BYTES
            or min(stored.shape, default=0) < 0
            or end - begin != stored.nbytes
        ):
            raise refused(path, "file.damaged", part=name[:80])
        found[name] = stored
        ranges.append((begin, end))
    here = 0
    for begin, end in sorted(ranges):
        if begin != here:
            raise refused(path, "file.damaged", part="offsets")
        here = end
    if here != room:
        raise refused(path, "file.cut", expected=here, found=room)
    return found
