# SPDX-License-Identifier: Apache-2.0
"""Small JSON files that the engine keeps for itself on this machine, beside the recipe store.

What cannot be read, whatever the reason, counts as empty; what is written appears whole or not at all.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from protocol.store import default_folder

FILE_MAX = 1 << 20


def own_file(name: str) -> Path:
    """Where a file of this name is kept."""
    return default_folder().parent / name


def read_table(place: Path) -> dict[str, Any]:
    """The table in a file; an empty one when there is none, or when it is damaged or far too large."""
    try:
        if place.stat().st_size > FILE_MAX:
            return {}
        node: Any = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return as_table(node)


def as_table(node: object) -> dict[str, Any]:
    """A value as the table that it should be; an empty one for anything else."""
    return cast("dict[str, Any]", node) if isinstance(node, dict) else {}


def write_table(place: Path, table: Mapping[str, Any]) -> None:
    """Write a file, its folder made if missing. Raises OSError."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, draft = tempfile.mkstemp(prefix=f".{place.name}-", dir=place.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(table, stream, indent=1)
        Path(draft).replace(place)
    except BaseException:
        with suppress(OSError):
            Path(draft).unlink(missing_ok=True)
        raise
