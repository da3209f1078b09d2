# SPDX-License-Identifier: Apache-2.0
"""An edit and its pictures, brought together: what is to be changed, where, and what may be put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from protocol.edits import Drag, Edit, GuidedEdit, Move
from protocol.sentences import say
from server.engine.api import EngineError, Picture, Pictures, Rect, Size
from server.engine.canvas import (
    Crop,
    Mask,
    ModelGrid,
    alpha_on,
    choose_crop,
    mask_of,
    model_view,
    rects,
    resize,
    see_through,
)
from server.engine.edits.guided import drag, move
from server.engine.edits.guided.geometry import SEEN, Geometry, Motion

Kind = TypeVar("Kind", bound=Edit)


@dataclass(frozen=True, kw_only=True)
class Work:
    """All that preview and guided edit share.

    view: (mh, mw, 3) sRGB 0..1, what the model sees. motion: on the view's grid. blend: (crop h,
    crop w) 0..1 on the document's grid, 0 outside the region.
    """

    edit: GuidedEdit
    source: Picture
    view: NDArray[np.float32]
    geometry: Geometry
    motion: Motion
    blend: Mask

    @property
    def crop(self) -> Crop:
        return self.geometry.crop

    @property
    def title(self) -> str:
        """What the result layer is called before a recipe's id is added."""
        return f"[Pullbrush] {self.edit.KIND} ({self.edit.seed})"


def not_known(edit: Edit) -> EngineError:
    """What is said of an edit that this engine cannot do; a newer program may have sent it."""
    return EngineError("op.unsupported", say("kind.newer", edit=f"edit.{edit.KIND}"))


def of_kind(edit: Edit, kind: type[Kind]) -> Kind:
    """The edit as one of this kind; raises EngineError when it is of another."""
    if isinstance(edit, kind):
        return edit
    raise not_known(edit)


def region_of(edit: GuidedEdit, document: Size, selection: Rect | None) -> Rect:
    """The largest area an edit may change, in the document. Raises EngineError when it is empty."""
    match edit:
        case Drag():
            region = drag.region(edit, document, selection)
        case Move():
            region = move.region(edit, document, selection)
        case _:
            raise not_known(edit)
    if rects.is_empty(region):
        raise EngineError("param.invalid", say("region.outside"))
    return region


def begin(edit: GuidedEdit, pictures: Pictures, grid: ModelGrid) -> Work:
    """Work out where everything goes. The model sees what was read: the source picture's rectangle.

    Raises EngineError for missing pictures, empty masks and drags that cannot be done.
    """
    source, mask = pictures.get("source"), pictures.get("mask")
    if source is None:
        raise EngineError("param.invalid", say("picture.none"))
    selection = None if mask is None else _bounds(mask)
    region = region_of(edit, source.document, selection)
    if not rects.contains(source.rect, region):
        raise EngineError("param.invalid", say("region.grew"))
    crop = choose_crop(source.rect, source.document, grid, context=0)
    view = model_view(source, crop)
    size = (view.shape[1], view.shape[0])
    alpha = alpha_on(source, crop) if see_through(source) else None
    try:
        match edit:
            case Drag():
                geometry = drag.geometry(edit, crop, view, mask)
                motion = geometry.motion(size)
                blend = drag.blend(edit, geometry, motion)
            case Move():
                geometry = move.geometry(edit, crop, view, mask, alpha)
                motion = geometry.motion(size)
                blend = move.blend(edit, geometry, motion)
            case _:
                raise not_known(edit)
    except ValueError as problem:
        raise EngineError("param.invalid", say("drag.unclear")) from problem
    if alpha is not None:
        not_empty(resize(alpha, size, "area"), motion.left, crop)
    return Work(edit=edit, source=source, view=view, geometry=geometry, motion=motion, blend=blend)


def not_empty(alpha: Mask, taken: Mask, crop: Crop) -> None:
    """Raises EngineError when a layer of this `alpha` holds nothing where an edit takes something from.

    Both (h, w) 0..1, on any one grid over the crop.
    """
    there = taken > SEEN
    if not there.any() or (alpha[there] > 0).any():
        return
    rows, columns = np.nonzero(there)
    x = crop.rect[0] + (columns.mean() + 0.5) * crop.rect[2] / alpha.shape[1]
    y = crop.rect[1] + (rows.mean() + 0.5) * crop.rect[3] / alpha.shape[0]
    raise EngineError("param.invalid", say("place.empty", x=round(x), y=round(y)))


def _bounds(mask: Picture) -> Rect:
    """Where a mask selects anything. Raises EngineError when it selects nothing."""
    box = rects.bounds(mask_of(mask) > 0, mask.rect)
    if rects.is_empty(box):
        raise EngineError("param.invalid", say("mask.empty"))
    return box
