# SPDX-License-Identifier: GPL-3.0-or-later
"""What an artist has of an image besides its layers: paths, the selection, a preview that is none of them.

A preview is put in and taken out with undo frozen: no step of it stays, whatever happens between. Its parasite lets a
later start find one that a save has caught.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .host import Image, Layer
from .pieces import Stretched
from .protocol.edits import Point
from .protocol.plugin.host import HostError, Pixels, Rect
from .protocol.plugin.lineage import source_in, topmost

PREFIX = "pullbrush-"
RECIPE, SOURCE, PREVIEW = f"{PREFIX}recipe", f"{PREFIX}source", f"{PREFIX}preview"
"""Parasites of layers: how a result was made, of which layer, and that a layer is only for looking."""
MASK, SCREEN = "Y u8", "R'G'B'A u8"
PREVIEW_NAME = "Pullbrush preview"
DRAGS = "Pullbrush drags"

Ways = tuple[tuple[Point, ...], ...]


class Canvas:
    """One image as the artist has it on the screen."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self._shown: tuple[str, Stretched] | None = None

    def paths(self) -> Ways:
        """The anchors of every open stroke of the selected paths."""
        strokes = self._open().strokes()
        return tuple(tuple(zip(one[2::6], one[3::6], strict=True)) for one in strokes)

    def write_paths(self, ways: Sequence[Sequence[Point]], name: str = DRAGS) -> None:
        """Put ways into the path of this name, which is made if need be, and select it; one step."""
        strokes = [[float(n) for x, y in way for n in (x, y) * 3] for way in ways]
        with self._open().one_step():
            self.image.write_strokes(name, strokes)

    def select_mask(self, mask: Pixels) -> None:
        """Make a mask the selection; one step."""
        with self._open().one_step():
            self.image.selection(empty=True).put(mask.rect, MASK, bytes(mask.data))

    # ---- the preview

    def put_preview(self, rgba: Pixels, rect: Rect, above: str = "") -> Iterator[None]:
        """Show an 8-bit picture stretched over `rect`, right above a layer; yields between pieces.

        Where it is as it was, nothing is written: a large region costs what changes in it.
        """
        from .scaling import pixels_of  # only a panel shows previews

        layer, before = self._sheet(rect, above)
        now = Stretched(picture=rgba, rect=rect)
        self._shown = None  # should this be left halfway, all is written the next time
        for piece in now.pieces(before):
            data = pixels_of(now, piece)
            with self.image.beside_undo():
                layer.put(piece, SCREEN, data)
            yield
        self._shown = (layer.key, now)

    def drop_preview(self) -> None:
        """Take the preview away."""
        self.drop_stale_previews()

    def drop_stale_previews(self) -> int:
        """Take away all previews, also those that a save has caught; returns how many."""
        self._shown = None
        if not self.image.is_open:
            return 0
        found = [layer for layer in every(self.image.layers()) if is_preview(layer)]
        if found:
            with self.image.beside_undo():
                for layer in found:
                    self.image.remove(layer)
        return len(found)

    def _sheet(self, rect: Rect, above: str) -> tuple[Layer, Stretched | None]:
        """The preview's layer over `rect`, and what it shows so far: nothing when it is a new one."""
        base = self.layer(above)
        found = next((one for one in every(self.image.layers()) if is_preview(one)), None)
        if found is not None and found.rect == rect:
            known = self._shown is not None and self._shown[0] == found.key
            return found, self._shown[1] if self._shown is not None and known else None
        with self.image.beside_undo():
            if found is not None:
                self.image.remove(found)
            layer = self.image.new_layer(PREVIEW_NAME, rect)
            layer.attach(PREVIEW, b"only for looking")
            chosen = self.image.chosen()
            self.image.insert(layer, self.image.beside(base)[0], highest(base, self.image))
            self.image.choose(chosen)
        return layer, None

    # ---- within

    def _open(self) -> Image:
        if not self.image.is_open:
            raise HostError("The image is closed.")
        return self.image

    def layer(self, key: str) -> Layer:
        """The layer of a key, "" being the one that is chosen. Raises HostError."""
        image = self._open()
        if key:
            found = image.find(key)
            if found is None:
                raise HostError("That layer is not there any more. Choose another one.")
            return found
        chosen = image.chosen()
        if len(chosen) != 1:
            what = "Several layers are chosen" if chosen else "No layer is chosen"
            raise HostError(f"{what}. Choose the one layer to work on.")
        return self._below(chosen[0]) if is_preview(chosen[0]) else chosen[0]

    def _below(self, preview: Layer) -> Layer:
        """The layer that a preview lies on: an artist who chooses a preview means that one."""
        _, siblings, place = self.image.beside(preview)
        if place + 1 >= len(siblings):
            raise HostError("This layer is only a preview. Choose the one layer to work on.")
        return siblings[place + 1]


def every(layers: Iterable[Layer]) -> Iterator[Layer]:
    """All layers from top to bottom, a group before what it holds."""
    for layer in layers:
        yield layer
        yield from every(layer.below())


def is_preview(layer: Layer) -> bool:
    """Whether a layer is only there to be looked at."""
    return layer.attached(PREVIEW) is not None


def line_on(layer: Layer) -> str:
    """What a result was made of (see `lineage`), "" for what is no result of ours or lost its parasites."""
    return (layer.attached(SOURCE) or b"").decode(errors="replace")


def highest(layer: Layer, image: Image) -> int:
    """Where a new layer is seen: above all results that lie on this one already."""
    _, siblings, place = image.beside(layer)
    known = {one.key: one for one in reversed(siblings)}
    keys = list(known)
    last = topmost(layer.key, keys, lambda key: source_in(line_on(known[key])))
    return place - (keys.index(last) - keys.index(layer.key))
