# SPDX-License-Identifier: Apache-2.0
"""`pullbrush redo`: make a result again from its recipe, with other settings if wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from protocol.edits import EDITS, EditModel
from protocol.ora_recipes import read_recipes
from protocol.plugin.binding import find_named, mask_of
from protocol.plugin.document.recipe_restore import Again, again
from protocol.plugin.host import layers_of
from protocol.recipe import Bundle
from protocol.recipe_parts import short_id_of
from protocol.store import Store, default_folder
from server.cli.output_options import Manner
from server.cli.problem import Problem
from server.cli.words import sentence
from server.files import Document, read_document

from .check import check_edit, check_format, check_out, check_source
from .file_host import FileHost
from .options import params_from_texts
from .pixels import to_picture
from .redo_source import source_of
from .report import report
from .run import checked_params, edit_file, named_layers, sentences, written


@dataclass(frozen=True, kw_only=True)
class Found:
    """The topmost result of a file: its layers, and how they were made."""

    bundle: Bundle
    layers: frozenset[str]


def redo(
    source: Path,
    out: Path,
    settings: Sequence[str],
    *,
    overwrite: bool,
    mark_ai: bool,
    manner: Manner,
) -> None:
    """Run the recipe of the topmost result again and save it in the place of that result."""
    with sentences(source, out):
        check_source(source)
        in_place = check_out(source, out, overwrite=overwrite)
        found = find(source)
        changes = grouped(settings)
        mask = changes.pop("mask", [None])[-1]
        host = host_for(source, found, mask)
        taken, model = taken_up(host, found.bundle, changes)
        check_format(host, out)
        check_edit(host, model, taken.params, taken.crop)
        done = edit_file(host, taken, manner=manner)
        out = written(host, out, replace=in_place, mark_ai=mark_ai)
    report(done, out, manner, command="redo")


def find(source: Path) -> Found:
    """The recipe of the topmost result, from the file or, if another program saved it, the local store."""
    document = read_document(source)
    if not document.entries and not any(map(short_id_of, document.names)):
        raise Problem(f"{source.name} holds no result of Pullbrush, so there is nothing to redo.")
    bundles, problems = read_recipes(source)
    store = Store(default_folder())
    for name in document.names:
        bundle = find_named(name, in_file=bundles, store=store)
        if bundle is not None:
            return Found(bundle=bundle, layers=_layers_of(document, bundle.recipe.short_id))
    why = (
        problems[0]
        if problems
        else f"The recipe of {source.name} is neither in it nor stored here."
    )
    raise Problem(sentence(why))


def _layers_of(document: Document, short: str) -> frozenset[str]:
    return frozenset(name for name in document.names if short_id_of(name) == short)


def taken_up(
    host: FileHost, bundle: Bundle, changes: Mapping[str, list[str]]
) -> tuple[Again, EditModel]:
    """The edit of a recipe with other settings, where it was: layers of files lie where they did. Raises Problem.

    Its mask is the host's already.
    """
    models = {kind: EditModel.of(edit) for kind, edit in EDITS.items()}
    (layer,) = layers_of(host, [""])
    extent, there = host.extent_and_profile(), host.layers()
    taken = again(bundle, models, layer, extent, shift=(0, 0), layers=there)
    model = models[taken.kind]
    params = {**taken.params, **params_from_texts(model, dict(changes))}
    params = named_layers(host, model, checked_params(model, params))
    return replace(taken, params=params, mask=None), model


def grouped(settings: Sequence[str]) -> dict[str, list[str]]:
    """NAME=VALUE texts by name; the same name may come several times (drags)."""
    found: dict[str, list[str]] = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise Problem(f"--set must look like NAME=VALUE, such as seed=3, not “{text}”.")
        found.setdefault(name.strip(), []).append(value)
    return found


def host_for(source: Path, found: Found, mask: str | None) -> FileHost:
    """The file without that result, its source shown again, with the recipe's mask or another one."""
    recipe = found.bundle.recipe
    stored = mask_of(found.bundle)
    layer = None
    if recipe.source.layer:
        layer = source_of(read_document(source), recipe.source, results=found.layers)
    return FileHost(
        path=source,
        layer=layer.name if layer else None,
        element=layer.element if layer else None,
        merged=layer is None,
        mask=mask or (to_picture(stored, recipe.source.document) if stored else None),
        without=found.layers,
        forgotten=recipe.id,
    )
