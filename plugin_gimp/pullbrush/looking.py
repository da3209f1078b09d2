# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of an image the panel's picture shows, and how large: zoom, pan, fit. Numbers only."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from .protocol.edits import Point
from .protocol.plugin.host import Rect

STOPS = (1 / 16, 1 / 12, 1 / 8, 1 / 6, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 1, 1.5, 2, 3, 4, 6, 8, 12, 16)
"""Zooms that one step of the wheel goes through, as in paint programs."""
AROUND = 0.25
"""What is seen around a rectangle that is fitted in: this share of its longer side, on each side."""
SMALLEST = 1 / 6
"""A change that takes less of the picture's width and height than this is too small to be judged."""


@dataclass(frozen=True, kw_only=True)
class Looking:
    """`zoom` is pixels of the screen for one of the image; `center` is what lies in the middle of the window."""

    image: tuple[int, int]
    window: tuple[int, int]
    center: Point
    zoom: float

    @classmethod
    def at_all(cls, image: tuple[int, int], window: tuple[int, int]) -> Looking:
        """The whole image, no larger than it is."""
        return cls(image=image, window=window, center=(0, 0), zoom=1).fitted((0, 0, *image), 0)

    def fitted(self, rect: Rect, around: float = AROUND) -> Looking:
        """So that a rectangle is seen with some of what is around it."""
        border = 2 * around * max(rect[2:])
        share = min(self.window[i] / (rect[2 + i] + border) for i in (0, 1))
        center = (rect[0] + rect[2] / 2, rect[1] + rect[3] / 2)
        return replace(
            self, zoom=min(max(share, self._least), 4 if around else 1), center=center
        )._kept

    def following(self, rect: Rect) -> Looking:
        """As it is while a changing rectangle can be judged so, else fitted to it: the view does not jump."""
        left, top = self.place((rect[0], rect[1]))
        right, bottom = self.place((rect[0] + rect[2], rect[1] + rect[3]))
        width, height = self.window
        inside = left >= 0 and top >= 0 and right <= width and bottom <= height
        large = right - left > SMALLEST * width or bottom - top > SMALLEST * height
        return self if inside and large else self.fitted(rect)

    def sized(self, window: tuple[int, int]) -> Looking:
        """In a window of another size."""
        return replace(self, window=window)._kept

    def stepped(self, steps: int, at: Point | None = None) -> Looking:
        """Nearer (more than 0) or farther by stops; what is `at` a place of the window stays there."""
        zoom = self.zoom
        for _ in range(abs(steps)):
            further = [s for s in STOPS if (s > zoom * 1.001 if steps > 0 else s < zoom * 0.999)]
            zoom = (min(further) if steps > 0 else max(further)) if further else zoom
        return self.zoomed(zoom, at)

    def zoomed(self, zoom: float, at: Point | None = None) -> Looking:
        """At this zoom; what is `at` a place of the window stays there, the middle by default."""
        zoom = max(zoom, min(self._least, self.zoom))
        at = at or (self.window[0] / 2, self.window[1] / 2)
        fixed = self.point(at)
        center = tuple(fixed[i] - (at[i] - self.window[i] / 2) / zoom for i in (0, 1))
        return replace(self, zoom=zoom, center=(center[0], center[1]))._kept

    def panned(self, dx: float, dy: float) -> Looking:
        """With the picture moved by pixels of the screen."""
        x, y = self.center
        return replace(self, center=(x - dx / self.zoom, y - dy / self.zoom))._kept

    def place(self, point: Point) -> Point:
        """Where a point of the image is in the window."""
        x, y = (self.window[i] / 2 + (point[i] - self.center[i]) * self.zoom for i in (0, 1))
        return (x, y)

    def point(self, place: Point) -> Point:
        """Which point of the image is at a place of the window."""
        x, y = (self.center[i] + (place[i] - self.window[i] / 2) / self.zoom for i in (0, 1))
        return (x, y)

    @property
    def step(self) -> int:
        """Each how-manieth pixel of the image is needed: a power of two, which GIMP has at hand."""
        return 1 << max(0, math.floor(math.log2(1 / self.zoom) + 1e-6))

    @property
    def rect(self) -> Rect:
        """The part of the image that is seen, on multiples of `step`."""
        step, (left, top) = self.step, self.point((0, 0))
        right, bottom = self.point(self.window)
        x = max(0, math.floor(left / step) * step)
        y = max(0, math.floor(top / step) * step)
        width = math.ceil(min(right, self.image[0]) / step) * step - x
        height = math.ceil(min(bottom, self.image[1]) / step) * step - y
        return (x, y, max(step, width), max(step, height))

    @property
    def _least(self) -> float:
        """At which the whole image is seen."""
        return min(1.0, *(self.window[i] / self.image[i] for i in (0, 1)))

    @property
    def _kept(self) -> Looking:
        """With the image in sight: centered where it is smaller than the window, else without empty borders."""
        center = list(self.center)
        for i in (0, 1):
            half = self.window[i] / 2 / self.zoom
            if 2 * half >= self.image[i]:
                center[i] = self.image[i] / 2
            else:
                center[i] = min(max(center[i], half), self.image[i] - half)
        return replace(self, center=(center[0], center[1]))


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A part of an image as it looks: `rect` of it, each `step`-th pixel, as 8-bit RGBA.

    `below` is what lies below a new result, `above` what lies above it; None: as `before`, and nothing.
    """

    rect: Rect
    step: int
    before: bytes
    below: bytes | None = None
    above: bytes | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Pixels of each of the three."""
        return self.rect[2] // self.step, self.rect[3] // self.step
