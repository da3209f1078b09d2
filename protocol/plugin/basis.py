# SPDX-License-Identifier: Apache-2.0
"""What a result was made from, geometry and pixels, and whether that is still the same."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from ..edits import SOURCE
from ..images import ITEM_BYTES
from ..sentences import told
from .bites import gathered
from .geometry import Geometry, geometry_of
from .host import NOWHERE, Host, HostError, Pixels, Rect
from .moving import moved_rect
from .snapshot import Snapshot
from .stacking import flattened

Change = Literal["same", "moved", "painted", "resized", "converted", "cut", "gone"]
"""`resized`: scaled, turned or distorted. `cut`: the place of the edit is not in the picture any more."""

ROWS_LOOKED_AT = 24
"""So many rows are looked at to find those by which a picture is known again."""


@dataclass(frozen=True, kw_only=True)
class Basis:
    """`pixels` are what was seen of the layers `keys`, from bottom to top; the result replaces `area` of it at most."""

    keys: tuple[str, ...]
    pixels: Pixels
    area: Rect
    geometry: Geometry

    @classmethod
    def of(cls, snapshot: Snapshot, region: Sequence[Rect] = ()) -> Basis | None:
        """What a result of this snapshot is made from, if it changes no more than `region`; None: from no picture."""
        pixels = snapshot.pixels.get(SOURCE.role)
        if pixels is None:
            return None
        area = common(hull(region), snapshot.rect) if region else snapshot.rect
        layer = snapshot.layer
        return cls(
            keys=snapshot.picture,
            pixels=pixels,
            area=area if area[2] and area[3] else snapshot.rect,
            geometry=Geometry(size=snapshot.size, offset=layer.offset, bounds=layer.bounds),
        )

    def moved(self, dx: int, dy: int, geometry: Geometry) -> Basis:
        """The same picture, where it lies now."""
        pixels = replace(self.pixels, rect=moved_rect(self.pixels.rect, dx, dy))
        return replace(self, pixels=pixels, area=moved_rect(self.area, dx, dy), geometry=geometry)

    def row(self, y: int, x: int, width: int) -> bytes:
        """Bytes of a part of one row."""
        left, top, across, _ = self.pixels.rect
        start = ((y - top) * across + x - left) * self._size
        return memoryview(self.pixels.data).cast("B")[start : start + width * self._size].tobytes()

    @property
    def _size(self) -> int:
        return pixel_bytes(self.pixels)

    @cached_property
    def telling(self) -> tuple[int, ...]:
        """The rows of the middle, the upper and the lower part of the area that differ most within themselves."""
        x, y, width, height = self.area
        count = min(height, ROWS_LOOKED_AT)
        rows = [y + (2 * i + 1) * height // (2 * count) for i in range(count)]
        variety = {row: len(set(self._values(row, x, width))) for row in rows}
        third = max(1, -(-count // 3))
        parts = [rows[i : i + third] for i in range(0, count, third)]
        best = [max(part, key=lambda row: variety[row]) for part in parts]
        return tuple(sorted(best, key=lambda row: abs(2 * (row - y) - height)))

    def _values(self, y: int, x: int, width: int) -> Iterator[bytes]:
        row, size = self.row(y, x, width), self._size
        return (row[at : at + size] for at in range(0, len(row), size))


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of a basis. `words` is what the program says if it refuses the layer now."""

    change: Change
    dx: int = 0
    dy: int = 0
    words: str = ""
    geometry: Geometry | None = field(default=None, repr=False)


def compare(host: Host, basis: Basis) -> Generator[None, None, Verdict]:
    """Find out whether the picture is still the same where it lay, to its last byte; yields where the host does."""
    try:
        now = geometry_of(host, basis.keys[-1])
    except HostError as problem:
        return Verdict(change="gone", words=told(problem))
    visible = common(basis.area, now.canvas)
    if not visible[2]:
        return Verdict(change="cut", geometry=now)
    try:
        pixels = yield from picture(host, visible, basis.keys)
    except HostError as problem:
        return Verdict(change="converted", words=told(problem), geometry=now)
    if not same_kind(pixels, basis.pixels):
        return Verdict(change="converted", geometry=now)
    x, y, width, height = visible
    row = width * pixel_bytes(pixels)
    data = memoryview(pixels.data).cast("B")
    for i in range(height):
        if data[i * row : (i + 1) * row].tobytes() != basis.row(y + i, x, width):
            return Verdict(change="painted", geometry=now)
        if i % 64 == 63:
            yield
    return Verdict(change="same", geometry=now)


def picture(host: Host, rect: Rect, keys: Sequence[str]) -> Generator[None, None, Pixels]:
    """What is seen of these layers together; raises HostError when one cannot be read."""
    layers = yield from gathered(host.read_layers(rect, keys))
    return (yield from flattened(layers))


def same_kind(one: Pixels, other: Pixels) -> bool:
    """Whether bytes of both mean the same."""
    return replace(one, data=b"", rect=NOWHERE) == replace(other, data=b"", rect=NOWHERE)


def pixel_bytes(pixels: Pixels) -> int:
    """Bytes of one pixel."""
    return pixels.channels * ITEM_BYTES[pixels.dtype]


def hull(rects: Sequence[Rect]) -> Rect:
    """The smallest rectangle around all of these."""
    left, top = min(r[0] for r in rects), min(r[1] for r in rects)
    right, bottom = max(r[0] + r[2] for r in rects), max(r[1] + r[3] for r in rects)
    return (left, top, right - left, bottom - top)


def common(one: Rect, other: Rect) -> Rect:
    """What two rectangles share, of no size when they share nothing."""
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right = min(one[0] + one[2], other[0] + other[2])
    bottom = min(one[1] + one[3], other[1] + other[3])
    return (left, top, right - left, bottom - top) if right > left and bottom > top else NOWHERE
