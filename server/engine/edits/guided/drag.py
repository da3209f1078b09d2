# SPDX-License-Identifier: Apache-2.0
"""Drag: which area may change, what the handles hold, and where it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from protocol.edits import Drag
from protocol.sentences import say
from server.engine.api import EngineError, Note, Picture, Rect, Size, note
from server.engine.canvas import (
    Crop,
    Mask,
    MaskSettings,
    blend_mask,
    grow,
    grown_blend_mask,
    mask_of,
    mask_on,
    rects,
    resize,
)
from server.engine.diffusion.dragon_settings import DRAG as PUBLISHED
from server.engine.edits.guided.functions import GuidedFunctions, GuidedTask
from server.engine.edits.guided.geometry import Geometry, Motion, Paths, similarity
from server.engine.edits.guided.object_mask import thing_under
from server.engine.warp import auto_region, auto_region_bounds

if TYPE_CHECKING:  # these know torch, which the quick worker does not load
    from server.engine.diffusion.dragging import Dragging
    from server.engine.diffusion.published.modes import Setup

MARGIN = 10.0
"""Model pixels around moved things that may be repainted too: shadows, glows, seams."""
FADE = 6.0
"""Model pixels over which a result fades out towards the edge of the artist's mask."""


def region(edit: Drag, document: Size, selection: Rect | None) -> Rect:
    """The largest area that may change, document pixels; empty when nothing of it is in the document."""
    bounds = auto_region_bounds(_paths(edit), document) if selection is None else selection
    return rects.intersect(bounds, rects.of_size(document))


def geometry(
    edit: Drag, crop: Crop, view: np.ndarray, mask: Picture | None, alpha: Mask | None
) -> Geometry:
    """The drags on a crop whose picture at the model's size is `view` (h, w, 3).

    Raises EngineError when a drag begins or ends outside the area that may change.
    """
    del alpha  # a drag bends what is there and what is not
    if mask is None:
        area = auto_region(_paths(edit), crop.document, crop.rect)
    else:
        area = mask_on(mask_of(mask), mask.rect, crop.rect)
    paths = tuple(
        tuple((x - crop.rect[0], y - crop.rect[1]) for x, y in path) for path in _paths(edit)
    )
    _check_inside(edit, paths, area, drawn=mask is not None)
    size = (view.shape[1], view.shape[0])
    scale = crop.scale
    inside = resize(area, size, "area") > 0.02
    starts = [path[0] for path in paths if len(path) > 1]
    pinned = len(starts) < len(paths)
    held = [(x * scale[0], y * scale[1]) for x, y in starts]
    thing = None if pinned else thing_under(view, inside, held)
    if thing is None:
        return Geometry(crop=crop, area=area, paths=paths)
    matrix = similarity(starts, [path[-1] for path in paths if len(path) > 1])
    return Geometry(crop=crop, area=area, thing=thing, matrix=matrix)


def blend(edit: Drag, geometry: Geometry, motion: Motion) -> Mask:
    """What is put back, (crop h, crop w) 0..1 on the document's grid; 0 wherever the mask is 0.

    Only the neighborhood of what leaves or arrives is repainted, and never beyond the area.
    """
    per_pixel = 1.0 / geometry.crop.scale[0]
    soft_edge = MaskSettings(grow=edit.grow, feather=edit.feather, blend=FADE * per_pixel)
    bound = blend_mask(geometry.area, soft_edge.blend, geometry.crop.part)
    near = grow(motion.touched, edit.grow * geometry.crop.scale[0] + MARGIN / 2)
    size = (geometry.crop.rect[2], geometry.crop.rect[3])
    soft = resize(grown_blend_mask(near, MARGIN), size, "bilinear")
    return np.minimum(bound, np.clip(soft, 0.0, 1.0)).astype(np.float32)


def notes(edit: Drag, document: Size, selection: Rect | None) -> list[Note]:
    """That some of its points lie outside the picture."""
    del selection
    outside = [p for path in edit.drags for p in path.points if not _within(p, document)]
    return [note("plan.outside", count=len(outside))] if outside else []


def reference(task: GuidedTask[Drag], base: Dragging) -> Setup:
    """Content dragging as published: the handles, and where anything may change."""
    import torch

    from server.engine.diffusion.published import modes

    crop, size = task.crop, (task.frame.view.shape[1], task.frame.view.shape[0])
    handles = [path for path in task.edit.drags if not path.is_pin]
    starts = [crop.to_model(*path.start) for path in handles]
    ends = [crop.to_model(*path.end) for path in handles]
    area = torch.from_numpy(resize(task.geometry.area, size, "area"))[None, None] > 0.5
    return modes.drag(base, starts, ends, area)


DRAG = GuidedFunctions[Drag](
    region=region,
    geometry=geometry,
    blend=blend,
    notes=notes,
    reference=reference,
    published=PUBLISHED,
)


def _within(point: tuple[float, float], document: Size) -> bool:
    return 0 <= point[0] <= document[0] and 0 <= point[1] <= document[1]


def _paths(edit: Drag) -> Paths:
    return tuple(path.points for path in edit.drags)


def _check_inside(edit: Drag, paths: Paths, area: Mask, *, drawn: bool) -> None:
    height, width = area.shape
    for path, original in zip(paths, _paths(edit), strict=True):
        if len(path) < 2:
            continue
        for what, (x, y), seen in (
            ("begins", path[0], original[0]),
            ("ends", path[-1], original[-1]),
        ):
            inside = 0 <= x < width and 0 <= y < height and area[int(y), int(x)] > 0
            if not inside:
                why = f"drag.{what}_{'masked' if drawn else 'outside'}"
                at = {"x": round(seen[0]), "y": round(seen[1])}
                raise EngineError("param.invalid", say(why, **at))
