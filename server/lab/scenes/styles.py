# SPDX-License-Identifier: Apache-2.0
"""Four ways of drawing the same scene: flat, outlined, watercolor and pencil.

A style lays strokes along the parts of every layer as the layer is laid, so that what stands in front hides them, and
at the end turns the colors into pigment on paper: paper + density · (color − paper). Its textures are fixed to the
canvas, never to a thing, so that the true answer of an edit stays exact.
"""

from dataclasses import dataclass, field

import numpy as np

from server.lab.scenes.palette import Color, Floats, color
from server.lab.scenes.paper import PAPER, hatched, washed
from server.lab.scenes.scene import Style
from server.lab.scenes.shapes import Cover, Patch
from server.lab.scenes.things import SIDE


@dataclass(frozen=True, kw_only=True)
class Manner:
    """The strokes of a style: lines on every edge, and pigment that gathers inside it."""

    line: float = 0.0
    """Opacity of the lines; 0 for no strokes at all."""
    ink: Color = field(default_factory=PAPER.copy)
    rim: float = 0.0
    """How much more pigment lies just inside an edge; lines are thinner then."""
    spread: float = 1.0
    """Variance of what softens an edge into a stroke, in world pixels²."""


MANNERS: dict[Style, Manner] = {
    "flat": Manner(),
    "outlined": Manner(line=0.88, ink=color(0.11, 0.10, 0.17), spread=0.8),
    "watercolor": Manner(line=0.8, rim=1.0, spread=5.0),
    "pencil": Manner(line=0.78, ink=color(0.25, 0.24, 0.27), spread=0.6),
}


def reach(style: Style, size: int) -> int:
    """By how many pixels the strokes of a style leave the things they belong to."""
    manner = MANNERS[style]
    return sum(_passes(manner.spread, size)[0]) if manner.line else 0


def on_paper(rgb: Floats, style: Style) -> Floats:
    """The finished colors (3, h, w) as the style's pigment shows them."""
    match style:
        case "watercolor":
            return washed(rgb)
        case "pencil":
            return hatched(rgb)
        case _:
            return rgb


def lay_strokes(rgb: Floats, patch: Patch, covers: list[Cover], style: Style, size: int) -> None:
    """Draw the strokes of the parts of one layer into the picture (3, size, size), in place."""
    manner = MANNERS[style]
    if patch.empty or not covers or not manner.line:
        return
    steps, amount = _passes(manner.spread, size)
    pad = sum(steps)
    shape = (patch.alpha.shape[0] + 2 * pad, patch.alpha.shape[1] + 2 * pad)
    lines, rims = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for cover in covers:
        part = _padded(cover, patch, pad, size)
        soft = _soften(part, steps, amount)
        rest = 1 - part
        lines *= rest
        np.maximum(lines, _line(soft, manner.rim > 0), out=lines)
        if manner.rim:
            rims *= rest
            np.maximum(rims, part * (1 - soft), out=rims)
    window, inner = _widened(patch, pad, size)
    under = rgb[:, *window]
    if manner.rim:
        gathered = np.minimum(rims[inner], np.float32(0.5))
        under += np.float32(2 * manner.rim) * gathered * (under - PAPER) * under
        gap = np.float32(manner.line) * lines[inner]
        under += gap * (PAPER - under) * (np.float32(0.2) + under)
        return
    under += np.float32(manner.line) * lines[inner] * (manner.ink - under)


def _line(soft: Floats, thin: bool) -> Floats:
    """1 on the edge of a softened part, 0 away from it: 4 b (1 − b), cubed or with more contrast."""
    edge = soft * (1 - soft)
    if thin:
        return edge * edge * edge * np.float32(64)
    return np.clip(edge * np.float32(6.0) - np.float32(0.15), 0, 1)


def _passes(spread: float, size: int) -> tuple[tuple[int, ...], float]:
    """Distances k and the weight a of passes (a, 1 − 2a, a) at distance k: variance = Σ 2a·k² in output pixels²."""
    variance = spread * (size / SIDE) ** 2
    if variance <= 1.5:
        steps = (1,) * (1 if variance <= 0.5 else 2 if variance <= 1.0 else 3)
    else:
        count = 2
        while sum(k * k for k in range(1, count + 1)) < 2 * variance:
            count += 1
        steps = tuple(range(1, count + 1))
    return steps, variance / (2 * sum(k * k for k in steps))


def _soften(plane: Floats, steps: tuple[int, ...], amount: float) -> Floats:
    """Smoothing along both axes; the plane goes on beyond its border as it ends there."""
    side, middle = np.float32(amount), np.float32(1 - 2 * amount)
    for k in steps:
        for _ in range(2):
            share, plane = plane * side, plane * middle
            plane[k:] += share[:-k]
            plane[:-k] += share[k:]
            plane[:k] += share[:1]
            plane[-k:] += share[-1:]
            plane = plane.T
    return plane


def _padded(cover: Cover, patch: Patch, pad: int, size: int) -> Floats:
    """The cover with `pad` (1 or more) pixels of nothing round it; beyond the picture's border it goes on."""
    high, wide = patch.alpha.shape
    grown = np.zeros((high + 2 * pad, wide + 2 * pad), np.float32)
    grown[pad:-pad, pad:-pad] = cover
    if patch.y0 == 0:
        grown[:pad] = grown[pad]
    if patch.y1 == size:
        grown[-pad:] = grown[-pad - 1]
    if patch.x0 == 0:
        grown[:, :pad] = grown[:, pad, None]
    if patch.x1 == size:
        grown[:, -pad:] = grown[:, -pad - 1, None]
    return grown


def _widened(patch: Patch, pad: int, size: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The patch's window grown by `pad` within the picture, and the part of a grown array that shows there."""
    y0, x0 = max(patch.y0 - pad, 0), max(patch.x0 - pad, 0)
    y1, x1 = min(patch.y1 + pad, size), min(patch.x1 + pad, size)
    top, left = y0 - (patch.y0 - pad), x0 - (patch.x0 - pad)
    window = (slice(y0, y1), slice(x0, x1))
    return window, (slice(top, top + y1 - y0), slice(left, left + x1 - x0))
