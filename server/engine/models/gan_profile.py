# SPDX-License-Identifier: Apache-2.0
"""A generator that could be pulled with: what is known of it before it is loaded. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, ClassVar

from server.engine.gan.config import GeneratorConfig
from server.engine.gan.drag_settings import DragGanSettings
from server.engine.models.generator_files import CONFIG, FAMILY, GeneratorFiles, inspect_generator
from server.engine.models.profile import ModelKind
from server.engine.models.safetensors_header import refused

TITLE_MAX = 200


@dataclass(frozen=True, kw_only=True)
class GanProfile:
    """A StyleGAN2 model in a folder.

    id: what recipes and the command line call it; drag: how it is pulled best, as its config.json says or by its
    size: the published block and rows, in small generators the last block but one and the rows before it.
    """

    id: str
    title: str
    files: GeneratorFiles
    drag: DragGanSettings
    weight_bytes: int
    family: str = FAMILY
    kind: ClassVar[ModelKind] = "generator"

    @property
    def weight_files(self) -> tuple[Path, ...]:
        """All files that are read when it is loaded."""
        return (self.files.weights,)

    @property
    def config(self) -> GeneratorConfig:
        return self.files.config

    @property
    def path(self) -> Path:
        return self.files.path


def gan_profile(name: str, folder: Path) -> GanProfile:
    """The model in ``folder``. Raises EngineError with a sentence."""
    files = inspect_generator(folder)
    title = files.about.get("title")
    if not isinstance(title, str) or not title.isprintable() or len(title) > TITLE_MAX:
        title = f"{name}: StyleGAN2, {files.config.size} pixels"
    return GanProfile(
        id=name,
        title=title,
        files=files,
        drag=_drag(folder, files.config, files.about.get("drag", {})),
        weight_bytes=files.weights.stat().st_size,
    )


def drag_settings(config: GeneratorConfig) -> DragGanSettings:
    """The published block and rows; in small generators the last block but one, and the rows before it."""
    usual = DragGanSettings()
    block = min(usual.block, config.blocks - 2)
    return replace(usual, block=block, rows=min(usual.rows, 2 * block + 1))


def _drag(folder: Path, config: GeneratorConfig, said: object) -> DragGanSettings:
    """The settings by size with what the model says itself. Raises EngineError for what is impossible."""
    try:
        if not isinstance(said, Mapping):
            raise ValueError("its “drag” is no table")
        known = {field.name for field in fields(DragGanSettings)} - {"reference_compat"}
        unknown = sorted(str(name) for name in said if name not in known)
        if unknown:
            raise ValueError(f"its “drag” sets {', '.join(unknown)}, which is not known")
        own: dict[str, Any] = {str(name): value for name, value in said.items()}
        settings = replace(drag_settings(config), **own)
        if settings.block >= config.blocks or settings.rows > config.num_ws:
            raise ValueError(f"block {settings.block} and {settings.rows} rows are not in it")
    except (ValueError, TypeError) as wrong:
        raise refused(folder / CONFIG, "file.generator", reason=str(wrong)[:200]) from wrong
    return settings
