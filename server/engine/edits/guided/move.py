# SPDX-License-Identifier: Apache-2.0
"""Move: the selected object, where it goes, and the place it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from protocol.edits import Move
from protocol.sentences import say
from server.engine.api import EngineError, Note, Picture, Rect, Size, note
from server.engine.canvas import Crop, Mask, grow, grown_blend_mask, mask_of, mask_on, rects, resize
from server.engine.diffusion.dragon_settings import MOVE as PUBLISHED
from server.engine.edits.frame import SEEN
from server.engine.edits.guided.functions import GuidedFunctions, GuidedTask
from server.engine.edits.guided.geometry import Geometry, Motion, placing
from server.engine.edits.guided.object_mask import RIM, thing_within
from server.engine.warp import coverage

if TYPE_CHECKING:  # these know torch, which the quick worker does not load
    from server.engine.diffusion.dragging import Dragging
    from server.engine.diffusion.published.modes import Setup


def region(edit: Move, document: Size, selection: Rect | None) -> Rect:
    """Old and new place of the selection's bounds, grown by `edit.grow`, within the document.

    Raises EngineError without a selection.
    """
    if selection is None or rects.is_empty(selection):
        raise EngineError("param.invalid", say("mask.object"))
    x, y, width, height = selection
    new_width, new_height = width * edit.scale, height * edit.scale
    left = x + width / 2 + edit.dx - new_width / 2
    top = y + height / 2 + edit.dy - new_height / 2
    right, bottom = int(np.ceil(left + new_width)), int(np.ceil(top + new_height))
    target = (
        int(np.floor(left)),
        int(np.floor(top)),
        right - int(np.floor(left)),
        bottom - int(np.floor(top)),
    )
    both = rects.pad(rects.union(selection, target), edit.grow)
    return rects.intersect(both, rects.of_size(document))


def geometry(
    edit: Move, crop: Crop, view: np.ndarray, mask: Picture | None, alpha: Mask | None
) -> Geometry:
    """The object on a crop whose picture at the model's size is `view` (h, w, 3).

    alpha: (crop h, crop w), how much of the layer there is; None when it is opaque.
    Raises EngineError when the mask is missing or selects nothing of the crop.
    """
    if mask is None:
        raise EngineError("param.invalid", say("mask.object"))
    whole = mask_of(mask)
    box = rects.bounds(whole > 0, mask.rect)
    if rects.is_empty(rects.intersect(box, crop.visible)):
        raise EngineError("param.invalid", say("mask.elsewhere"))
    selected = mask_on(whole, mask.rect, crop.rect)
    if alpha is not None:
        selected = coverage(selected, alpha)
    center = (box[0] + box[2] / 2 - crop.rect[0], box[1] + box[3] / 2 - crop.rect[1])
    matrix = placing(center, edit.dx, edit.dy, edit.scale)
    everywhere = np.ones_like(selected)
    whole_object = Geometry(crop=crop, area=everywhere, thing=selected, matrix=matrix)
    places = whole_object.motion((crop.rect[2], crop.rect[3]))
    area = grown_blend_mask(places.touched, edit.grow)
    thing = None
    if alpha is None or not _cut_out(selected, alpha):
        thing = thing_within(view, resize(selected, (view.shape[1], view.shape[0]), "area"))
    return Geometry(crop=crop, area=area, thing=selected if thing is None else thing, matrix=matrix)


def _cut_out(selected: Mask, alpha: Mask) -> bool:
    """Whether nothing is around the selection: then all that is in it is the object."""
    around = grow(selected > 0, RIM) & (selected == 0)
    return not (alpha[around] > SEEN).any()


def blend(edit: Move, geometry: Geometry, motion: Motion) -> Mask:
    """What is put back, (crop h, crop w) 0..1: old and new place, fading within `grow` pixels."""
    del edit, motion
    return geometry.area


def notes(edit: Move, document: Size, selection: Rect | None) -> list[Note]:
    """That the object leaves the picture, or part of it."""
    if selection is None:
        return []
    picture, target = rects.of_size(document), _landing(edit, selection)
    if rects.is_empty(rects.intersect(picture, target)):
        return [note("plan.gone")]
    return [] if rects.contains(picture, target) else [note("plan.leaves")]


def _landing(edit: Move, selection: Rect) -> Rect:
    """Where the selected object comes to lie; it is resized about its middle."""
    x, y, width, height = selection
    wide, high = max(1, round(width * edit.scale)), max(1, round(height * edit.scale))
    left, top = x + edit.dx + (width - wide) / 2, y + edit.dy + (height - high) / 2
    return (round(left), round(top), wide, high)


def reference(task: GuidedTask[Move], base: Dragging) -> Setup:
    """Object moving and resizing as published: the object's mask, and how far it goes."""
    import torch

    from server.engine.diffusion.published import modes

    (across, along), edit = task.crop.scale, task.edit
    thing = torch.from_numpy(task.motion.left)[None, None] > 0.5
    return modes.move(base, thing, dx=edit.dx * across, dy=edit.dy * along, gamma=edit.scale)


MOVE = GuidedFunctions[Move](
    region=region,
    geometry=geometry,
    blend=blend,
    notes=notes,
    reference=reference,
    published=PUBLISHED,
)
