# SPDX-License-Identifier: Apache-2.0
"""Recipes inside OpenRaster files: `pullbrush/<id>.json` and `pullbrush/<id>/<name>`.

Both paint programs drop entries they do not know when they export, so recipes are added afterwards. The
rest of the file is copied byte by byte; `mimetype` stays first and stored, as OpenRaster demands.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from .recipe import JSON_MAX, Bundle, RecipeError
from .recipe_parts import is_id
from .recipe_zip import read_bundle, write_bundle
from .sentences import say

PREFIX = "pullbrush/"
MIMETYPE = b"image/openraster"
RECIPES_MAX = 1000
TOTAL_MAX = 512 << 20
"""Bytes of all recipes and their attachments together: they are read into memory when a file is opened."""


def read_recipes(path: str | os.PathLike[str]) -> tuple[dict[str, Bundle], list[str]]:
    """Return the recipes of a file by id, and a sentence for each one that cannot be used.

    Raises RecipeError when the file is no OpenRaster, OSError when it cannot be opened.
    """
    with _open(Path(path)) as archive:
        return _read_all(archive)


def add_recipes(path: str | os.PathLike[str], bundles: Iterable[Bundle]) -> list[str]:
    """Add recipes to a file and return their ids; one that is there already stays as it is.

    The file is replaced in one step at the end, or not touched at all. Raises as `read_recipes`.
    """
    target = Path(path)
    with _open(target) as archive:
        present, _ = _read_all(archive)
        names = set(archive.namelist())
    fresh = {b.recipe.id: b for b in bundles if b.recipe.id not in present}
    if not fresh:
        return []
    broken = {
        name for name in names if any(name.startswith(PREFIX + recipe_id) for recipe_id in fresh)
    }
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:40]}-", dir=target.parent)
    os.close(handle)
    try:
        _copy(target, Path(name), without=broken)
        with zipfile.ZipFile(name, "a") as archive:
            for bundle in fresh.values():
                write_bundle(archive, bundle, prefix=PREFIX)
        shutil.copymode(target, name)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return list(fresh)


def _open(path: Path) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise RecipeError(say("file.no_ora", file=path.name)) from None
    with contextlib.suppress(Exception):
        first = archive.infolist()[0]
        plain = first.filename == "mimetype" and first.compress_type == zipfile.ZIP_STORED
        if plain and first.file_size < 100 and archive.read(first).strip() == MIMETYPE:
            return archive
    archive.close()
    raise RecipeError(say("file.no_ora", file=path.name))


def _read_all(archive: zipfile.ZipFile) -> tuple[dict[str, Bundle], list[str]]:
    found: dict[str, Bundle] = {}
    problems: list[str] = []
    left = TOTAL_MAX
    for name in archive.namelist():
        recipe_id = name[len(PREFIX) : -len(".json")]
        if name != f"{PREFIX}{recipe_id}.json" or not is_id(recipe_id) or len(found) >= RECIPES_MAX:
            continue
        if left <= 0:
            problems.append(
                f"The recipes in the file are larger than {TOTAL_MAX >> 20} MB together; the rest is left out."
            )
            break
        try:
            bundle = read_bundle(archive, recipe_id, prefix=PREFIX, most=left)
        except RecipeError as problem:
            problems.append(str(problem))
            left -= JSON_MAX  # what is damaged was read, too
            continue
        found[recipe_id] = bundle
        left -= len(bundle.recipe.to_json()) + sum(map(len, bundle.files.values()))
    return found, problems


def _copy(source: Path, target: Path, *, without: set[str]) -> None:
    """Copy the file as it is; entry by entry only when damaged ones must go."""
    if not without:
        shutil.copyfile(source, target)
        return
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            if entry.filename not in without:
                with old.open(entry) as reader, new.open(entry, "w") as writer:
                    shutil.copyfileobj(reader, writer)
