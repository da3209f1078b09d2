# SPDX-License-Identifier: Apache-2.0
"""The weight files of one part of a model: one, or several with an index that says which tensor lies where.

The index is diffusers' and transformers': {"weight_map": {tensor: file name}}. Without torch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protocol.sentences import say
from server.engine.api import EngineError
from server.engine.models.safetensors_header import Stored, read_header, refuse_unsafe, refused

STEMS = ("diffusion_pytorch_model", "model")
INDEX_MAX = 16 << 20


@dataclass(frozen=True)
class Place:
    """Where a tensor lies, and what it is."""

    file: Path
    stored: Stored


def weights_of(folder: Path) -> tuple[Path, ...]:
    """The safetensors files of one part; whole before split, full precision before fp16. Pickles are refused.

    Raises EngineError (model.missing, model.refused) with a sentence.
    """
    for stem in STEMS:
        for variant in ("", ".fp16"):
            file = folder / f"{stem}{variant}.safetensors"
            if file.is_file():
                return (file,)
    for stem in STEMS:
        for variant in ("", ".fp16"):
            index = folder / f"{stem}.safetensors.index{variant}.json"
            if index.is_file():
                return _listed(index)
    for file in sorted(folder.glob("*")) if folder.is_dir() else []:
        refuse_unsafe(file)
    raise EngineError("model.missing", say("model.part", folder=folder.name, part=".safetensors"))


def places_of(files: Iterable[Path]) -> dict[str, Place]:
    """Every tensor of some files by its name. Raises EngineError for one that lies in two of them."""
    found: dict[str, Place] = {}
    for file in files:
        for name, stored in read_header(file).items():
            if name in found:
                raise refused(file, "file.damaged", part=name[:80])
            found[name] = Place(file, stored)
    return found


def _listed(index: Path) -> tuple[Path, ...]:
    """The files an index names, all of them beside it."""
    damaged = refused(index, "file.damaged", part="index")
    if index.stat().st_size > INDEX_MAX:
        raise damaged
    try:
        entries: Any = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        names = sorted({str(name) for name in entries.values()})
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise damaged from error
    if not names or any(Path(name).name != name or "\\" in name for name in names):
        raise damaged
    files = tuple(index.parent / name for name in names)
    for file in files:
        refuse_unsafe(file)
        if file.suffix != ".safetensors":
            raise damaged
        if not file.is_file():
            raise EngineError(
                "model.missing", say("model.part", folder=index.parent.name, part=file.name)
            )
    return files
