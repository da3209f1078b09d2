# SPDX-License-Identifier: Apache-2.0
"""Dragging a layer with DragGAN: invert it once, pull points live, and put back what changed.

Every iteration is a frame: its latent is kept, so that any of them can be shown, or chosen afterwards. Targets may be
moved while it runs; it goes on from where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from protocol.edits import DragPath
from server.engine.api import EngineError, Layer, Picture, Rect
from server.engine.canvas import (
    Crop,
    Mask,
    blend_mask,
    change_of,
    instead_layer,
    mask_of,
    mask_on,
    model_view,
    needs_instead,
    over_layer,
    rects,
    resize,
)
from server.engine.gan.drag import Drag, DragStep
from server.engine.gan.drag_settings import DragGanSettings
from server.engine.gan.invert import Inversion, InvertSettings, OnInvert, invert
from server.engine.gan.place import gan_crop
from server.engine.gan.stylegan2 import EXACT, Generator, Rendering

Floats = NDArray[np.float32]
Point = tuple[float, float]
FADE = 0.04
"""Part of the square's side over which a result fades out at its edge."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """A layer in a generator's hands; kept while the artist tries one drag after another.

    generator: tuned to this picture. reconstruction: (S, S, 3) sRGB 0..1, what it makes of the layer undragged.
    area: (S, S), 1 where the picture may change; blend: on the crop's rectangle, document resolution.
    """

    source: Picture
    crop: Crop
    blend: Mask
    area: Mask
    generator: Generator
    inversion: Inversion
    reconstruction: Floats

    def nbytes(self) -> int:
        """Memory, for a cache with a budget."""
        weights = sum(p.numel() * p.element_size() for p in self.generator.parameters())
        return weights + self.blend.nbytes + self.reconstruction.nbytes


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One iteration: its latent, and where the handles were in the document. `arrived`: all were at their targets."""

    index: int
    ws: Tensor
    handles: tuple[Point, ...]
    arrived: bool


OnFrame = Callable[[Frame, Callable[[], Picture]], Sequence[DragPath] | None]
"""Told of every frame, with a function that paints it as a layer's picture when it is called; returns newer drags
when the artist moved a target meanwhile. May raise to stop: the frames so far are kept by who listens."""


def hold(
    generator: Generator,
    source: Picture,
    mask: Picture | None,
    *,
    settings: InvertSettings | None = None,
    how: Rendering = EXACT,
    on_step: OnInvert = lambda _done, _steps: None,
) -> Held:
    """Choose the square, invert what it shows, tune the generator to it.

    With a mask the square is about the mask, and only the mask may change; else the middle of the document is taken.
    Raises EngineError for a mask that selects nothing.
    """
    chosen = None if mask is None else _selected(mask)
    crop = gan_crop(source.document, chosen, generator.config.size)
    selected = np.ones((crop.rect[3], crop.rect[2]), np.float32)
    if mask is not None:
        selected = mask_on(mask_of(mask), mask.rect, crop.rect)
    device = generator.mapping.w_avg.device
    view = model_view(source, crop)
    picture = torch.from_numpy(view).permute(2, 0, 1)[None].to(device) * 2 - 1
    found = invert(generator, picture, settings=settings, how=how, on_step=on_step)
    own = found.tuned(generator)
    return Held(
        source=source,
        crop=crop,
        blend=blend_mask(selected, FADE * crop.rect[2], crop.part),
        area=(resize(selected, crop.size, "area") > 0.02).astype(np.float32),
        generator=own,
        inversion=found,
        reconstruction=_shown(own, found.ws, how),
    )


