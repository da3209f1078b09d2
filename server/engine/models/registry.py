# SPDX-License-Identifier: Apache-2.0
"""Which model files of the artist's own have names: a small JSON file on this machine.

Paths never travel over the wire (SECURITY.md): a client on this machine registers a path here and
names it from then on; the engine looks the name up. Importable without torch.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any, cast

from server.engine.own_file import own_file, read_table, write_table

MODELS_MAX = 500
NAME_MAX = 40


def registry_path() -> Path:
    """Where the names are kept: beside the recipe store."""
    return own_file("models.json")


def registered(file: Path | None = None) -> dict[str, Path]:
    """All names with their paths; a file that cannot be read counts as empty."""
    entries = read_table(file or registry_path())
    return {name: Path(path) for name, path in entries.items() if isinstance(path, str)}


def register(path: Path, file: Path | None = None) -> str:
    """Give a folder or file a name, the same one every time, and return it.

    Raises OSError, also where a file lies in the list's place that is no such list: it is left alone.
    """
    place = file or registry_path()
    if place.exists() and not _is_registry(place):
        raise OSError(errno.EEXIST, "is no list of models, so it is left alone", str(place))
    whole = path.expanduser().resolve()
    name = name_of(whole)
    known = registered(place)
    if known.get(name) == whole:
        return name
    known = dict(list(known.items())[-(MODELS_MAX - 1) :]) | {name: whole}
    write_table(place, {key: str(value) for key, value in known.items()})
    return name


def _is_registry(place: Path) -> bool:
    """Whether a file is a list of names and paths."""
    try:
        node: Any = json.loads(place.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return False
    entries = cast("dict[object, object]", node) if isinstance(node, dict) else {"": 0}
    return all(isinstance(value, str) for value in entries.values())


def name_of(whole: Path) -> str:
    """A readable name that tells two models of the same file name apart."""
    digest = hashlib.blake2b(os.fsencode(whole), digest_size=4).hexdigest()
    stem = whole.stem if whole.suffix == ".safetensors" else whole.name
    readable = re.sub(r"[^A-Za-z0-9_.+-]+", "-", stem).strip("-.+_")[:NAME_MAX] or "model"
    return f"{readable}-{digest}"
