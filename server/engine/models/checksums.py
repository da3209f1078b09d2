# SPDX-License-Identifier: Apache-2.0
"""SHA-256 sums of model files, compared with those that came with them. Without torch.

A file is read once: its sum is remembered for as long as its path, size and time of change stay the same.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from pathlib import Path

from server.engine.api import Check, proceed
from server.engine.models.layout import Layout
from server.engine.models.remembered_checksums import known_sum, remember
from server.engine.models.safetensors_header import refused

HASHES = "hashes.json"
"""Beside a bundled model: {file: sum}."""
PIECE = 8 << 20
"""Bytes that are read between two looks at whether to go on."""


def check_sums(layout: Layout, check: Check = proceed) -> str:
    """One SHA-256 for the model, made of its weight files' sums; compared with hashes.json where there is one.

    Raises EngineError (model.refused) for a file that is another one, or whatever `check` raises.
    """
    stored = check_folder(layout.path, check)
    sums = [
        stored.get(_relative(layout, file)) or file_sum(file, check)
        for _, files in sorted(layout.files.items())
        for file in files
    ]
    return sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest()


def check_folder(folder: Path, check: Check = proceed) -> dict[str, str]:
    """The sums in a model folder's hashes.json, each compared with its file; none where nothing is stored.

    Raises EngineError (model.refused) for a file that is another one, or missing.
    """
    if not (folder / HASHES).is_file():
        return {}
    stored: dict[str, str] = json.loads((folder / HASHES).read_text(encoding="utf-8"))
    for name, wanted in stored.items():
        file = folder / name
        if not file.is_file() or file_sum(file, check) != wanted:
            raise refused(file, "file.tampered")
    return stored


def file_sum(path: Path, check: Check = proceed) -> str:
    """SHA-256 of a file, hexadecimal; read only when it is not remembered. Raises OSError, or what `check` raises."""
    if known := known_sum(path):
        return known
    began, before, digest = time.time_ns(), path.stat(), hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        piece = bytearray(PIECE)
        while size := file.readinto(piece):
            digest.update(memoryview(piece)[:size])
            check()
    found = digest.hexdigest()
    remember(path, before, found, began)
    return found


def are_known(files: Iterable[Path]) -> bool:
    """Whether the sums of all these files are remembered, so that loading reads them once only."""
    return all(known_sum(file) for file in files)


def _relative(layout: Layout, file: Path) -> str:
    return file.relative_to(layout.path).as_posix() if layout.path.is_dir() else file.name
