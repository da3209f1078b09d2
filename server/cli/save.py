# SPDX-License-Identifier: Apache-2.0
"""Writing what an edit gave: layers and recipe as OpenRaster, or one flattened picture."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from protocol.plugin.binding import unpack
from protocol.plugin.host import NewLayer
from protocol.recipe_zip import write_bundle
from server.engine.api import Layer, Picture, Size
from server.engine.canvas import flatten
from server.files import FileLayer, OraLayer, write_flat, write_ora

from .file_host import FileHost
from .pixels import cut, to_picture

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
    if len(document.layers) == 1:
        return flatten(host.picture, _result_layers(host.results, document.size))
    hidden = {new.above for new in host.results if new.placement == "instead"}
    shown: list[Picture] = []
    for layer in reversed(document.layers):
        if layer.visible and layer.name not in hidden:
            shown.append(_faded(layer.load(), layer.opacity))
        shown += [
            _faded(to_picture(new.pixels, document.size), new.opacity)
            for new in host.results
            if new.above == layer.name
        ]
    return merge(shown, document.size, like=host.picture)


def merge(shown: Iterable[Picture], size: Size, *, like: Picture) -> Picture:
    """Pictures over each other, bottom first, on the whole canvas in the depth of `like`."""
    width, height = size
    channels = 2 if like.is_gray else 4
    empty = np.zeros((height, width, channels), like.pixels.dtype)
    canvas = replace(like, pixels=empty, rect=(0, 0, width, height))
    for picture in shown:
        fitting = replace(_like(picture, like), icc=like.icc, linear=like.linear)
        canvas = flatten(canvas, [Layer(picture=fitting, name="")])
        canvas = replace(
            canvas, pixels=cut(canvas, (0, 0, width, height)), rect=(0, 0, width, height)
        )
    opaque = np.iinfo(canvas.pixels.dtype.name).max if canvas.pixels.dtype.kind == "u" else 1
    if not like.has_alpha and bool((canvas.pixels[..., -1] == opaque).all()):
        return replace(canvas, pixels=np.ascontiguousarray(canvas.pixels[..., :-1]))
    return canvas


def _like(picture: Picture, like: Picture) -> Picture:
    """A picture with the channels (and alpha) and the depth of `like`."""
    pixels = picture.pixels
    if not picture.has_alpha:
        top = np.iinfo(pixels.dtype.name).max if pixels.dtype.kind == "u" else 1
        alpha = np.full((*pixels.shape[:2], 1), top, pixels.dtype)
        pixels = np.concatenate((pixels, alpha), axis=2)
    if picture.is_gray and not like.is_gray:
        pixels = pixels[..., [0, 0, 0, 1]]
    elif like.is_gray and not picture.is_gray:
        gray = pixels[..., :3].astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
        pixels = np.stack((gray.astype(pixels.dtype), pixels[..., 3]), axis=2)
    return replace(picture, pixels=_depth(pixels, like.pixels.dtype))


def _depth(pixels: np.ndarray, depth: np.dtype[np.generic]) -> np.ndarray:
    if pixels.dtype == depth:
        return pixels
    unit = pixels.astype(np.float64)
    if pixels.dtype.kind == "u":
        unit /= np.iinfo(pixels.dtype.name).max
    if depth.kind == "u":
        return np.rint(np.clip(unit, 0, 1) * np.iinfo(depth.name).max).astype(depth)
    return unit.astype(depth)


def _faded(picture: Picture, opacity: float) -> Picture:
    if opacity >= 1:
        return picture
    pixels = _like(picture, picture).pixels.copy()
    alpha = pixels[..., -1].astype(np.float64) * opacity
    pixels[..., -1] = np.rint(alpha) if pixels.dtype.kind == "u" else alpha
    return replace(picture, pixels=pixels)


def _result_layers(results: Sequence[NewLayer], size: Size) -> list[Layer]:
    return [
        Layer(picture=to_picture(new.pixels, size), name=new.name, placement=new.placement)
        for new in results
    ]


def _save_ora(host: FileHost, out: Path) -> None:
    document = host.document
    float_layers = any(name.startswith(EXACT) for name in document.entries)
    hidden = {new.above for new in host.results if new.placement == "instead"}
    layers: list[OraLayer] = []
    for layer in document.layers:
        above = [new for new in reversed(host.results) if new.above == layer.name]
        layers += [_new_layer(new, document.size) for new in above]
        layers.append(_kept(layer, host, hide=layer.name in hidden, decode=float_layers))
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
