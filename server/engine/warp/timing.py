# SPDX-License-Identifier: Apache-2.0
"""How long the instant preview takes here: DESIGN §8 allows 50 ms for a 512² region."""

from __future__ import annotations

import time

import numpy as np

from server.engine.api import Picture
from server.engine.canvas.blend import over_layer
from server.engine.warp.drag import drag_warp
from server.engine.warp.preview import drag_change


def preview_milliseconds(side: int = 512, repeats: int = 7) -> float:
    """Median time from drags to a finished 8-bit RGBA layer, region and picture side × side."""
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    rect = (0, 0, side, side)
    source = Picture(pixels=pixels, rect=rect, document=(side, side))
    region = np.ones((side, side), dtype=np.float32)
    paths = [[(0.5 * side, 0.6 * side), (0.5 * side, 0.4 * side)], [(0.2 * side, 0.2 * side)]]
    times: list[float] = []
    for _ in range(repeats):
        start = time.perf_counter()
        over_layer(drag_change(source, rect, drag_warp(paths, region), region))
        times.append(1000.0 * (time.perf_counter() - start))
    return sorted(times)[len(times) // 2]
