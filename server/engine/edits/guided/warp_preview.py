# SPDX-License-Identifier: Apache-2.0
"""The instant preview of an edit: its warp, applied to the document's own pixels. No torch."""

from __future__ import annotations

import numpy as np

from server.engine.api import Layer
from server.engine.canvas import Change, instead_layer, needs_instead, over_layer
from server.engine.edits.guided.geometry import SEEN
from server.engine.edits.guided.task import Work
from server.engine.warp import drag_change, move_change


def warped(work: Work) -> Layer:
    """The edit as a warp alone, as a layer in the source's depth and profile."""
    geometry, source = work.geometry, work.source
    size = (geometry.crop.rect[2], geometry.crop.rect[3])
    motion = geometry.motion(size)
    if geometry.matrix is None:
        change = drag_change(source, geometry.crop.rect, motion.warp, work.blend)
    else:
        scale = float(np.sqrt(abs(np.linalg.det(geometry.matrix[:, :2]))))
        mask = np.where(motion.left > SEEN, motion.left, 0).astype(np.float32)
        change = move_change(source, geometry.crop.rect, motion.warp, mask, work.blend, scale)
    return layer_of(change, work)


def layer_of(change: Change, work: Work) -> Layer:
    """A change as a layer: over the source, or instead of it when something becomes transparent."""
    if work.edit.placement == "instead" or needs_instead(change):
        return Layer(picture=instead_layer(change), name=work.title, placement="instead")
    return Layer(picture=over_layer(change), name=work.title, placement="over")
