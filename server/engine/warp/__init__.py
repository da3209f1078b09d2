# SPDX-License-Identifier: Apache-2.0
"""Instant geometric warps on numpy alone: the preview, and the map a guided edit starts from.

`drag_warp` and `move_warp` return a `Warp` (dense backward map, cover, hole, valid) on any pixel
grid; `drag_change` and `move_change` apply it to document pixels; `dense_targets` and
`canvas.resize_map` bring it to a latent's grid; `auto_region` is the area of a drag without mask.
"""

from server.engine.warp.controls import Path, Point
from server.engine.warp.drag import drag_warp
from server.engine.warp.lifting import behind, coverage, landed, staying
from server.engine.warp.move import move_warp, object_center
from server.engine.warp.preview import drag_change, move_change
from server.engine.warp.region import auto_region, auto_region_bounds
from server.engine.warp.targets import DenseTargets, dense_targets
from server.engine.warp.warp import Warp

__all__ = [
    "DenseTargets",
    "Path",
    "Point",
    "Warp",
    "auto_region",
    "auto_region_bounds",
    "behind",
    "coverage",
    "dense_targets",
    "drag_change",
    "drag_warp",
    "landed",
    "move_change",
    "move_warp",
    "object_center",
    "staying",
]
