# SPDX-License-Identifier: Apache-2.0
"""The local recipe store: every recipe made on this machine, by id.

Paint programs lose what they do not know when they write OpenRaster; a layer's name survives, and its
short id leads here. One zip per recipe, written beside and moved into place, so readers in other
processes see a whole recipe or none. When the store is full the ones not used for longest go.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .recipe import Bundle, Recipe, RecipeError
from .recipe_parts import is_id
from .recipe_zip import read_bundle, write_bundle
from .sentences import Sentence, say

SIZE_MAX = 512 << 20


def default_folder() -> Path:
    """Return the folder of this user's recipes; `PULLBRUSH_DATA` overrides where it lies.

    Without a home folder it is one that can neither be read nor made: nothing is kept then, nowhere else either.
    """
    if chosen := os.environ.get("PULLBRUSH_DATA"):
        return Path(chosen) / "recipes"
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or _home() / "AppData" / "Local")
        return base / "Pullbrush" / "recipes"
    if sys.platform == "darwin":
        return _home() / "Library" / "Application Support" / "Pullbrush" / "recipes"
    base = Path(os.environ.get("XDG_DATA_HOME") or _home() / ".local" / "share")
    return base / "pullbrush" / "recipes"


def _home() -> Path:
    try:
        found = Path.home()
    except RuntimeError:
        found = Path()
    return found if found.is_absolute() else Path(os.devnull).absolute()


@dataclass(frozen=True)
class Store:
    """Recipes in a folder, together at most `size_max` bytes."""

    folder: Path
    size_max: int = SIZE_MAX

    def put(self, bundle: Bundle) -> Path:
        """Keep a recipe; returns its file. Raises OSError when the disk refuses."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = self._file(bundle.recipe.id)
        handle, name = tempfile.mkstemp(prefix=".new-", dir=self.folder)  # mkstemp makes it 0600
        try:
            with os.fdopen(handle, "wb") as stream:
                with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
                    write_bundle(archive, bundle, prefix="")
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        self._make_room(keep=target)
        return target

    def get(self, recipe_id: str) -> Bundle | None:
        """Return the recipe with this id, or None; raises RecipeError when it cannot be used."""
        if not is_id(recipe_id):
            return None
        file = self._file(recipe_id)
        try:
            with zipfile.ZipFile(file) as archive:
                bundle = read_bundle(archive, recipe_id, prefix="")
            with contextlib.suppress(OSError):
                os.utime(file)  # used just now: it goes last
        except FileNotFoundError:
            return None
        except (OSError, zipfile.BadZipFile) as problem:
            raise RecipeError(say("recipe.stored", id=recipe_id[:6], reason=str(problem))) from None
        return bundle

    def find(self, short_id: str) -> list[Recipe]:
        """Return the readable recipes whose id starts like this, the latest used first."""
        found: list[Recipe] = []
        for file in self._files():
            if file.stem.startswith(short_id):
                with contextlib.suppress(RecipeError):
                    if bundle := self.get(file.stem):
                        found.append(bundle.recipe)
        return found

    def remove(self, recipe_id: str) -> None:
        """Forget a recipe."""
        if is_id(recipe_id):
            self._file(recipe_id).unlink(missing_ok=True)

    def problems(self) -> list[str]:
        """Return what went wrong since this was asked last; here `put` says so itself (see `late_store`)."""
        return []

    def ids(self) -> list[str]:
        """Return all ids, the latest used first."""
        return [file.stem for file in self._files()]

    def _file(self, recipe_id: str) -> Path:
        return self.folder / f"{recipe_id}.zip"

    def _files(self) -> list[Path]:
        files = [file for file in self.folder.glob("*.zip") if is_id(file.stem)]
        stamped = ((stat.st_mtime_ns, file.name, file) for file, stat in _stats(files))
        return [file for *_, file in sorted(stamped, reverse=True)]

    def _make_room(self, keep: Path) -> None:
        total = 0
        for file, stat in _stats(self._files()):
            total += stat.st_size
            if total > self.size_max and file != keep:
                file.unlink(missing_ok=True)


def _stats(files: list[Path]) -> Iterator[tuple[Path, os.stat_result]]:
    for file in files:
        with contextlib.suppress(FileNotFoundError):  # another program tidied up meanwhile
            yield file, file.stat()


def unkept(problem: OSError) -> Sentence:
    """What is said when a recipe could not be stored; that costs this copy, not the result."""
    return say("recipe.unkept", reason=problem.strerror or type(problem).__name__)
