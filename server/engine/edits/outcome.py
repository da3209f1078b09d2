# SPDX-License-Identifier: Apache-2.0
"""From the model's picture back to a layer of the document."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from server.engine.api import Layer
from server.engine.canvas import apply_map, change_of, mask_on, placed, push_pull
from server.engine.edits.preview import layer_of, see_through
from server.engine.edits.work import Work

Floats = NDArray[np.float32]


def painted(work: Work, edited: Floats, reconstruction: Floats) -> Layer:
    """The layer of an edited picture (mh, mw, 3) sRGB 0..1, given the model's own picture of the source."""
    change = change_of(
        work.source,
        work.crop,
        edited,
        work.blend,
        reconstruction=reconstruction,
        backward=work.motion.warp.map,
        alpha=_alpha(work) if see_through(work.source) else None,
    )
    return layer_of(change, work)


def _alpha(work: Work) -> Floats:
    """The edited picture's own transparency on the crop: alpha travels with the content it belongs to."""
    crop = work.crop
    motion = work.geometry.motion((crop.rect[2], crop.rect[3]))
    _, alpha = placed(work.source, crop.visible)
    alpha = mask_on(alpha, crop.visible, crop.rect)
    moved = apply_map(alpha, motion.warp.map)
    if work.geometry.thing is None:
        return moved
    known = (~motion.behind).astype(np.float32)
    behind = push_pull(alpha[..., None], known)[..., 0]
    return (behind + motion.arrived * moved * (1.0 - behind)).astype(np.float32)