def pull(
    held: Held,
    drags: Sequence[DragPath],
    *,
    steps: int,
    on_frame: OnFrame,
    settings: DragGanSettings | None = None,
    how: Rendering = EXACT,
) -> tuple[Frame, ...]:
    """Drag until all handles have arrived or `steps` are done; returns every frame, the undragged one first.

    A drag of one point is a pin: its target is where it is. Raises EngineError when a point lies outside the square.
    """
    starts, ends = _ends(held, drags)
    whole = bool((held.area > 0).all())
    mask = None if whole else torch.from_numpy(held.area)
    settings = settings or settings_for(held.generator)
    drag = Drag(
        held.generator, held.inversion.ws, starts, ends, mask=mask, settings=settings, how=how
    )
    frames: list[Frame] = []
    for index in range(steps):
        step = drag.step()
        frame = _frame(held, index, step)
        frames.append(frame)

        def painted(step: DragStep = step) -> Picture:
            return layer(held, _pixels(drag.picture(step)), "preview").picture

        newer = on_frame(frame, painted)
        if newer is not None:
            drag.retarget(_ends(held, newer)[1])
        elif frame.arrived:
            break
    return tuple(frames)


def chosen(held: Held, frame: Frame, name: str, how: Rendering = EXACT) -> Layer:
    """A frame as the result layer."""
    return layer(held, _shown(held.generator, frame.ws, how), name)


def layer(held: Held, edited: Floats, name: str) -> Layer:
    """An edited picture (S, S, 3) as a layer: where it is the reconstruction's, the artist's own pixels stay."""
    change = change_of(
        held.source, held.crop, edited, held.blend, reconstruction=held.reconstruction
    )
    if needs_instead(change):
        return Layer(picture=instead_layer(change), name=name, placement="instead")
    return Layer(picture=over_layer(change), name=name, placement="over")


def settings_for(generator: Generator) -> DragGanSettings:
    """The published block and rows; in small generators the last block but one, and the rows before it."""
    usual = DragGanSettings()
    block = min(usual.block, generator.config.blocks - 2)
    return replace(usual, block=block, rows=min(usual.rows, 2 * block + 1))


def _selected(mask: Picture) -> Rect:
    box = rects.bounds(mask_of(mask) > 0, mask.rect)
    if rects.is_empty(box):
        raise EngineError(
            "param.invalid", "The mask selects nothing: select or paint the area to change."
        )
    return box


def _ends(held: Held, drags: Sequence[DragPath]) -> tuple[list[Point], list[Point]]:
    """Handles and targets as (row, column) of the generator's picture."""
    if not drags:
        raise EngineError("param.invalid", "There is nothing to pull: draw an arrow or two.")
    size = held.crop.size[0]
    ends: tuple[list[Point], list[Point]] = ([], [])
    for path in drags:
        for found, (x, y) in zip(ends, (path.start, path.end), strict=True):
            column, row = (v - 0.5 for v in held.crop.to_model(x, y))
            if not (-0.5 <= row <= size - 0.5 and -0.5 <= column <= size - 0.5):
                raise EngineError(
                    "param.invalid",
                    f"The point ({x:g}, {y:g}) lies outside the square the model sees, "
                    f"{held.crop.rect}: move it in, or select a larger area.",
                )
            found.append((min(max(row, 0.0), size - 1.0), min(max(column, 0.0), size - 1.0)))
    return ends


def _frame(held: Held, index: int, step: DragStep) -> Frame:
    places = step.handles.detach().cpu().tolist()
    return Frame(
        index=index,
        ws=step.ws.detach(),
        handles=tuple(held.crop.to_document(x + 0.5, y + 0.5) for y, x in places),
        arrived=bool(step.stopped),
    )


@torch.no_grad()
def _shown(generator: Generator, ws: Tensor, how: Rendering) -> Floats:
    return _pixels(generator.synthesis(ws, how=how))


def _pixels(image: Tensor) -> Floats:
    """(1, 3, S, S) about -1 … 1 to (S, S, 3) sRGB 0 … 1."""
    values = ((image[0].permute(1, 2, 0).float() + 1) / 2).clamp(0, 1)
    return values.cpu().numpy()
