# SPDX-License-Identifier: GPL-3.0-or-later
"""What an artist has of an image besides its layers: paths, the selection, and how all of it looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .formats import MASK
from .host import Image, Layer
from .looking import Seen
from .protocol.edits import Point
from .protocol.plugin.host import HostError, Pixels, Rect
from .protocol.plugin.lineage import source_in, topmost
from .protocol.sentences import say

PREFIX = "pullbrush-"
RECIPE, SOURCE = f"{PREFIX}recipe", f"{PREFIX}source"
"""Parasites of layers: how a result was made, and of which layer."""
DRAGS = "Pullbrush drags"

Ways = tuple[tuple[Point, ...], ...]


class Canvas:
    """One image as the artist has it on the screen."""

    def __init__(self, image: Image) -> None:
        self.image = image

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

    # ---- what is seen

    def seen(self, rect: Rect, step: int, on: str | None, hidden: Sequence[str] = ()) -> Seen:
        """How the image looks over a rectangle, and for a new result right above the layer `on`, which hides others,
        what lies below it and above it; None: no result is seen. Raises HostError.
        """
        image = self._open()
        before = image.seen(rect, step)
        if on is None:
            return Seen(rect=rect, step=step, before=before)
        base, listed = self.layer(on), list(every(image.layers()))
        _, siblings, _ = image.beside(base)
        last = siblings[highest(base, image)]
        place = [one.key for one in listed].index(last.key)
        over = [at for at in range(place) if not _holds(listed[at], last.key)]
        covered = any(listed[at].visible for at in over)
        gone = [at for at, one in enumerate(listed) if one.key in hidden]
        if not gone and not covered:
            return Seen(rect=rect, step=step, before=before)
        below = _without(image, [*gone, *over], rect, step)
        above = _without(image, range(place, len(listed)), rect, step) if covered else None
        return Seen(rect=rect, step=step, before=before, below=below, above=above)

    # ---- within

    def _open(self) -> Image:
        if not self.image.is_open:
            raise HostError(say("image.closed"))
        return self.image

    def layer(self, key: str) -> Layer:
        """The layer of a key, "" being the one that is chosen. Raises HostError."""
        image = self._open()
        if key:
            found = image.find(key)
            if found is None:
                raise HostError(say("layer.gone"))
            return found
        chosen = image.chosen()
        if len(chosen) != 1:
            raise HostError(say("layer.several" if chosen else "layer.none"))
        return chosen[0]


def every(layers: Iterable[Layer]) -> Iterator[Layer]:
    """All layers from top to bottom, a group before what it holds."""
    for layer in layers:
        yield layer
        yield from every(layer.below())


def _without(image: Image, hidden: Iterable[int], rect: Rect, step: int) -> bytes:
    """How a rectangle would look without the layers at these places of `every`."""
    with image.duplicated() as copy:
        listed = list(every(copy.layers()))
        for at in hidden:
            listed[at].show(False)
        return copy.seen(rect, step)


def _holds(group: Layer, key: str) -> bool:
    """Whether a layer is somewhere within a group."""
    return any(one.key == key for one in every(group.below()))


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
