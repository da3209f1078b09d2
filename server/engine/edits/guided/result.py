# SPDX-License-Identifier: Apache-2.0
"""From the model's picture back to a layer of the document."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Layer
from server.engine.canvas import alpha_on, apply_map, change_of, see_through
from server.engine.edits.guided.functions import E, GuidedTask
from server.engine.edits.guided.warp_preview import as_layer
from server.engine.warp import behind, landed, staying

Floats = NDArray[np.float32]


def painted(task: GuidedTask[E], edited: Floats, reconstruction: Floats) -> Layer:
    """The layer of an edited picture (mh, mw, 3) sRGB 0..1, given the model's own picture of the source."""
    change = change_of(
        task.frame.source,
        task.crop,
        edited,
        task.frame.blend,
        reconstruction=reconstruction,
        backward=task.motion.warp.map,
        alpha=_alpha(task) if see_through(task.frame.source) else None,
    )
    return as_layer(task, change)


def _alpha(task: GuidedTask[E]) -> Floats:
    """The edited picture's own transparency on the crop: alpha travels with the content it belongs to.

    What is lifted arrives over what is there; what was not lifted stays, so that none of it is lost.
    """
    crop = task.crop
    motion = task.geometry.motion((crop.rect[2], crop.rect[3]))
    alpha = alpha_on(task.frame.source, crop)
    if task.geometry.thing is None:
        return apply_map(alpha, motion.warp.map)
    filled = behind(alpha[..., None], motion.behind)[..., 0]
    lifted = alpha * motion.left
    left = filled + staying(alpha, lifted, filled)
    arriving = landed(lifted, motion.warp)
    return (arriving + left * (1.0 - arriving)).astype(np.float32)
