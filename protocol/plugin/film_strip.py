# SPDX-License-Identifier: Apache-2.0
"""The film strip: frames seen while a pull ran, and which of them a panel shows to choose from.

The pictures are the live previews, made small as they come by. Not every frame is previewed, since only the newest is
ever sent; so the strip has some of them, evenly, and the slider beside it all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..events import Picture
from .film_sheet import MANY, Sheet, few
from .film_small import shrunk, small_size
from .host import Pixels, Rect
from .strings import Strings

KEPT = 2 * MANY
"""So many are kept while nobody knows how many there will be."""


@dataclass(frozen=True, kw_only=True)
class FramePicture:
    """A frame as a panel shows it: `rgb` of `width` × `height`, `label` for those who do not see it."""

    number: int
    width: int
    height: int
    rgb: bytes = field(repr=False)
    label: str
    chosen: bool


class Seen:
    """Collects small pictures while frames are made; one job's at a time."""

    def __init__(self) -> None:
        self.place: Rect | None = None
        self.pictures: dict[int, bytes] = {}
        self._below: tuple[Pixels | None, Rect | None, bytes] = (None, None, b"")

    def begin(self, sheet: Sheet | None = None, upto: int = 0) -> None:
        """Another pull begins, or goes on from this frame of an earlier one."""
        self.place, self.pictures = None, {}
        if sheet is not None:
            self.place = sheet.place
            known = {**sheet.made, **sheet.seen}
            self.pictures = {n: known[n] for n in sorted(known) if n <= upto}

    def saw(self, number: int, preview: Pixels, place: Rect, source: Pixels | None) -> None:
        """A frame was previewed at a place in the document, above these pixels."""
        if place != self.place or number < max(self.pictures, default=0):
            self.begin()  # it began anew
        self.place = place
        self.pictures[number] = shrunk(preview, place, place, self.below(source, place))
        for left in self.pictures.keys() - {*few(self.pictures, many=KEPT)}:
            del self.pictures[left]

    def move(self, dx: int, dy: int) -> None:
        """The picture lies elsewhere in the document now."""
        if self.place is not None:
            self.place = (self.place[0] + dx, self.place[1] + dy, *self.place[2:])

    def below(self, source: Pixels | None, place: Rect) -> bytes:
        """What lies below the frames, made small once."""
        if source is None:
            return b""
        if self._below[0] is not source or self._below[1] != place:
            self._below = (source, place, shrunk(source, source.rect, place))
        return self._below[2]

    def sheet(self, before: Sheet | None, around: Rect) -> Sheet:
        """The pictures of a film that has ended: `before` when it is the same film and nothing new was seen of it."""
        if before is not None and not self.pictures:
            return before
        return Sheet(place=self.place or around, seen=dict(self.pictures))

    def with_result(
        self, sheet: Sheet, number: int, top: Picture | None, source: Pixels | None
    ) -> Sheet:
        """The sheet with a frame that was rendered as a result, unless it was seen before."""
        if top is None or number in sheet.seen or number in sheet.made:
            return sheet
        pixels = pixels_of(top)
        below = self.below(source, sheet.place)
        small = shrunk(pixels, pixels.rect, sheet.place, below)
        return replace(sheet, made={**sheet.made, number: small})


def pixels_of(picture: Picture) -> Pixels:
    """A picture of a result, its color profile left aside."""
    image = picture.image
    return Pixels(
        rect=image.rect,
        data=picture.pixels,
        channels=image.shape[2],
        dtype=image.dtype,
        order=image.order,
        alpha=image.alpha,
        linear=image.space == "linear-srgb",
    )


def strip(
    sheet: Sheet | None, frames: int, value: object, strings: Strings
) -> tuple[FramePicture, ...]:
    """What a panel shows of a film of so many frames while `value` is chosen (-1 is the last); () of less than two."""
    if sheet is None or frames < 2:
        return ()
    last = frames - 1
    chosen = last if value == -1 else value if isinstance(value, int) else -1
    pictures: Mapping[int, bytes] = sheet.shown(chosen, last)
    if len(pictures) < 2:
        return ()
    width, height = small_size(sheet.place)
    return tuple(
        FramePicture(
            number=number,
            width=width,
            height=height,
            rgb=rgb,
            label=strings.text("panel.frame_at", n=number),
            chosen=number == chosen,
        )
        for number, rgb in pictures.items()
    )
