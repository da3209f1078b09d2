# SPDX-License-Identifier: Apache-2.0
"""What a handle holds: the connected thing under it that differs from its surroundings.

A sun in the sky is taken as a whole; a mountain that runs out of the area is not, and is bent
instead, and so is everything when the artist sets pins. The surroundings are continued into the
area by push-pull; what clearly differs from that is a thing. In a crowded area smaller and smaller
discs around the handle are tried. Needs no model, so instant preview and guided edit agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from server.engine.canvas.fill import push_pull
from server.engine.canvas.masks import Mask, grow

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

CLEARLY = 0.07
"""Largest channel difference (of 1) from the continued surroundings that makes a pixel part of a thing."""
FAINTLY = 0.02
"""The same for the rim and the glow of a thing already found."""
AGREE = 0.2
"""Largest channel difference of what lies on both sides for something to continue from one to the other."""
LEAST = 12
"""Pixels a thing has at least."""
TRIES, SHRINK, SMALLEST = 7, 1.3, 8.0
"""How often a smaller disc is tried, how much smaller each is, and the smallest radius in pixels."""
STRICT, LOOSE = 0.02, 0.1
"""Parts of a thing's outline that touch the area's edge: up to the first it stands free, beyond the second it is
torn. Between them, the disc in which it stands most freely is taken."""
RIM = 2.0
"""Pixels around the area that count as its surroundings, and around a thing that belong to it."""


def unlike_surroundings(view: Floats, area: Bools) -> Floats:
    """How much each pixel (h, w) of a picture (h, w, 3) differs from what lies around the area; 0 outside it.

    The surroundings are continued smoothly, along rows and along columns: a shore or a skyline that
    runs through the area is explained by one of them, a thing in it by none.
    """
    smooth = push_pull(view, (~area).astype(np.float32))
    along_rows = _across(view, area)
    along_columns = _across(view.transpose(1, 0, 2), area.T).transpose(1, 0, 2)
    guesses = (smooth, along_rows, along_columns)
    differs = np.minimum.reduce([np.abs(view - guess).max(axis=2) for guess in guesses])
    return np.where(area, differs, np.float32(0.0)).astype(np.float32)


def _across(view: Floats, area: Bools) -> Floats:
    """Each row's unknown pixels drawn straight between the known ones left and right of them.

    Only where those two agree: something continues from one to the other. Elsewhere the guess is far off.
    """
    width = view.shape[1]
    columns = np.broadcast_to(np.arange(width), area.shape)
    left = np.maximum.accumulate(np.where(area, -1, columns), axis=1)
    right = np.minimum.accumulate(np.where(area, width, columns)[:, ::-1], axis=1)[:, ::-1]
    rows = np.arange(view.shape[0])[:, None]
    from_left = view[rows, np.where(left < 0, np.minimum(right, width - 1), left)]
    from_right = view[rows, np.where(right >= width, np.maximum(left, 0), right)]
    part = ((columns - left) / np.maximum(right - left, 1)).astype(np.float32)[..., None]
    agree = np.abs(from_left - from_right).max(axis=2) < AGREE
    agree &= (left >= 0) | (right < width)
    return np.where(agree[..., None], from_left + part * (from_right - from_left), np.float32(9.0))


def thing_under(view: Floats, area: Bools, points: Sequence[tuple[float, float]]) -> Mask | None:
    """The soft mask (h, w) of the thing under `points` (x, y), or None.

    None when the area has no surroundings, no thing lies under a point, or it runs out of the
    area, so that taking it along would tear it.
    """
    if not area.any() or not points:
        return None
    best: tuple[float, Mask] | None = None
    for near in _discs(area, points):
        found = _cut_out(view, near, points)
        if found is not None and found[0] <= LOOSE and (best is None or found[0] < best[0]):
            best = found
            if best[0] <= STRICT:
                break
    return None if best is None else best[1]


def _discs(area: Bools, points: Sequence[tuple[float, float]]) -> Iterator[Bools]:
    """The area, and its parts within smaller and smaller discs around the points."""
    radius = float(np.hypot(*area.shape))
    for _ in range(TRIES):
        near = area & _disc(area.shape, points, radius)
        rows, columns = np.nonzero(near)
        if rows.size == 0:
            return
        yield near
        radius = min(radius, 0.5 * float(np.hypot(np.ptp(rows) + 1, np.ptp(columns) + 1))) / SHRINK
        if radius < SMALLEST:
            return


def _cut_out(
    view: Floats, area: Bools, points: Sequence[tuple[float, float]]
) -> tuple[float, Mask] | None:
    """The thing under the points within an area, and the part of its outline that touches the area's edge."""
    at = _window(area)
    if area[at].all():
        return None
    differs = unlike_surroundings(view[at], area[at])
    clear = differs > CLEARLY
    offset_y, offset_x = at[0].start, at[1].start
    seeds = np.zeros_like(clear)
    for x, y in points:
        seeds |= _near(clear, x - offset_x, y - offset_y)
    thing = _connected(clear, seeds)
    if int(thing.sum()) < LEAST:
        return None
    mask = np.zeros(area.shape, dtype=np.float32)
    mask[at] = _soft(_without_gaps(thing, area[at]), differs, area[at])
    return _touching(thing, area[at]), mask


