# SPDX-License-Identifier: Apache-2.0
"""Which recipe belongs to which layer, wherever it survived.

Looked for in this order: stored with the layer by the host; inside the OpenRaster file the document came
from; in this machine's recipe store, by the short id in the layer's name.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping

from ..recipe import Bundle, RecipeError
from ..recipe_parts import FILE_MAX, is_id, short_id_of
from ..recipe_zip import read_bundle, write_bundle
from ..sentences import say
from ..store import Store
from .host import HostLayer, Pixels
from .png import read_png, write_png

MASK_FILE = "mask.png"


def pack(bundle: Bundle) -> bytes:
    """Turn a recipe into the bytes that a host stores with a layer."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        write_bundle(archive, bundle, prefix="")
    return stream.getvalue()


def unpack(stored: bytes) -> Bundle:
    """Read what `pack` made; raises RecipeError for anything else."""
    if len(stored) > FILE_MAX:
        raise RecipeError(say("recipe.large"))
    try:
        with zipfile.ZipFile(io.BytesIO(stored)) as archive:
            ids = [
                name[:-5]
                for name in archive.namelist()
                if name.endswith(".json") and is_id(name[:-5])
            ]
            if len(ids) != 1:
                raise RecipeError(say("recipe.damaged"))
            return read_bundle(archive, ids[0], prefix="")
    except (zipfile.BadZipFile, ValueError):
        raise RecipeError(say("recipe.damaged")) from None


def find(layer: HostLayer, *, in_file: Mapping[str, Bundle], store: Store | None) -> Bundle | None:
    """Return the layer's recipe, or None when it never had one.

    Raises RecipeError when there is one that cannot be used, and no other copy of it.
    """
    damage: RecipeError | None = None
    if layer.recipe is not None:
        try:
            return unpack(layer.recipe)
        except RecipeError as problem:
            damage = problem
    found = find_named(layer.name, in_file=in_file, store=store)
    if found is None and damage is not None:
        raise damage
    return found


def find_named(name: str, *, in_file: Mapping[str, Bundle], store: Store | None) -> Bundle | None:
    """Return the recipe that a layer's name leads to, from the file or else the store; raises as `find`."""
    short = short_id_of(name)
    if short is None:
        return None
    found = next((one for one in in_file.values() if one.recipe.short_id == short), None)
    if found is None and store is not None:
        recipes = store.find(short)
        found = store.get(recipes[0].id) if recipes else None
    return found


def bundles_for(
    layers: Iterable[HostLayer], *, in_file: Mapping[str, Bundle], store: Store | None
) -> list[Bundle]:
    """Collect the recipes of a document's layers, for *Save as OpenRaster with recipes*."""
    found: dict[str, Bundle] = {}
    for layer in layers:
        try:
            bundle = find(layer, in_file=in_file, store=store)
        except RecipeError:
            continue
        if bundle is not None:
            found[bundle.recipe.id] = bundle
    return list(found.values())


def mask_file(mask: Pixels) -> tuple[str, bytes, tuple[int, int, int, int]]:
    """Return a mask as an attachment: role, PNG, place. Raises ValueError unless it has one byte a pixel."""
    _, _, width, height = mask.rect
    return ("mask", write_png(bytes(mask.data), width, height, 1), mask.rect)


def mask_of(bundle: Bundle) -> Pixels | None:
    """Return the mask that was used, or None; raises RecipeError when it cannot be read."""
    attachment = bundle.recipe.attachments.get(MASK_FILE)
    if attachment is None or attachment.rect is None:
        return None
    try:
        data, width, height, channels = read_png(bundle.files[MASK_FILE])
    except ValueError as problem:
        raise RecipeError(say("recipe.part", part=MASK_FILE, reason=str(problem))) from None
    if (width, height, channels) != (*attachment.rect[2:], 1):
        raise RecipeError(say("recipe.part", part=MASK_FILE))
    return Pixels(rect=attachment.rect, data=data, channels=1, order="gray", alpha="none")
