# SPDX-License-Identifier: Apache-2.0
"""The engine's log file: small, private, shared by front and workers. Never holds a prompt or a pixel."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

LARGEST = 4 * 1024 * 1024
KEPT = 2


def rotate(path: Path, largest: int = LARGEST) -> None:
    """When the log is too large, copy it to `.1` and empty it in place: workers keep writing to the same file."""
    try:
        if path.stat().st_size <= largest:
            return
    except OSError:
        return
    for n in range(KEPT, 1, -1):
        older = path.with_name(f"{path.name}.{n - 1}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{n}"))
    aside = path.with_name(f"{path.name}.1")
    with path.open("rb") as source, open_private(aside) as target:
        while block := source.read(1 << 20):
            target.write(block)
    os.truncate(path, 0)


def open_private(path: Path):
    """Open a file of ours for appending, readable by nobody else."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    return os.fdopen(os.open(path, flags, 0o600), "ab")


def start(path: Path, *, also_stderr: bool) -> None:
    """Log to the file, and to the terminal when somebody is watching."""
    rotate(path)
    open_private(path).close()
    handlers: list[logging.Handler] = [
        logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    ]
    if also_stderr:
        handlers.append(logging.StreamHandler(sys.stderr))
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(process)d %(name)s %(levelname)s %(message)s",
        handlers=handlers,
        force=True,
    )
