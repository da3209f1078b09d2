# SPDX-License-Identifier: Apache-2.0
"""A StyleGAN2 model on disk: a folder with generator.safetensors and config.json. Without torch.

config.json: {"family": "stylegan2", "generator": sizes, "source": {"file", "sha256", "layout", "license"}}, and
for models that bring them "title", "drag" and "encoder".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protocol.sentences import say
from server.engine.api import Check, EngineError, proceed
from server.engine.gan.config import GeneratorConfig
from server.engine.gan.layout import compare
from server.engine.models.checksums import check_folder, file_sum
from server.engine.models.safetensors_header import read_header, refused

WEIGHTS, CONFIG, FAMILY = "generator.safetensors", "config.json", "stylegan2"
ENCODER = "encoder.safetensors"
"""Beside a generator that brings one: a first guess for inversion; its sizes are config.json's "encoder"."""
CONFIG_MAX = 1 << 20
FLOATS = {"F32", "F16", "BF16"}


@dataclass(frozen=True, kw_only=True)
class GeneratorFiles:
    """A generator that could be loaded: its sizes, its weights, and all that its config.json says."""

    path: Path
    config: GeneratorConfig
    about: Mapping[str, Any]

    @property
    def weights(self) -> Path:
        return self.path / WEIGHTS


def is_generator(folder: Path) -> bool:
    """Whether a folder says that it is a StyleGAN2 model. Does not check that it is a good one."""
    try:
        return _read(folder).get("family") == FAMILY
    except (OSError, ValueError, RecursionError):
        return False


def inspect_generator(folder: Path) -> GeneratorFiles:
    """Checks sizes and every tensor's name and shape. Raises EngineError (model.missing, model.refused)."""
    if not (folder / CONFIG).is_file():
        raise EngineError("model.missing", say("model.part", folder=folder.name, part=CONFIG))
    try:
        about = _read(folder)
        if about.get("family") != FAMILY:
            raise ValueError(f"its {CONFIG} does not speak of a {FAMILY} network")
        config = GeneratorConfig.from_dict(about["generator"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise refused(folder / CONFIG, "file.generator", reason=str(error)[:200]) from error
    weights = folder / WEIGHTS
    header = read_header(weights)
    try:
        compare({name: stored.shape for name, stored in header.items()}, config)
    except ValueError as error:
        raise refused(weights, "file.generator", reason=str(error)[:200]) from error
    strange = sorted(name for name, stored in header.items() if stored.dtype not in FLOATS)
    if strange:
        kind = header[strange[0]].dtype
        raise refused(weights, "file.generator", reason=f"{strange[0]}: {kind}")
    return GeneratorFiles(path=folder, config=config, about=about)


def checked_sum(folder: Path, check: Check = proceed) -> str:
    """SHA-256 of a generator's weights; where hashes.json lies beside them, all files must be those it names.

    Raises EngineError (model.refused) for a file that is another one.
    """
    return check_folder(folder, check).get(WEIGHTS) or file_sum(folder / WEIGHTS, check)


def write_config(folder: Path, config: Mapping[str, Any], **about: Any) -> None:
    """Writes config.json for a generator of these sizes. Raises OSError."""
    text = json.dumps({"family": FAMILY, "generator": dict(config), **about}, indent=1)
    (folder / CONFIG).write_text(text + "\n", encoding="utf-8")


def _read(folder: Path) -> dict[str, Any]:
    place = folder / CONFIG
    if place.stat().st_size > CONFIG_MAX:
        raise ValueError("it is too long")
    node: Any = json.loads(place.read_text(encoding="utf-8"))
    if not isinstance(node, dict):
        raise ValueError("it is no table")
    return node
