# SPDX-License-Identifier: Apache-2.0
"""Dragging a layer with DragGAN: pull points live, every iteration a frame.

The latent of every frame is kept, so that any of them can be shown, or chosen afterwards. Targets may be moved while
it runs; it goes on from where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from protocol.edits import DragPath
from protocol.sentences import say
from server.engine.api import EngineError, Layer
from server.engine.edits.drag_gan.inverted_layer import Held, pixels_of
from server.engine.edits.drag_gan.preview import glance
from server.engine.gan.drag import Drag, DragStep
from server.engine.gan.drag_settings import DragGanSettings
from server.engine.gan.stylegan2 import EXACT, Generator, Rendering
from server.engine.gan.texture import Grip, grips
from server.engine.models.gan_profile import drag_settings

Point = tuple[float, float]
REACH = 12 / 256
"""Part of the generator's picture within which a handle on an even area is put onto a detail."""

NEAR = 1.5
"""A way-point is passed within so many radii of supervision."""


@dataclass(frozen=True, kw_only=True)
class PullFrame:
    """One iteration: its latent, and where the handles were in the document. `arrived`: all were at their targets.

    places: the handles in the generator's picture, (row, column).
    """

    index: int
    ws: Tensor
    places: tuple[Point, ...]
    handles: tuple[Point, ...]
    arrived: bool


@dataclass(frozen=True, kw_only=True)
class Reached:
    """Where an earlier pull of the same handles got to: its frame, latent and handles (row, column)."""

    index: int
    ws: Tensor
    places: tuple[Point, ...]


class Enough(Exception):
    """Raised by `OnFrame` to end a pull; the frames so far are what it returns."""


OnFrame = Callable[[PullFrame, Callable[[], Layer]], Sequence[DragPath] | None]
"""Told of every frame, with a function that paints it small (see `preview`) when it is called; returns newer drags
when the artist moved a target meanwhile. May raise to stop: `Enough` keeps the frames so far."""


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Where a pull begins and where it goes, (row, column) of the generator's picture; how well handles can be held.

    ways: for each handle its way-points and its target.
    """

    starts: tuple[Point, ...]
    ways: tuple[tuple[Point, ...], ...]
    grips: tuple[Grip, ...]

    @property
    def stages(self) -> int:
        """Way-points and target of the longest way."""
        return max(len(way) for way in self.ways)

    def targets(self, stage: int) -> list[Point]:
        """Where the handles go next; those with fewer way-points are at their last one already."""
        return [way[min(stage, len(way) - 1)] for way in self.ways]


def ends(held: Held, drags: Sequence[DragPath], *, snap: bool = False) -> Ends:
    """Handles and their ways; with `snap` those on even areas are put onto the nearest detail, ways along with them.

    A drag of one point is a pin: its target is where it is. Raises EngineError when a point lies outside the square.
    """
    if not drags:
        raise EngineError("param.invalid", say("gan.no_arrow"))
    size = held.crop.size[0]
    paths = [[_point(held, at) for at in path.points] for path in drags]
    picture = torch.from_numpy(held.frame.view).permute(2, 0, 1) * 2 - 1
    places = [(round(row), round(column)) for (row, column), *_ in paths]
    found = grips(picture, places, reach=max(3, round(REACH * size)))
    for path, grip in zip(paths, found, strict=True):
        by = [better - here for better, here in zip(grip.better, grip.handle, strict=True)]
        if snap:
            path[:] = [_within((row + by[0], column + by[1]), size) for row, column in path]
    return Ends(
        starts=tuple(path[0] for path in paths),
        ways=tuple(tuple(path[1:] or path) for path in paths),
        grips=tuple(found),
    )


def pull(
    held: Held,
    drags: Sequence[DragPath],
    *,
    steps: int,
    on_frame: OnFrame,
    snap: bool = False,
    settings: DragGanSettings | None = None,
    how: Rendering = EXACT,
    reached: Reached | None = None,
) -> tuple[PullFrame, ...]:
    """Drag until all handles have arrived or `steps` are done; returns every frame, the undragged one first.

    With `reached` it goes on from there, straight to the targets, and that is the first frame. Raises EngineError
    when a point lies outside the square.
    """
    begin = ends(held, drags, snap=snap)
    settings = settings or settings_for(held.generator)
    r1 = settings.radii(held.crop.size[0])[0]
    whole = bool((held.area > 0).all())
    device = held.inversion.ws.device
    drag = Drag(
        held.generator,
        held.inversion.ws,
        begin.starts,
        begin.targets(0),
        mask=None if whole else torch.from_numpy(held.area).to(device),
        settings=settings,
        how=how,
    )
    if reached is not None:
        _go_on(drag, reached)
    small = glance(held)
    frames: list[PullFrame] = []
    stage = 0 if reached is None else begin.stages - 1
    drag.retarget(begin.targets(stage))
    for index in range(reached.index if reached is not None else 0, steps):
        step = drag.step()
        last = stage >= begin.stages - 1
        frame = _frame(held, index, step, arrived=last and bool(step.stopped))
        frames.append(frame)

        def painted(step: DragStep = step) -> Layer:
            return small.at(pixels_of(drag.picture(step)))

        try:
            newer = on_frame(frame, painted)
        except Enough:
            break
        if newer is not None:
            begin = ends(held, newer, snap=snap)
        elif frame.arrived:
            break
        if not last and bool((step.distance <= NEAR * r1).all()):
            stage += 1  # way-points are passed by, not stopped at
        drag.retarget(begin.targets(stage))
    return tuple(frames)


def _go_on(drag: Drag, reached: Reached) -> None:
    """Have a drag that has not begun continue an earlier one.

    Its first step is done for what it takes notice of: what was at the handles before anything was pulled, which is
    what they are followed by and supervised against from then on, as in one long pull.
    """
    drag.step()
    drag.w = reached.ws[:, : drag.w.shape[1]]
    drag.handles = torch.tensor(reached.places, device=drag.w.device).round().long()


def settings_for(generator: Generator) -> DragGanSettings:
    """The published block and rows; in small generators the last block but one, and the rows before it."""
    return drag_settings(generator.config)


def _point(held: Held, at: Point) -> Point:
    """A place in the document as (row, column) of the generator's picture. Raises EngineError outside of it."""
    size, (x, y) = held.crop.size[0], at
    column, row = (v - 0.5 for v in held.crop.to_model(x, y))
    if not (-0.5 <= row <= size - 0.5 and -0.5 <= column <= size - 0.5):
        raise EngineError("param.invalid", say("gan.beside", x=round(x), y=round(y)))
    return _within((row, column), size)


def _within(point: Point, size: int) -> Point:
    """The nearest point of the picture."""
    return min(max(point[0], 0.0), size - 1.0), min(max(point[1], 0.0), size - 1.0)


def _frame(held: Held, index: int, step: DragStep, *, arrived: bool) -> PullFrame:
    places = step.handles.detach().cpu().tolist()
    return PullFrame(
        index=index,
        ws=step.ws.detach(),
        places=tuple((float(y), float(x)) for y, x in places),
        handles=tuple(held.crop.to_document(x + 0.5, y + 0.5) for y, x in places),
        arrived=arrived,
    )
