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

from protocol.messages import Note
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
from server.files import (
    NORMAL,
    Document,
    FileError,
    FileLayer,
    Node,
    check_composable,
    compose,
    depth_words,
    read_document,
)

from .file_notes import notes_of
from .pixels import copied, cut, merged, to_picture, to_pixels

MERGED = ":merged"
"""The key of all visible layers together, whose name is "": recipes know them by that."""


@dataclass(kw_only=True)
class FileHost:
    """One opened file.

    `layer` names what is edited; `merged` takes all visible layers together instead. `mask` is a
    picture file or, if there is none of that name, a layer of this file; or a picture. `without`
    are layers to leave out, with the recipe `forgotten`. `element` is the number of the edited layer where it is known
    better than by its name; it is shown although the file hides it, and so is what the recipe's result hid. `files` are
    pictures beside this one that stand for layers of it, by their keys.
    """

    path: Path
    layer: str | None = None
    merged: bool = False
    mask: str | Picture | None = None
    without: frozenset[str] = frozenset()
    forgotten: str = ""
    element: int | None = None
    files: dict[str, Path] = field(default_factory=dict[str, Path])
    on_message: Callable[[Level, str], None] = lambda _level, _text: None
    on_preview: Callable[[Pixels | None, Rect], None] = lambda _pixels, _rect: None
    results: list[NewLayer] = field(default_factory=list[NewLayer])

    @cached_property
    def document(self) -> Document:
        """The file's layers; raises FileError with a sentence, also for what cannot be shown."""
        found = read_document(self.path).changed(self._as_before)
        check_composable(found.nodes, self.path.name)
        gone = f"pullbrush/{self.forgotten}"
        entries = {
            name: load
            for name, load in found.entries.items()
            if not (self.forgotten and name.startswith(gone))
        }
        return replace(found, entries=entries)

    def _as_before(self, node: Node) -> list[Node]:
        """The node as it was before the result that is left out."""
        if isinstance(node, FileLayer) and node.name in self.without:
            return []
        if node.hidden_by and self.forgotten.startswith(node.hidden_by):
            return [replace(node, visible=True, hidden_by="")]
        return [replace(node, visible=True) if self._is_known(node) else node]

    def _is_known(self, node: Node) -> bool:
        return (
            self.element is not None
            and isinstance(node, FileLayer)
            and node.element == self.element
        )

    @cached_property
    def source(self) -> FileLayer:
        """The layer that is edited."""
        if self.merged:
            return FileLayer(name=MERGED, load=self._load_merged)
        known = next((layer for layer in self.document.layers if self._is_known(layer)), None)
        return known or self.document.layer(self.layer)

    def _load_merged(self) -> Picture:
        document = self.document
        lowest = next((layer for layer in _lowest_first(document.nodes) if layer.visible), None)
        if lowest is None:
            raise HostError(f"{self.path.name} shows nothing: all its layers are hidden.")
        return compose(document.nodes, document.size, like=lowest.load())

    @cached_property
    def picture(self) -> Picture:
        """The pixels of that layer."""
        return self.source.load()

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What to know of this file before its layer is edited."""
        return notes_of(self.document, self.source, self.mask_document)

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

    @cached_property
    def mask_document(self) -> Document | None:
        """The file of the mask; None where it is a layer of the edited one, or a picture."""
        if isinstance(self.mask, str) and Path(self.mask).is_file():
            return read_document(Path(self.mask))
        return None

    def _mask_picture(self, name: str) -> Picture:
        masks = self.mask_document
        if masks is None:
            if self.document.found(name) or self.document.groups(name):
                return self.document.layer(name).load()
            layers = ", ".join(f"“{name}”" for name in self.document.names)
            raise HostError(
                f"The mask “{name}” is neither a file nor a layer of {self.path.name} ({layers})."
            )
        return self._only_layer(masks, "mask").load()

    @property
    def _mask_name(self) -> str:
        return f"“{self.mask}”" if isinstance(self.mask, str) else "of the recipe"

    # ------------------------------------------------------------- the seven functions

    def document_key(self) -> str | None:
        """A digest of where the file is and when it was written: the same file keeps its inversion, no path travels."""
        return self._key

    @cached_property
    def _key(self) -> str:
        stat = self.path.stat() if self.path.exists() else None
        written = (stat.st_mtime_ns, stat.st_size) if stat is not None else ()
        words = repr((str(self.path.resolve()), self.layer, self.element, self.merged, written))
        place = words.encode("utf-8", "surrogateescape")
        return "file-" + hashlib.blake2b(place, digest_size=12).hexdigest()

    def extent_and_profile(self) -> Extent:
        width, height = self.document.size
        color = "linear" if self.picture.linear else "with profile" if self.picture.icc else "sRGB"
        depth = depth_words(self.picture.pixels.dtype)
        return Extent(width=width, height=height, profile=f"{color} {depth}")

    def read_layers(self, rect: Rect | None, keys: Sequence[str]) -> Iterator[HostLayer | None]:
        for key in keys:
            layer = self.source if key in ("", self.source.name) else self._named(key)
            pixels, bounds = None, None
            if layer is self.source:
                bounds = self.picture.rect
            if rect is not None:
                picture = self.picture if layer is self.source else layer.load()
                pixels, bounds = to_pixels(picture, rect), picture.rect
            yield HostLayer(
                key=layer.name,
                name="" if layer.name == MERGED else layer.name,
                offset=layer.offset,
                pixels=pixels,
                visible=layer.visible,
                opacity=layer.opacity,
                bounds=bounds,
            )

    def _named(self, key: str) -> FileLayer:
        try:
            if key in self.files:
                other = read_document(self.files[key])
                return replace(self._only_layer(other, "picture"), name=key)
            return self.document.layer(key)
        except FileError as problem:
            raise HostError(str(problem)) from None

    def layers(self) -> list[tuple[str, str]]:
        """(key, name) of all layers, from top to bottom."""
        return [(name, name) for name in self.document.names_of(self.document.layers)]

    def picture_over(self, key: str) -> Picture:
        """The pixels of a layer, or of the file that stands for one. Raises HostError, FileError."""
        return self.picture if key in ("", self.source.name) else self._named(key).load()

    def key_for(self, name: str) -> str:
        """The key of a layer of this file, or of a picture file; a file's place is in no key. Raises HostError."""
        document = self.document
        if document.found(name) or document.groups(name) or name in self.files:
            return name
        found = next((one for one in (Path(name), self.path.parent / name) if one.is_file()), None)
        if found is None:
            layers = ", ".join(f"“{one}”" for one in document.names)
            raise HostError(
                f"“{name}” is neither a file nor a layer of {self.path.name} ({layers})."
            )
        known = next((key for key, place in self.files.items() if place == found), None)
        if known is None:
            taken, known, number = {*document.names, *self.files}, found.name, 2
            while known in taken:
                known, number = f"{found.stem}-{number}{found.suffix}", number + 1
            self.files[known] = found
        return known

    def _only_layer(self, other: Document, what: str) -> FileLayer:
        """The only layer of another file, which is as large as this one."""
        size = self.document.size
        if other.size != size:
            raise HostError(
                f"The {what} {other.name} is {other.size[0]} × {other.size[1]} pixels, but "
                f"{self.path.name} is {size[0]} × {size[1]}; they must agree."
            )
        return other.layer(None)

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
        self.results += [self._whole(layer) for layer in layers]
        return [layer.name for layer in layers]

    def _whole(self, new: NewLayer) -> NewLayer:
        """A copy with all its pixels; also where a layer on the source cannot show the edit,
        because the source is faded or blended with what lies below it."""
        source = self.source if new.copy_of in ("", self.source.name) else self._named(new.copy_of)
        picture = self.picture if source is self.source else source.load()
        size = self.document.size
        if new.placement == "instead":
            whole = copied(picture, [to_picture(p, size) for p in (*new.patches, new.pixels)])
        elif new.placement == "over" and (source.opacity < 1 or source.mode != NORMAL):
            whole = merged(picture, to_picture(new.pixels, size), new.opacity)
        else:
            return new
        return replace(
            new,
            pixels=to_pixels(whole, whole.rect),
            placement="instead",
            opacity=source.opacity,
            copy_of=source.name,
            patches=(),
        )

    def show_preview(self, rgba: Pixels | None, rect: Rect) -> None:
        self.on_preview(rgba, rect)

    def message(self, level: Level, text: str) -> None:
        self.on_message(level, text)


def _lowest_first(nodes: Sequence[Node]) -> Iterator[FileLayer]:
    """The layers of groups that are shown, from below."""
    for node in reversed(nodes):
        if isinstance(node, FileLayer):
            yield node
        elif node.visible:
            yield from _lowest_first(node.children)
