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
from server.engine.api import EngineError, Picture
from server.engine.edits.gan_hold import Held, layer, pixels_of
from server.engine.gan.drag import Drag, DragStep
from server.engine.gan.drag_settings import DragGanSettings
from server.engine.gan.stylegan2 import EXACT, Generator, Rendering
from server.engine.gan.texture import Grip, grips
from server.engine.models.gan_profile import drag_settings

Point = tuple[float, float]
REACH = 12 / 256
"""Part of the generator's picture within which a handle on an even area is put onto a detail."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One iteration: its latent, and where the handles were in the document. `arrived`: all were at their targets.

    places: the handles in the generator's picture, (row, column).
    """

    index: int
    ws: Tensor
    places: tuple[Point, ...]
    handles: tuple[Point, ...]
    arrived: bool


class Enough(Exception):
    """Raised by `OnFrame` to end a pull; the frames so far are what it returns."""


OnFrame = Callable[[Frame, Callable[[], Picture]], Sequence[DragPath] | None]
"""Told of every frame, with a function that paints it as a layer's picture when it is called; returns newer drags
when the artist moved a target meanwhile. May raise to stop: `Enough` keeps the frames so far."""


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Where a pull begins and where it goes, (row, column) of the generator's picture; how well handles can be held.

    shifts: what was added to each handle, and to its target, to put it onto a detail.
    """

    starts: tuple[Point, ...]
    targets: tuple[Point, ...]
    grips: tuple[Grip, ...]
    shifts: tuple[Point, ...]


def ends(held: Held, drags: Sequence[DragPath], *, snap: bool = False) -> Ends:
    """Handles and targets; with `snap` those on even areas are put onto the nearest detail, targets along with them.

    A drag of one point is a pin: its target is where it is. Raises EngineError when a point lies outside the square.
    """
    starts, targets = _points(held, drags)
    picture = torch.from_numpy(held.view).permute(2, 0, 1) * 2 - 1
    size = held.crop.size[0]
    found = grips(
        picture, [(round(r), round(c)) for r, c in starts], reach=max(3, round(REACH * size))
    )
    shifts: list[Point] = [(0.0, 0.0)] * len(starts)
    if snap:
        shifts = [
            (grip.better[0] - grip.handle[0], grip.better[1] - grip.handle[1]) for grip in found
        ]
    return Ends(
        starts=tuple(_moved(p, by, size) for p, by in zip(starts, shifts, strict=True)),
        targets=tuple(_moved(p, by, size) for p, by in zip(targets, shifts, strict=True)),
        grips=tuple(found),
        shifts=tuple(shifts),
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
) -> tuple[Frame, ...]:
    """Drag until all handles have arrived or `steps` are done; returns every frame, the undragged one first.

    Raises EngineError when a point lies outside the square.
    """
    begin = ends(held, drags, snap=snap)
    whole = bool((held.area > 0).all())
    device = held.inversion.ws.device
    drag = Drag(
        held.generator,
        held.inversion.ws,
        begin.starts,
        begin.targets,
        mask=None if whole else torch.from_numpy(held.area).to(device),
        settings=settings or settings_for(held.generator),
        how=how,
    )
    frames: list[Frame] = []
    for index in range(steps):
        step = drag.step()
        frame = _frame(held, index, step)
        frames.append(frame)

        def painted(step: DragStep = step) -> Picture:
            return layer(held, pixels_of(drag.picture(step)), "preview").picture

        try:
            newer = on_frame(frame, painted)
        except Enough:
            break
        if newer is not None:
            drag.retarget(ends(held, newer, snap=snap).targets)
        elif frame.arrived:
            break
    return tuple(frames)


def settings_for(generator: Generator) -> DragGanSettings:
    """The published block and rows; in small generators the last block but one, and the rows before it."""
    return drag_settings(generator.config)


def _points(held: Held, drags: Sequence[DragPath]) -> tuple[list[Point], list[Point]]:
    """Handles and targets as (row, column) of the generator's picture."""
    if not drags:
        raise EngineError("param.invalid", "There is nothing to pull: draw an arrow or two.")
    size = held.crop.size[0]
    both: tuple[list[Point], list[Point]] = ([], [])
    for path in drags:
        for found, (x, y) in zip(both, (path.start, path.end), strict=True):
            column, row = (v - 0.5 for v in held.crop.to_model(x, y))
            if not (-0.5 <= row <= size - 0.5 and -0.5 <= column <= size - 0.5):
                raise EngineError(
                    "param.invalid",
                    f"The point ({x:g}, {y:g}) lies outside the square the model sees, "
                    f"{held.crop.rect}: move it in, or select a larger area.",
                )
            found.append((min(max(row, 0.0), size - 1.0), min(max(column, 0.0), size - 1.0)))
    return both


def _moved(point: Point, by: Point, size: int) -> Point:
    """A point moved, within the picture."""
    row, column = (min(max(p + d, 0.0), size - 1.0) for p, d in zip(point, by, strict=True))
    return row, column


def _frame(held: Held, index: int, step: DragStep) -> Frame:
    places = step.handles.detach().cpu().tolist()
    return Frame(
        index=index,
        ws=step.ws.detach(),
        places=tuple((float(y), float(x)) for y, x in places),
        handles=tuple(held.crop.to_document(x + 0.5, y + 0.5) for y, x in places),
        arrived=bool(step.stopped),
    )