def _window(area: Bools) -> tuple[slice, slice]:
    """The bounds of an area with some surroundings."""
    rows, columns = np.nonzero(area)
    margin = 8
    return (
        slice(max(int(rows.min()) - margin, 0), int(rows.max()) + margin + 1),
        slice(max(int(columns.min()) - margin, 0), int(columns.max()) + margin + 1),
    )


def _disc(shape: tuple[int, ...], points: Sequence[tuple[float, float]], radius: float) -> Bools:
    """Pixels within `radius` of any point."""
    y = np.arange(shape[0], dtype=np.float32)[:, None] + 0.5
    x = np.arange(shape[1], dtype=np.float32)[None] + 0.5
    discs = [(x - px) ** 2 + (y - py) ** 2 <= radius**2 for px, py in points]
    return np.logical_or.reduce(discs)


def thing_within(view: Floats, selected: Mask) -> Mask | None:
    """The soft mask (h, w) of what a rough selection (h, w) 0..1 means, without the rim around it.

    None when nothing in the selection clearly differs from what surrounds it: then the selection
    itself is the thing.
    """
    area = selected > 0
    if not area.any():
        return None
    at = _window(area)
    inside = area[at]
    beyond = grow(inside, RIM)
    if beyond.all():
        return None
    differs = unlike_surroundings(view[at], beyond)
    thing = _without_gaps((differs > CLEARLY) & inside, inside)
    if int(thing.sum()) < 0.1 * int(inside.sum()):
        return None
    found = np.zeros_like(selected)
    found[at] = _soft(thing, differs, inside) * selected[at]
    return found


def _without_gaps(thing: Bools, area: Bools) -> Bools:
    """The thing with what it encloses: all of the area that cannot be reached from its edge."""
    open_ = area & ~thing
    edge = area & grow(~area, 1.0)
    return area & ~_connected(open_, open_ & edge)


def _near(clear: Bools, x: float, y: float) -> Bools:
    """The pixels of a thing within RIM of a point: a handle on a thin mast need not be exact."""
    height, width = clear.shape
    rows = np.arange(height, dtype=np.float32)[:, None] + 0.5 - y
    columns = np.arange(width, dtype=np.float32)[None] + 0.5 - x
    return clear & (rows**2 + columns**2 <= (RIM + 1.0) ** 2)


def _connected(inside: Bools, seeds: Bools) -> Bools:
    """The parts of `inside` reachable from `seeds`, across gaps of one pixel."""
    reached = seeds & inside
    while True:
        wider = reached.copy()
        wider[1:] |= reached[:-1]
        wider[:-1] |= reached[1:]
        wider[:, 1:] |= wider[:, :-1].copy()
        wider[:, :-1] |= wider[:, 1:].copy()
        wider &= inside
        if (wider == reached).all():
            return reached
        reached = wider


def _touching(thing: Bools, area: Bools) -> float:
    """The part of a thing's outline that touches the edge of the area; 0 for up to three pixels."""
    edge = area & grow(~area, RIM)
    touching = int((thing & edge).sum())
    outline = int((thing & grow(~thing, 1.0)).sum())
    return 0.0 if touching <= 3 else touching / max(outline, 1)


def _soft(thing: Bools, differs: Floats, area: Bools) -> Mask:
    """The thing with its anti-aliased rim and its glow: 1 inside, fading with the difference around it."""
    faint = _connected((differs > FAINTLY) & area, thing)
    fade = np.clip((differs - FAINTLY) / (CLEARLY - FAINTLY), 0.0, 1.0)
    soft = np.where(thing, 1.0, np.where(faint, fade, 0.0))
    rim = grow(thing, RIM) & area
    return np.maximum(soft, rim.astype(np.float32)).astype(np.float32)
