# SPDX-License-Identifier: Apache-2.0
"""Where a generator looks for `drag-gan`, and what the edit will cost, before it is done. Geometry only, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from protocol.edits import DragGan
from protocol.sentences import say
from server.engine.api import Cost, EngineError, Pictures, Plan, Rect, Size
from server.engine.canvas import Crop, alpha_on, mask_of, mask_on, rects, see_through
from server.engine.edits.frame import not_empty, source_of
from server.engine.edits.planning import REST_S, loading_works, soft_notes
from server.engine.edits.runner import PlanContext
from server.engine.gan.config import GeneratorConfig
from server.engine.gan.square_crop import gan_crop
from server.engine.models.gan_profile import GanProfile
from server.engine.timing.learned import LearnedTimes
from server.engine.timing.work import Work, seconds_of

SEARCHES: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {"quick": (30, 30, 15), "balanced": (60, 60, 40), "faithful": (200, 200, 150)}
)
"""Steps of inversion by preset: in W, in W+, and of tuning."""
USUAL_PULL = 60.0
"""Iterations that a pull takes about, before any was made with a generator on this machine."""
GRADIENT = 2.5
"""What a picture with its gradient costs, in plain ones: for a first guess."""


def square(edit: DragGan, document: Size, selection: Rect | None, size: int) -> Crop:
    """The square that the generator looks at: about the selection, else the middle of the document.

    Without a selection it moves as little as is needed to hold all points. Raises EngineError.
    """
    if selection is not None:
        try:
            wide = rects.pad(selection, edit.grow)
            return gan_crop(document, rects.intersect(wide, rects.of_size(document)), size)
        except ValueError:
            raise EngineError("param.invalid", say("region.outside")) from None
    crop = gan_crop(document, None, size)
    x, y, side, _ = crop.rect
    points = [point for path in edit.drags for point in path.points]
    x = _shifted(x, side, [p[0] for p in points], document[0])
    y = _shifted(y, side, [p[1] for p in points], document[1])
    return Crop(rect=(x, y, side, side), size=crop.size, document=document)


def square_of(source: Rect, document: Size, size: int) -> Crop:
    """The square whose visible part is the rectangle that was read: the same pixels come of the same square."""
    return gan_crop(document, source, size)


def planned(edit: DragGan, document: Size, selection: Rect | None, context: PlanContext) -> Plan:
    """The plan of an edit. Raises EngineError when it cannot be done."""
    profile, times = context.catalogue.generator(edit.model), context.times
    crop = square(edit, document, selection, profile.config.size)
    check_inside(edit, crop)
    region = crop.visible
    if selection is not None:
        region = rects.intersect(selection, rects.of_size(document))
    again = pull_works(edit, profile, crop, times)
    first = [*loading_works(profile, context.ready), *gan_inversion_works(edit, profile), *again]
    estimate = times.estimate(profile.id, first)
    pulled = iterations(edit, profile, times)
    seconds = times.estimate(profile.id, again).seconds
    known = Cost(eta_ms=round(1000 * seconds), evaluations=pulled)
    numbers = sum(width**2 for width in profile.config.channels) * 18
    return Plan(
        read_rect=crop.visible,
        region=region,
        crop=crop.rect,
        model=profile.id,
        bytes=8 * numbers + 3 * profile.weight_bytes + 64 * profile.config.size**2,
        eta_ms=round(1000 * estimate.seconds),
        evaluations=sum(SEARCHES[edit.preset]) + pulled,
        notes=tuple(soft_notes(crop)),
        eta_guessed=estimate.guessed,
        inverted=known,
        edited=known,
    )


def iterations(edit: DragGan, profile: GanProfile, times: LearnedTimes) -> int:
    """How many a pull will take: as many as most pulls with this generator took, within what is asked for.

    The picture before anything is pulled is the first.
    """
    usual = times.seconds(profile.id, Work(kind="pull")) or USUAL_PULL
    most = edit.iterations if edit.frame < 0 else min(edit.frame, edit.iterations)
    return max(1, min(most + 1, round(usual)))


def gan_inversion_works(edit: DragGan, profile: GanProfile) -> list[Work]:
    """What is done once for a picture."""
    size, steps = profile.config.size**2, sum(SEARCHES[edit.preset])
    whole = seconds_of(gflop(profile.config, profile.config.blocks - 1))
    return [
        Work(kind="search", size=size, guess=4 * whole),
        Work(kind="inversion", size=size, count=steps, guess=GRADIENT * whole),
    ]


def pull_works(edit: DragGan, profile: GanProfile, crop: Crop, times: LearnedTimes) -> list[Work]:
    """What is done for every pull of an inverted picture."""
    size, count = profile.config.size**2, iterations(edit, profile, times)
    whole = seconds_of(gflop(profile.config, profile.config.blocks - 1))
    part = seconds_of(gflop(profile.config, profile.drag.block))
    return [
        Work(kind="iteration", size=size, count=count, guess=2 * part),
        Work(kind="preview", size=size, count=count, guess=whole),
        Work(kind="rest", size=crop.visible[2] * crop.visible[3], guess=REST_S),
    ]


def check_inside(edit: DragGan, crop: Crop) -> None:
    """Raises EngineError when a point lies outside the square."""
    x, y, side, _ = crop.rect
    for path in edit.drags:
        for px, py in path.points:
            if not (x <= px <= x + side and y <= py <= y + side):
                raise EngineError("param.invalid", say("gan.beside", x=round(px), y=round(py)))


def check_filled(pictures: Pictures, profile: GanProfile) -> None:
    """Raises EngineError when the layer holds nothing of what may be pulled, or there is none."""
    source, mask = source_of(pictures), pictures.get("mask")
    if not see_through(source):
        return
    crop = square_of(source.rect, source.document, profile.config.size)
    alpha = alpha_on(source, crop)
    taken = np.ones_like(alpha) if mask is None else mask_on(mask_of(mask), mask.rect, crop.rect)
    not_empty(alpha, taken, crop)


def gflop(config: GeneratorConfig, last: int) -> float:
    """10⁹ floating-point operations of one forward pass to the output of a block; its convolutions only."""
    total = 0.0
    for block in range(last + 1):
        pixels, width = config.resolution(block) ** 2, config.channels[block]
        before = config.channels[block - 1] / 4 if block else 0
        total += 18.0 * pixels * width * (width + before)
    return total / 1e9


def _shifted(start: int, side: int, wanted: list[float], length: int) -> int:
    """Where a side begins so that it holds all points, if it can, moved as little as possible."""
    if side >= length or not wanted:
        return start
    low, high = int(min(wanted)), -int(-max(wanted) // 1)
    if high > start + side:
        start = high - side
    return max(0, min(start, low, length - side))
