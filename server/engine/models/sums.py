# SPDX-License-Identifier: Apache-2.0
"""SHA-256 sums of model files, compared with those that came with them. Without torch."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from server.engine.models.header import refused
from server.engine.models.layout import Layout

HASHES = "hashes.json"
"""Beside a bundled model: {file: sum}."""


def check_sums(layout: Layout) -> str:
    """One SHA-256 for the model, made of its weight files' sums; compared with hashes.json where there is one.

    Raises EngineError (model.refused) for a file that is another one.
    """
    stored = check_folder(layout.path)
    sums = [
        stored.get(_relative(layout, file)) or file_sum(file)
        for _, files in sorted(layout.files.items())
        for file in files
    ]
    return sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest()


def check_folder(folder: Path) -> dict[str, str]:
    """The sums in a model folder's hashes.json, each compared with its file; none where nothing is stored.

    Raises EngineError (model.refused) for a file that is another one, or missing.
    """
    if not (folder / HASHES).is_file():
        return {}
    stored: dict[str, str] = json.loads((folder / HASHES).read_text(encoding="utf-8"))
    for name, wanted in stored.items():
        file = folder / name
        if not file.is_file() or file_sum(file) != wanted:
            raise refused(file, "file.tampered")
    return stored


def file_sum(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _relative(layout: Layout, file: Path) -> str:
    return file.relative_to(layout.path).as_posix() if layout.path.is_dir() else file.name
