# SPDX-License-Identifier: Apache-2.0
"""Writing what an edit gave: layers and recipe as OpenRaster, or one flattened picture."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from protocol.plugin.binding import unpack
from protocol.plugin.host import NewLayer
from protocol.recipe_zip import write_bundle
from server.engine.api import Layer, Picture, Size
from server.engine.canvas import flatten
from server.files import FileLayer, OraLayer, write_flat, write_ora

from .file_host import MERGED, FileHost
from .pixels import cut, to_picture
from .stack import faded, merge

RECIPES = "pullbrush/"
EXACT = "pullbrush/layers/"
"""Exact pixels of float layers; they are written again with their layers."""


def save(host: FileHost, out: Path) -> None:
    """Write the opened file with its results to `out`, by suffix; whole or not at all.

    Raises FileError with a sentence.
    """
    if out.suffix.lower() == ".ora":
        _save_ora(host, out)
    else:
        write_flat(out, flat(host))


def flat(host: FileHost) -> Picture:
    """All that shows, as one picture in the depth and profile of the layer that was edited."""
    document = host.document
    if len(document.layers) == 1 and host.source is document.layers[0]:
        return flatten(host.picture, _result_layers(host.results, document.size))
    hidden = {new.above for new in host.results if new.placement == "instead"}
    shown: list[Picture] = []
    for layer in reversed(document.layers):
        if layer.visible and layer.name not in hidden and MERGED not in hidden:
            shown.append(faded(layer.load(), layer.opacity))
        shown += [_shown(new, document.size) for new in host.results if new.above == layer.name]
    shown += [_shown(new, document.size) for new in host.results if new.above == MERGED]
    return merge(shown, document.size, like=host.picture)


def _shown(new: NewLayer, size: Size) -> Picture:
    return faded(to_picture(new.pixels, size), new.opacity)


def _result_layers(results: Sequence[NewLayer], size: Size) -> list[Layer]:
    return [
        Layer(picture=to_picture(new.pixels, size), name=new.name, placement=new.placement)
        for new in results
    ]


def _save_ora(host: FileHost, out: Path) -> None:
    document = host.document
    float_layers = any(name.startswith(EXACT) for name in document.entries)
    hidden = {new.above for new in host.results if new.placement == "instead"}
    on_top = [new for new in reversed(host.results) if new.above == MERGED]
    layers = [_new_layer(new, document.size) for new in on_top]
    for layer in document.layers:
        above = [new for new in reversed(host.results) if new.above == layer.name]
        layers += [_new_layer(new, document.size) for new in above]
        layers.append(
            _kept(layer, host, hide=bool({layer.name, MERGED} & hidden), decode=float_layers)
        )
    entries = {
        name: load() for name, load in document.entries.items() if not name.startswith(EXACT)
    }
    for new in host.results:
        if new.recipe is not None:
            entries |= recipe_entries(new.recipe)
    write_ora(out, size=document.size, layers=layers, merged=_whole(flat(host)), entries=entries)


def _new_layer(new: NewLayer, size: Size) -> OraLayer:
    return OraLayer(name=new.name, picture=to_picture(new.pixels, size), opacity=new.opacity)


def _kept(layer: FileLayer, host: FileHost, *, hide: bool, decode: bool) -> OraLayer:
    """A layer of the input as it was: its own PNG bytes where the file has them."""
    raw = layer.png() if layer.png is not None and not decode else None
    picture = None
    if raw is None:
        picture = host.picture if layer is host.source else layer.load()
    return OraLayer(
        name=layer.name,
        picture=picture,
        png=raw,
        offset=layer.offset,
        opacity=layer.opacity,
        visible=layer.visible and not hide,
        mode=layer.mode,
    )


def recipe_entries(packed: bytes) -> dict[str, bytes]:
    """The members that a recipe and its attachments become in an .ora."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        write_bundle(archive, unpack(packed), prefix=RECIPES)
        return {name: archive.read(name) for name in archive.namelist()}


def _whole(picture: Picture) -> Picture:
    """The picture on its whole canvas."""
    width, height = picture.document
    rect = (0, 0, width, height)
    return (
        picture if picture.rect == rect else replace(picture, pixels=cut(picture, rect), rect=rect)
    )
