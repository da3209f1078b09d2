# SPDX-License-Identifier: Apache-2.0
"""Where the picture that a result was made from lies now.

Programs do not say what an artist did to a whole picture, so it is found out: where it may lie follows from sizes and
bounds, and its pixels tell whether it does. A crop may cut a layer, so that its bounds tell nothing; then a piece of
the picture is looked for.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from ..sentences import told
from .basis import (
    Basis,
    Change,
    Verdict,
    common,
    picture,
    pixel_bytes,
    same_kind,
)
from .geometry import Geometry, geometry_of
from .host import Host, HostError, Rect
from .moving import moved_rect

NEEDLE = 48
"""Pixels of a row that are looked for in a cropped picture."""
CHUNK = 1 << 20
SEARCHED_MAX = 1 << 29
"""Bytes that are looked through for it at most."""

Shift = tuple[int, int]


class OtherKind(Exception):
    """The picture has other channels, another depth or another color profile now."""


def locate(host: Host, basis: Basis, hints: Sequence[Shift] = ()) -> Generator[None, None, Verdict]:
    """Find out where the picture lies now, yielding now and then; `hints` are shifts to try besides."""
    try:
        now = geometry_of(host, basis.keys[-1])
    except HostError as problem:
        return Verdict(change="gone", words=told(problem))
    try:
        found = yield from _find(host, basis, now, hints)
    except HostError as problem:
        return Verdict(change="converted", words=told(problem), geometry=now)
    except OtherKind:
        return Verdict(change="converted", geometry=now)
    if found is not None:
        dx, dy = found
        change: Change = "moved" if found != (0, 0) else "same"
        if not _overlap(moved_rect(basis.area, dx, dy), now.canvas):
            change = "cut"
        return Verdict(change=change, dx=dx, dy=dy, geometry=now)
    then = basis.geometry
    same_place = (now.size, now.offset) == (then.size, then.offset)
    return Verdict(change="painted" if same_place else "resized", geometry=now)


def _overlap(one: Rect, other: Rect) -> bool:
    return common(one, other)[2] > 0


def _find(
    host: Host, basis: Basis, now: Geometry, hints: Sequence[Shift]
) -> Generator[None, None, Shift | None]:
    outside: Shift | None = None
    scaled = _is_scaled(basis.geometry, now)
    for shift in _candidates(basis.geometry, now, hints):
        fits = yield from _fits(host, basis, now, shift)
        if fits:
            return shift
        there = _overlap(moved_rect(basis.area, *shift), now.canvas)
        if fits is None and not there and not scaled and _explains(basis.geometry, now, shift):
            outside = outside or shift
    found = yield from _search(host, basis, now)
    return found if found is not None else outside


def _candidates(then: Geometry, now: Geometry, hints: Sequence[Shift]) -> list[Shift]:
    """Shifts to try, the likeliest first."""
    found = [(now.offset[0] - then.offset[0], now.offset[1] - then.offset[1]), *hints]
    if then.bounds is not None and now.bounds is not None:
        (x, y, w, h), (u, v, c, d) = then.bounds, now.bounds
        across, down = (u - x, u + c - x - w), (v - y, v + d - y - h)
        found += [(dx, dy) for dx in across for dy in down]
    wide, high = now.size[0] - then.size[0], now.size[1] - then.size[1]
    found += [(0, 0), (wide, high), (wide // 2, high // 2), (wide, 0), (0, high)]
    return list(dict.fromkeys(found))


def _explains(then: Geometry, now: Geometry, shift: Shift) -> bool:
    """Whether the layer's bounds are those of before, shifted so and perhaps cut."""
    if then.bounds is None or now.bounds is None:
        return shift == (now.offset[0] - then.offset[0], now.offset[1] - then.offset[1])
    whole = moved_rect(then.bounds, *shift)
    return now.bounds in (whole, common(whole, now.canvas))


