# SPDX-License-Identifier: Apache-2.0
"""Where a recipe lies inside a zip: `<id>.json`, and its attachments as `<id>/<name>`."""

from __future__ import annotations

import zipfile

from .recipe import JSON_MAX, Bundle, Recipe, RecipeError
from .recipe_parts import FILE_MAX
from .sentences import say

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every entry: the same recipe is the same bytes."""


def write_bundle(archive: zipfile.ZipFile, bundle: Bundle, *, prefix: str) -> None:
    """Add a recipe; the JSON comes last, so that one that is there has its attachments."""
    contents = [*bundle.files.values(), bundle.recipe.to_json()]
    names = [f"{prefix}{bundle.recipe.id}/{name}" for name in bundle.files]
    for name, data in zip([*names, f"{prefix}{bundle.recipe.id}.json"], contents, strict=True):
        entry = zipfile.ZipInfo(name, EPOCH)
        small = name.endswith(".png")  # PNGs are; a history packs hundreds in a main thread
        entry.compress_type = zipfile.ZIP_STORED if small else zipfile.ZIP_DEFLATED
        entry.external_attr = 0o600 << 16
        archive.writestr(entry, data)


def read_bundle(
    archive: zipfile.ZipFile, recipe_id: str, *, prefix: str, most: int | None = None
) -> Bundle:
    """Read and check one recipe; raises RecipeError when it is damaged, incomplete, or its attachments say that they
    are larger than `most` bytes together."""
    recipe = Recipe.from_json(_read(archive, f"{prefix}{recipe_id}.json", JSON_MAX))
    if recipe.id != recipe_id:
        raise RecipeError(say("recipe.damaged"))
    if most is not None and sum(one.nbytes for one in recipe.attachments.values()) > most:
        raise RecipeError(f"The recipe {recipe_id[:6]} is too large to be read with the others.")
    files = {
        name: _read(archive, f"{prefix}{recipe_id}/{name}", min(one.nbytes, FILE_MAX))
        for name, one in recipe.attachments.items()
    }
    return Bundle(recipe=recipe, files=files)


def _read(archive: zipfile.ZipFile, name: str, longest: int) -> bytes:
    try:
        with archive.open(name) as stream:
            data = stream.read(longest + 1)  # what the directory claims is not trusted
    except (
        Exception
    ) as problem:  # what is raised differs with the way of packing: zlib.error, lzma.LZMAError, …
        raise RecipeError(say("recipe.part", part=name, reason=str(problem))) from None
    if len(data) > longest:
        raise RecipeError(say("recipe.large", part=name))
    return data
