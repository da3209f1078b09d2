# SPDX-License-Identifier: Apache-2.0
"""The instant preview of a guided edit: its warp, applied to the document's own pixels. No torch."""

from __future__ import annotations

import numpy as np

from server.engine.api import Layer
from server.engine.canvas import Change
from server.engine.edits.frame import SEEN
from server.engine.edits.guided.functions import E, GuidedTask
from server.engine.edits.result_layer import layer_of, title_of
from server.engine.warp import drag_change, move_change


def warped(task: GuidedTask[E]) -> Layer:
    """The edit as a warp alone, as a layer in the source's depth and profile."""
    geometry, source, blend = task.geometry, task.frame.source, task.frame.blend
    size = (geometry.crop.rect[2], geometry.crop.rect[3])
    motion = geometry.motion(size)
    if geometry.matrix is None:
        change = drag_change(source, geometry.crop.rect, motion.warp, blend)
    else:
        scale = float(np.sqrt(abs(np.linalg.det(geometry.matrix[:, :2]))))
        mask = np.where(motion.left > SEEN, motion.left, 0).astype(np.float32)
        change = move_change(source, geometry.crop.rect, motion.warp, mask, blend, scale)
    return as_layer(task, change)


def as_layer(task: GuidedTask[E], change: Change) -> Layer:
    """A change that a guided edit made, as its result."""
    return layer_of(change, title_of(task.edit), instead=task.edit.placement == "instead")
