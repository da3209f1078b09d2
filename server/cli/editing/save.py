# SPDX-License-Identifier: Apache-2.0
"""Writing what an edit gave: layers and recipe as OpenRaster, or one flattened picture."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from protocol.plugin.binding import unpack
from protocol.plugin.host import NewLayer
from protocol.plugin.lineage import hidden_by
from protocol.recipe_parts import short_id_of
from protocol.recipe_zip import write_bundle
from server.engine.api import Picture, Size
from server.files import (
    NORMAL,
    Document,
    FileLayer,
    Node,
    OraLayer,
    compose,
    revise_ora,
    with_ai_mark,
    write_flat,
    write_ora,
)

from .file_host import MERGED, FileHost
from .pixels import to_picture

RECIPES = "pullbrush/"
EXACT = "pullbrush/layers/"
"""Exact pixels of float layers; they are written with their layers."""


def save(host: FileHost, out: Path, *, mark_ai: bool = False) -> None:
    """Write the opened file with its results to `out`, by suffix; whole or not at all.

    mark_ai: whether its XMP says that a trained model made a part of it. Raises FileError.
    """
    document = with_results(host)
    if mark_ai:
        metadata = replace(document.metadata, xmp=with_ai_mark(document.metadata.xmp))
        document = replace(document, metadata=metadata)
    merged = flat(host, document)
    if out.suffix.lower() == ".ora":
        _save_ora(host, document, merged, out)
    else:
        write_flat(out, merged, document.metadata)


def flat(host: FileHost, document: Document | None = None) -> Picture:
    """All that shows, as one picture in the depth and profile of the layer that was edited."""
    document = document or with_results(host)
    return compose(document.nodes, document.size, like=host.picture)


def with_results(host: FileHost) -> Document:
    """The document with its results: each right above its source, in the same group; those of
    everything together above all. What they take the place of is hidden."""
    hidden = {key: short_id_of(new.name) or "" for new in host.results for key in hidden_by([new])}

    def change(node: Node) -> Iterator[Node]:
        if not isinstance(node, FileLayer):
            yield node
            return
        is_source = node is host.source
        if is_source:
            yield from _layers(host, node)
        if node.name in hidden and (is_source or node.name != host.source.name):
            node = _hidden(node, hidden[node.name])
        yield node

    document = host.document
    if not host.merged:
        return document.changed(change)
    below = [_hidden(node, hidden[MERGED]) if MERGED in hidden else node for node in document.nodes]
    return replace(document, nodes=(*_layers(host, host.source), *below))


def _layers(host: FileHost, source: FileLayer) -> Iterator[FileLayer]:
    """The results on a layer, topmost first."""
    for new in reversed(host.results):
        if new.above == source.name:
            yield _layer(new, source, host.document.size)


def _layer(new: NewLayer, source: FileLayer, size: Size) -> FileLayer:
    picture = to_picture(new.pixels, size)
    return FileLayer(
        name=new.name,
        load=lambda: picture,
        offset=picture.rect[:2],
        opacity=new.opacity,
        mode=source.mode if new.placement == "instead" else NORMAL,
    )


def _hidden(node: Node, short_id: str) -> Node:
    return replace(node, visible=False, hidden_by=short_id) if node.visible else node


def _save_ora(host: FileHost, document: Document, merged: Picture, out: Path) -> None:
    entries = {
        name: load() for name, load in document.entries.items() if not name.startswith(EXACT)
    }
    for new in host.results:
        if new.recipe is not None:
            entries |= recipe_entries(new.recipe)
    if document.source is not None:
        revise_ora(document.source, out, document=document, merged=merged, entries=entries)
        return
    layers = [_written(layer) for layer in document.layers]
    write_ora(
        out,
        size=document.size,
        layers=layers,
        merged=merged,
        entries=entries,
        metadata=document.metadata,
    )


def _written(layer: FileLayer) -> OraLayer:
    return OraLayer(
        name=layer.name,
        picture=layer.load(),
        opacity=layer.opacity,
        visible=layer.visible,
        mode=layer.mode,
        hidden_by=layer.hidden_by,
    )


def recipe_entries(packed: bytes) -> dict[str, bytes]:
    """The members that a recipe and its attachments become in an .ora."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        write_bundle(archive, unpack(packed), prefix=RECIPES)
        return {name: archive.read(name) for name in archive.namelist()}
