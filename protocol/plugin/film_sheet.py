# SPDX-License-Identifier: Apache-2.0
"""Small pictures of some frames of a film, and the sheet they are kept on: one PNG with the frames side by side.

Which frames they are of is written in it as the note `Frames`. Any viewer shows the sheet; a recipe without it works
as well, its frames just cannot be seen beforehand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from .film_small import small_size
from .host import Rect
from .png import read_note, read_png, write_png

MANY = 8
"""So many frames are shown of a film."""
SHEET_MAX = 30_000
"""Bytes that a sheet may have; colors of a larger one lose their finest steps, which brings it below."""
COARSER = bytes(value & 0xF8 for value in range(256))
FRAMES_NOTE = "Frames"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Small pictures (RGB, as `small_size` says) of a place in the document, by the frame's number.

    `seen` came by while the frames were made, `made` are of results that were chosen afterwards.
    """

    place: Rect
    seen: Mapping[int, bytes] = field(default_factory=dict[int, bytes], repr=False)
    made: Mapping[int, bytes] = field(default_factory=dict[int, bytes], repr=False)

    def __post_init__(self) -> None:
        width, height = self.size
        for number, picture in (*self.seen.items(), *self.made.items()):
            if number < 0 or len(picture) != 3 * width * height:
                raise ValueError(
                    f"frame {number} has {len(picture)} bytes, not {width} × {height} × 3"
                )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of each picture."""
        return small_size(self.place)

    def shown(self, chosen: int, last: int) -> dict[int, bytes]:
        """At most `MANY` frames from the first to the last: those two if they were seen, and evenly between."""
        must = {chosen, last}
        known = {**{n: self.made[n] for n in must if n in self.made}, **self.seen}
        return {n: known[n] for n in few((n for n in known if n <= last), must)}

    def to_png(self, chosen: int, last: int) -> bytes:
        """The frames that are shown, as one picture; b"" when there are none."""
        pictures = self.shown(chosen, last)
        if not pictures:
            return b""
        width, height = self.size
        row = 3 * width
        lines = (
            picture[y * row : (y + 1) * row] for y in range(height) for picture in pictures.values()
        )
        data = b"".join(lines)
        notes = {FRAMES_NOTE: " ".join(str(number) for number in pictures)}
        shape = (width * len(pictures), height, 3)
        png = write_png(data, *shape, notes=notes, small=True)
        if len(png) > SHEET_MAX:
            png = write_png(data.translate(COARSER), *shape, notes=notes, small=True)
        return png


def sheet_in(png: bytes, place: Rect) -> Sheet:
    """The inverse of `to_png`; raises ValueError when it is no such picture."""
    data, wide, height, channels = read_png(png)
    numbers = [int(word) for word in read_note(png, FRAMES_NOTE).split()]
    width, high = small_size(place)
    fits = (wide, height, channels) == (width * len(numbers), high, 3)
    if not fits or len(numbers) > 2 * MANY or sorted({*numbers}) != numbers:
        raise ValueError(f"a sheet of {wide} × {height} pixels does not show the frames {numbers}")
    row = 3 * width
    seen = {
        number: b"".join(data[(y * len(numbers) + i) * row :][:row] for y in range(height))
        for i, number in enumerate(numbers)
    }
    return Sheet(place=place, seen=seen)


def few(numbers: Iterable[int], must: Collection[int] = (), many: int = MANY) -> list[int]:
    """At most `many` of the numbers, in order and as evenly as they come: the ends, and those in `must`, are kept."""
    left = sorted({*numbers})
    while len(left) > many:
        inner = [i for i in range(1, len(left) - 1) if left[i] not in must]
        if not inner:
            break
        del left[min(inner, key=lambda i: left[i + 1] - left[i - 1])]  # the one missed least
    return left
