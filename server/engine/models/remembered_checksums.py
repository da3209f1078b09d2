# SPDX-License-Identifier: Apache-2.0
"""Sums of files that have not changed since: a small JSON file beside the recipe store. Without torch.

What cannot be read counts as empty, and a folder that cannot be written costs the memory only.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import cast

from server.engine.own_file import own_file, read_table, write_table

FILES_MAX = 500
YOUNG_NS = 2_000_000_000
"""A file that was changed so shortly before it was read may change again within the same tick of its clock."""
_SUM = re.compile(r"[0-9a-f]{64}")


def sums_path() -> Path:
    """Where sums are kept: beside the recipe store."""
    return own_file("engine/sums.json")


def known_sum(path: Path) -> str:
    """The SHA-256 of a file that is still the one that was read; "" when it has to be read."""
    try:
        now = _mark(path.stat())
    except OSError:
        return ""
    entry = _entries().get(str(path.absolute()))
    return entry[1] if entry is not None and entry[0] == now else ""


def remember(path: Path, was: os.stat_result, digest: str, began_ns: int) -> None:
    """Note the sum of a file that was `was` before it began to be read; nothing when it changed meanwhile."""
    with suppress(OSError):
        if _mark(path.stat()) != _mark(was) or began_ns - was.st_mtime_ns < YOUNG_NS:
            return
        entries = _entries()
        entries.pop(str(path.absolute()), None)
        entries[str(path.absolute())] = (_mark(was), digest)
        write_table(sums_path(), dict(list(entries.items())[-FILES_MAX:]))


def _mark(found: os.stat_result) -> str:
    """Size, times of change and number of a file: another file, or another content, has another mark."""
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


def _entries() -> dict[str, tuple[str, str]]:
    return {
        path: (entry[0], entry[1])
        for path, entry in read_table(sums_path()).items()
        if isinstance(entry, list)
        and len(cast("list[object]", entry)) == 2
        and isinstance(entry[0], str)
        and isinstance(entry[1], str)
        and _SUM.fullmatch(entry[1])
    }
