# SPDX-License-Identifier: Apache-2.0
"""What every edit gets: the layer it works on, the part of the document that is looked at, and what may be put back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from protocol.sentences import say
from server.engine.api import EngineError, Picture, Pictures, Rect
from server.engine.canvas import Crop, Mask, mask_of, rects

SEEN = 0.02
"""A mask below this counts as empty."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A layer as an edit works on it.

    view: (mh, mw, 3) sRGB 0..1, the crop as the model sees it. blend: (crop h, crop w) 0..1 on the document's grid,
    how much of the result is put back; 0 outside the region.
    """

    source: Picture
    crop: Crop
    view: NDArray[np.float32]
    blend: Mask


def source_of(pictures: Pictures) -> Picture:
    """The layer to edit. Raises EngineError where there is none."""
    source = pictures.get("source")
    if source is None:
        raise EngineError("param.invalid", say("picture.none"))
    return source


def selected(mask: Picture) -> Rect:
    """Where a mask selects anything. Raises EngineError when it selects nothing."""
    box = rects.bounds(mask_of(mask) > 0, mask.rect)
    if rects.is_empty(box):
        raise EngineError("param.invalid", say("mask.empty"))
    return box


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
