# SPDX-License-Identifier: Apache-2.0
"""Which models there are: the bundled ones, those in the models folder, and those the artist named. No torch.

Two kinds: diffusion models (`profile`) and generators of pictures (`generator`); an edit works with one of them.
Folders are looked at anew at every question, so a model put there while the engine runs is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from protocol.sentences import say
from server.engine.api import EngineError
from server.engine.models.bundled_profile import BUNDLED, SCENES, scenes
from server.engine.models.few_step_profile import fast_of
from server.engine.models.gan_profile import GanProfile, gan_profile
from server.engine.models.generator_files import is_generator
from server.engine.models.layout import Layout, inspect, models_folder
from server.engine.models.profile import ModelProfile
from server.engine.models.prompt_vocabulary import vocabulary_of
from server.engine.models.registry import registered

SD15_WORK_BYTES = 10_000_000_000  # per million pixels: latents, keys and values of 50 steps
NONE = "none"


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
        """The diffusion model called ``name``. Raises EngineError (model.missing, model.refused)."""
        path = self._find(name)
        if path is not None and is_generator(path):
            raise EngineError(
                "model.refused",
                say("model.other_kind", name=name, models=self._names(generators=False)),
            )
        if path is None:
            there = self._names(generators=False)
            raise EngineError("model.missing", say("model.unknown", name=name, models=there))
        return self._profile(name, path)

    def generator(self, name: str) -> GanProfile:
        """The StyleGAN2 model called ``name``. Raises EngineError (model.missing, model.refused)."""
        path = self._find(name)
        if path is not None and is_generator(path):
            return gan_profile(name, path)
        there = self._names(generators=True)
        if there == NONE:
            raise EngineError("model.missing", say("model.none"))
        code, why = ("refused", "other_kind") if path else ("missing", "unknown")
        raise EngineError(f"model.{code}", say(f"model.{why}", name=name, models=there))

    def generators(self) -> list[GanProfile]:
        """Every usable StyleGAN2 model, bundled ones first; unusable ones are left out."""
        found: dict[str, GanProfile] = {}
        for name, path in self._paths():
            if name in found or not is_generator(path):
                continue
            try:
                found[name] = gan_profile(name, path)
            except (EngineError, OSError):
                continue
        return list(found.values())

    def profiles(self) -> list[ModelProfile]:
        """Every usable model, bundled ones first; unusable files are left out."""
        found: dict[str, ModelProfile] = {}
        for name, path in self._paths():
            if name in found or is_generator(path):
                continue
            try:
                found[name] = self._profile(name, path)
            except (EngineError, OSError):
                continue
        return list(found.values())

    def _paths(self) -> Iterator[tuple[str, Path]]:
        if (self._bundled / SCENES / "model_index.json").is_file():
            yield SCENES, self._bundled / SCENES
        for path in sorted(self._bundled.iterdir()) if self._bundled.is_dir() else []:
            if is_generator(path):
                yield path.name, path
        folder = self._folder()
        if folder.is_dir():
            for path in sorted(folder.iterdir()):
                if path.is_dir() and not path.name.startswith("."):
                    yield path.name, path
                elif path.suffix == ".safetensors":
                    yield path.stem, path
        yield from self._named().items()

    def _find(self, name: str) -> Path | None:
        if "/" in name or "\\" in name:
            raise EngineError("model.missing", say("model.path"))
        return next((path for known, path in self._paths() if known == name), None)

    def _names(self, *, generators: bool) -> str:
        names = {name for name, path in self._paths() if is_generator(path) == generators}
        return ", ".join(sorted(names)) or NONE

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
    )
