# SPDX-License-Identifier: Apache-2.0
"""Which models there are: the bundled ones, those in the models folder, and those the artist named. No torch.

Folders are looked at anew at every question, so a model put there while the engine runs is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from server.engine.api import EngineError
from server.engine.models.bundled_profile import BUNDLED, SCENES, scenes
from server.engine.models.fast import fast_of
from server.engine.models.layout import Layout, inspect, models_folder
from server.engine.models.profile import ModelProfile
from server.engine.models.registry import registered
from server.engine.models.words import vocabulary_of

SD15_WORK_BYTES = 10_000_000_000  # per million pixels: latents, keys and values of 50 steps
SD15_ROW_MS = 12_000.0


class Catalogue:
    """Finds models by name. Arguments are for tests and training; the defaults are the product's."""

    def __init__(
        self,
        *,
        bundled: Path = BUNDLED,
        folder: Callable[[], Path] = models_folder,
        named: Callable[[], Mapping[str, Path]] = registered,
    ) -> None:
        self._bundled = bundled
        self._folder = folder
        self._named = named

    def profile(self, name: str) -> ModelProfile:
        """What is known of the model called ``name``. Raises EngineError (model.missing, model.refused)."""
        if "/" in name or "\\" in name:
            raise EngineError(
                "model.missing", "A model is named, not given as a path. Register the file first."
            )
        for known, path in self._paths():
            if known == name:
                return self._profile(known, path)
        there = ", ".join(sorted({known for known, _ in self._paths()})) or "none"
        raise EngineError(
            "model.missing", f"There is no model called “{name}”. Models here: {there}."
        )

    def profiles(self) -> list[ModelProfile]:
        """Every usable model, bundled ones first; unusable files are left out."""
        found: dict[str, ModelProfile] = {}
        for name, path in self._paths():
            if name in found:
                continue
            try:
                found[name] = self._profile(name, path)
            except (EngineError, OSError):
                continue
        return list(found.values())

    def _paths(self) -> Iterator[tuple[str, Path]]:
        if (self._bundled / SCENES / "model_index.json").is_file():
            yield SCENES, self._bundled / SCENES
        folder = self._folder()
        if folder.is_dir():
            for path in sorted(folder.iterdir()):
                if path.is_dir() and not path.name.startswith("."):
                    yield path.name, path
                elif path.suffix == ".safetensors":
                    yield path.stem, path
        yield from self._named().items()

    def _profile(self, name: str, path: Path) -> ModelProfile:
        layout = inspect(path)
        if path == self._bundled / SCENES:
            return scenes(path, layout.weight_bytes)
        return _artists_own(name, layout)


def _artists_own(name: str, layout: Layout) -> ModelProfile:
    """An SD1.5-shaped model with the papers' constants."""
    folder = layout.path if layout.kind == "diffusers" else None
    return ModelProfile(
        id=name,
        title=layout.path.stem if layout.kind == "original" else layout.path.name,
        path=layout.path,
        weight_bytes=layout.weight_bytes,
        vocabulary=vocabulary_of(folder),
        fast=fast_of(folder) if folder else None,
        work_bytes=SD15_WORK_BYTES,
        row_ms=SD15_ROW_MS,
    )
