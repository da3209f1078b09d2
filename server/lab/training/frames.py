# SPDX-License-Identifier: Apache-2.0
"""Pictures of other shapes: a window of a larger square render in which every thing still lies whole."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from server.lab.scenes import HELD_OUT, Scene, render
from server.lab.scenes.things import SIDE, Mountain, Thing

TRIES = 2000
STRIDE = 100_003
"""From one candidate seed to the next; prime to HELD_OUT, so that candidates repeat only after all were tried."""
MARGIN = 4.0
LEAST_LAND = 24.0
"""World pixels of land or water that a window shows at least."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Width and height of a picture in pixels, multiples of 8."""

    width: int
    height: int

    def __post_init__(self) -> None:
        for side in (self.width, self.height):
            if side % 8 or not 16 <= side <= 1024:
                raise ValueError(
                    f"sides are multiples of 8 in 16 … 1024, got {self.width} x {self.height}"
                )

    @property
    def side(self) -> int:
        """The side of the square render that the picture is a window of."""
        return max(self.width, self.height)


@dataclass(frozen=True, kw_only=True)
class View:
    """A picture with its classes, and the scene that captions are made of."""

    rgb: NDArray[np.uint8]
    segmentation: NDArray[np.uint8]
    scene: Scene


def framed(scene_of: Callable[[int], Scene], seed: int, frame: Frame) -> View:
    """The scene of a seed as a picture of this shape; of a seed near it where its things do not fit in."""
    if frame.width == frame.height:
        return _view(scene_of(seed), frame, 0, 0)
    for k in range(TRIES):
        scene = scene_of(_candidate(seed, k))
        if frame.width > frame.height:
            top = top_of_window(scene, SIDE * frame.height / frame.width)
            if top is not None:
                return _view(scene, frame, 0, round(top * frame.side / SIDE))
        else:
            centered = in_the_middle(scene, SIDE * frame.width / frame.height)
            if centered is not None:
                return _view(centered, frame, (frame.side - frame.width) // 2, 0)
    raise ValueError(f"none of {TRIES} scenes fits into {frame.width} x {frame.height}")


def top_of_window(scene: Scene, height: float) -> float | None:
    """The upper edge of a window of the whole width with all things in it; None when they need more height."""
    low = min((_top_of(thing) for thing in scene.things), default=SIDE / 2.0) - MARGIN
    deep = [thing.box[3] for thing in scene.things if not isinstance(thing, Mountain)]
    high = max([*deep, scene.ground.horizon + LEAST_LAND]) + MARGIN
    if high - low > height or high > SIDE or low < 0:
        return None
    return min(max(0.0, (low + high - height) / 2), SIDE - height)


def in_the_middle(scene: Scene, width: float) -> Scene | None:
    """The scene with its things moved sideways about the middle; None when they need more than this width."""
    if not scene.things or scene.ground.path is not None:
        return None
    spans = [_span_of(thing) for thing in scene.things]
    low, high = min(span[0] for span in spans) - MARGIN, max(span[1] for span in spans) + MARGIN
    if high - low > width:
        return None
    aside = SIDE / 2 - (low + high) / 2
    return replace(scene, things=tuple(thing.moved(aside, 0.0) for thing in scene.things))


def _top_of(thing: Thing) -> float:
    return thing.peak_y if isinstance(thing, Mountain) else thing.box[1]


def _span_of(thing: Thing) -> tuple[float, float]:
    """From left to right; of a mountain only its peak must be seen."""
    if isinstance(thing, Mountain):
        return thing.peak_x - 12.0, thing.peak_x + 12.0
    return thing.box[0], thing.box[2]


def _candidate(seed: int, k: int) -> int:
    """The k-th scene to try for a seed, on the same side of the held-out border."""
    border = seed - seed % HELD_OUT
    return border + (seed - border + k * STRIDE) % HELD_OUT


def _view(scene: Scene, frame: Frame, left: int, top: int) -> View:
    drawn = render(scene, frame.side)
    window = slice(top, top + frame.height), slice(left, left + frame.width)
    return View(rgb=drawn.rgb[window], segmentation=drawn.segmentation[window], scene=scene)
