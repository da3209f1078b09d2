# SPDX-License-Identifier: Apache-2.0
"""A picture file as the "paint program" of the command line: the seven functions of `Host`.

Nothing is written while an edit runs; `results` are saved at the end, whole or not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from protocol.plugin.host import (
    Extent,
    HostError,
    HostLayer,
    Level,
    NewLayer,
    Pixels,
    Rect,
    Selection,
)
from server.engine.api import Picture
from server.engine.canvas import mask_of
from server.files import Document, FileError, FileLayer, read_document

from .pixels import cut, to_pixels
from .stack import faded, merge

MERGED = ""
"""The key of all visible layers together."""

DEPTH_WORDS = {"uint8": "8 bit", "uint16": "16 bit", "float16": "half float", "float32": "float"}


@dataclass(kw_only=True)
class FileHost:
    """One opened file.

    `layer` names what is edited; `merged` takes all visible layers together instead. `mask` is a
    picture file or, if there is none of that name, a layer of this file; or a picture. `without`
    are layers to leave out, with the recipe `forgotten`; `shown` are layers to show although the
    file hides them.
    """

    path: Path
    layer: str | None = None
    merged: bool = False
    mask: str | Picture | None = None
    without: frozenset[str] = frozenset()
    forgotten: str = ""
    shown: frozenset[str] = frozenset()
    on_message: Callable[[Level, str], None] = lambda _level, _text: None
    on_preview: Callable[[Pixels | None, Rect], None] = lambda _pixels, _rect: None
    results: list[NewLayer] = field(default_factory=list[NewLayer])

    @cached_property
    def document(self) -> Document:
        """The file's layers; raises FileError with a sentence."""
        found = read_document(self.path)
        layers = (
            replace(layer, visible=layer.visible or layer.name in self.shown)
            for layer in found.layers
            if layer.name not in self.without
        )
        gone = f"pullbrush/{self.forgotten}"
        entries = {
            name: load
            for name, load in found.entries.items()
            if not (self.forgotten and name.startswith(gone))
        }
        return replace(found, layers=tuple(layers), entries=entries)

    @cached_property
    def source(self) -> FileLayer:
        """The layer that is edited."""
        if self.merged:
            return FileLayer(name=MERGED, load=self._load_merged)
        return self.document.layer(self.layer)

    def _load_merged(self) -> Picture:
        visible = [layer for layer in reversed(self.document.layers) if layer.visible]
        if not visible:
            raise HostError(f"{self.path.name} shows nothing: all its layers are hidden.")
        pictures = [faded(layer.load(), layer.opacity) for layer in visible]
        return merge(pictures, self.document.size, like=pictures[0])

    @cached_property
    def picture(self) -> Picture:
        """The pixels of that layer."""
        return self.source.load()

    @cached_property
    def selection(self) -> Picture | None:
        """The mask over the canvas, (h, w, 1) u1; None without one."""
        if self.mask is None:
            return None
        found = self.mask if isinstance(self.mask, Picture) else self._mask_picture(self.mask)
        values = mask_of(found)
        # A mask that is there at all stays there: 16-bit values below 1/255 must not round to 0.
        coarse = np.maximum(np.rint(values * 255), values > 0).astype(np.uint8)
        width, height = self.document.size
        whole = Picture(pixels=coarse[..., None], rect=found.rect, document=found.document)
        pixels = cut(whole, (0, 0, width, height))
        return Picture(pixels=pixels, rect=(0, 0, width, height), document=(width, height))

    def _mask_picture(self, name: str) -> Picture:
        place = Path(name)
        if not place.is_file():
            if name in self.document.names:
                return self.document.layer(name).load()
            layers = ", ".join(f"“{name}”" for name in self.document.names)
            raise HostError(
                f"The mask “{name}” is neither a file nor a layer of {self.path.name} ({layers})."
            )
        masks = read_document(place)
        if masks.size != self.document.size:
            raise HostError(
                f"The mask {place.name} is {masks.size[0]} × {masks.size[1]} pixels, but "
                f"{self.path.name} is {self.document.size[0]} × {self.document.size[1]}; they must agree."
            )
        return masks.layer(None).load()

    @property
    def _mask_name(self) -> str:
        return f"“{self.mask}”" if isinstance(self.mask, str) else "of the recipe"

    # ------------------------------------------------------------- the seven functions

    def document_key(self) -> str | None:
        """A digest of where the file is: the same file keeps its inversion, and no path travels."""
        place = str(self.path.resolve()).encode("utf-8", "surrogateescape")
        return "file-" + hashlib.blake2b(place, digest_size=12).hexdigest()

    def extent_and_profile(self) -> Extent:
        width, height = self.document.size
        color = "linear" if self.picture.linear else "with profile" if self.picture.icc else "sRGB"
        depth = DEPTH_WORDS[self.picture.pixels.dtype.name]
        return Extent(width=width, height=height, profile=f"{color} {depth}")

    def read_layers(self, rect: Rect | None, keys: Sequence[str]) -> Iterator[HostLayer | None]:
        for key in keys:
            layer = self.source if key in (MERGED, self.source.name) else self._named(key)
            pixels = None
            if rect is not None:
                picture = self.picture if layer is self.source else layer.load()
                pixels = to_pixels(picture, rect)
            yield HostLayer(key=layer.name, name=layer.name, offset=layer.offset, pixels=pixels)

    def _named(self, key: str) -> FileLayer:
        try:
            return self.document.layer(key)
        except FileError as problem:
            raise HostError(str(problem)) from None

    def read_selection(self, rect: Rect | None) -> Selection | None:
        whole = self.selection
        if whole is None:
            return None
        rows = np.flatnonzero(whole.pixels.any(axis=(1, 2)))
        columns = np.flatnonzero(whole.pixels.any(axis=(0, 2)))
        if rows.size == 0:
            raise HostError(
                f"The mask {self._mask_name} is empty: nothing in it is white (or opaque). "
                "Paint what should be edited white, on black."
            )
        x, y = int(columns[0]), int(rows[0])
        bounds = (x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y)
        return Selection(bounds=bounds, mask=None if rect is None else to_pixels(whole, rect))

    def write_layers(
        self, layers: Sequence[NewLayer], group: str | None, undo_name: str
    ) -> list[str]:
        self.results += layers
        return [layer.name for layer in layers]

    def show_preview(self, rgba: Pixels | None, rect: Rect) -> None:
        self.on_preview(rgba, rect)

    def message(self, level: Level, text: str) -> None:
        self.on_message(level, text)
