# SPDX-License-Identifier: Apache-2.0
"""From an edit and its pictures to what is to be changed, where, and what may be put back. No torch."""

from __future__ import annotations

from protocol.sentences import say
from server.engine.api import EngineError, Pictures, Rect, Size
from server.engine.canvas import (
    ModelGrid,
    alpha_on,
    choose_crop,
    model_view,
    rects,
    resize,
    see_through,
)
from server.engine.edits.frame import Frame, not_empty, selected, source_of
from server.engine.edits.guided.functions import E, GuidedFunctions, GuidedTask


def region_of(
    functions: GuidedFunctions[E], edit: E, document: Size, selection: Rect | None
) -> Rect:
    """The largest area an edit may change, in the document. Raises EngineError when it is empty."""
    region = functions.region(edit, document, selection)
    if rects.is_empty(region):
        raise EngineError("param.invalid", say("region.outside"))
    return region


def guided_task(
    functions: GuidedFunctions[E], edit: E, pictures: Pictures, grid: ModelGrid
) -> GuidedTask[E]:
    """Work out where everything goes. The model sees what was read: the source picture's rectangle.

    Raises EngineError for missing pictures, empty masks and drags that cannot be done.
    """
    source, mask = source_of(pictures), pictures.get("mask")
    region = region_of(functions, edit, source.document, None if mask is None else selected(mask))
    if not rects.contains(source.rect, region):
        raise EngineError("param.invalid", say("region.grew"))
    crop = choose_crop(source.rect, source.document, grid, context=0)
    view = model_view(source, crop)
    size = (view.shape[1], view.shape[0])
    alpha = alpha_on(source, crop) if see_through(source) else None
    try:
        geometry = functions.geometry(edit, crop, view, mask, alpha)
        motion = geometry.motion(size)
        blend = functions.blend(edit, geometry, motion)
    except ValueError as problem:
        raise EngineError("param.invalid", say("drag.unclear")) from problem
    if alpha is not None:
        not_empty(resize(alpha, size, "area"), motion.left, crop)
    frame = Frame(source=source, crop=crop, view=view, blend=blend)
    return GuidedTask(edit=edit, frame=frame, geometry=geometry, motion=motion)