def _is_scaled(then: Geometry, now: Geometry) -> bool:
    """Whether size and bounds are those of before, larger or smaller by one factor for each direction.

    A layer as large as the document tells nothing, since a crop cuts it to any size; then both factors have to agree.
    """
    if then.size == now.size:
        return False
    x, y = (now.size[i] / then.size[i] for i in (0, 1))
    alike = abs(now.size[0] - then.size[0] * y) <= 1 or abs(now.size[1] - then.size[1] * x) <= 1
    if then.bounds is None or now.bounds is None:
        return alike
    left, top, width, height = then.bounds
    zoomed = (left * x, top * y, (left + width) * x, (top + height) * y)
    u, v, c, d = now.bounds
    fits = all(abs(a - b) <= 1.5 for a, b in zip(zoomed, (u, v, u + c, v + d), strict=True))
    return fits and (alike or common(then.bounds, then.canvas) != then.canvas)


def _fits(
    host: Host, basis: Basis, now: Geometry, shift: Shift
) -> Generator[None, None, bool | None]:
    """Whether the telling rows are there; None when none of them is within the document.

    Even rows are the same everywhere: then the bounds of the layer have to agree.
    """
    (dx, dy), told, seen = shift, False, False
    for row in basis.telling:
        visible = common(moved_rect((basis.area[0], row, basis.area[2], 1), dx, dy), now.canvas)
        if not visible[2]:
            continue
        pixels = yield from picture(host, visible, basis.keys)
        if not same_kind(pixels, basis.pixels):
            raise OtherKind
        then = basis.row(row, visible[0] - dx, visible[2])
        if bytes(pixels.data) != then:
            return False
        seen, size = True, pixel_bytes(pixels)
        told = told or then[size:] != then[:-size]
        yield
    return (told or _explains(basis.geometry, now, shift)) if seen else None


def _search(host: Host, basis: Basis, now: Geometry) -> Generator[None, None, Shift | None]:
    """Look for a piece of the picture where a change of the canvas may have put it."""
    then = basis.geometry
    grown = (now.size[0] - then.size[0], now.size[1] - then.size[1])
    if grown == (0, 0):
        return None
    size, area = pixel_bytes(basis.pixels), basis.area
    width = max(1, min(NEEDLE, area[2] // 3, now.size[0] // 3))
    for row in basis.telling:
        for part in (3, 1, 5):  # sixths: the middle first, a crop may have cut the others
            x = area[0] + area[2] * part // 6 - width // 2
            needle = basis.row(row, x, width)
            if needle[size:] == needle[:-size]:
                continue
            for place in _places(host, basis, now, (x, row), needle, grown):
                if place is None:
                    yield
                    continue
                shift = (place[0] - x, place[1] - row)
                if (yield from _fits(host, basis, now, shift)):
                    return shift
    return None


def _places(
    host: Host, basis: Basis, now: Geometry, at: tuple[int, int], needle: bytes, grown: Shift
) -> Generator[Shift | None, None, None]:
    """Where a piece that lay at `at` is found again, None for a breath."""
    size = pixel_bytes(basis.pixels)
    left, top = (max(0, at[i] + min(0, grown[i])) for i in (0, 1))
    right = min(now.size[0], at[0] + len(needle) // size + max(0, grown[0]))
    bottom = min(now.size[1], at[1] + 1 + max(0, grown[1]))
    line = (right - left) * size
    if right <= left or line * (bottom - top) > SEARCHED_MAX:
        return
    rows = max(1, CHUNK // line)
    for y in range(top, bottom, rows):
        rect = (left, y, right - left, min(rows, bottom - y))
        data = bytes((yield from picture(host, rect, basis.keys)).data)
        found = data.find(needle)
        while found >= 0:
            column = found % line
            if found % size == 0 and column + len(needle) <= line:
                yield (left + column // size, y + found // line)
            found = data.find(needle, found + 1)
        yield None
