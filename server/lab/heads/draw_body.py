# SPDX-License-Identifier: Apache-2.0
"""What a head is seen before and stands on: the background with its disc, shirt, collar and neck."""

import numpy as np

from server.lab.heads.easel import Easel, cover_of
from server.lab.heads.head import Head
from server.lab.heads.palette import BACKGROUND, SHADOW, SHIRT, SKIN, WHITE, on
from server.lab.heads.space import MIDDLE
from server.lab.scenes.palette import Floats, mix
from server.lab.scenes.shapes import Patch, circle, convex
from server.lab.scenes.things import SIDE

NECKLINE = 213.0
"""World row of the middle of the neckline."""
DISC = 106.0
BODY_DEPTH = np.float32(-0.5)


def draw_background(easel: Easel, head: Head) -> None:
    """A wall that is a little lighter above, with a light disc behind the head."""
    wall = on(BACKGROUND, head.background)
    step = (np.arange(easel.size, dtype=np.float32) + np.float32(0.5)) / np.float32(easel.size)
    easel.rgb[:] = wall * (np.float32(1.02) - step * np.float32(0.10))[:, None]
    x, y = MIDDLE
    patch = easel.patch((x - DISC, y - DISC, x + DISC, y + DISC))
    easel.lay(patch, patch.cover(circle(patch, x, y, DISC)), mix(wall, WHITE, 0.42))


def draw_body(easel: Easel, head: Head) -> None:
    """Shirt and collar, which follow the head only a little, and the neck that joins them."""
    x = MIDDLE[0] + 0.35 * head.x
    cloth, skin = on(SHIRT, head.shirt), on(SKIN, head.skin)
    patch = easel.patch((x - 104.0, 195.0, x + 104.0, SIDE), margin=0.0)
    lit = cloth * (1 - (patch.x - np.float32(x)) * np.float32(0.0012))
    shirt = cover_of(patch, _oval(patch, x, 285.0, 105.0, 85.0))
    easel.lay(patch, shirt, lit, stroked=True, part="body")
    np.copyto(easel.depth[patch.window], BODY_DEPTH, where=shirt > 0.5)
    collar = easel.patch((x - 36.0, NECKLINE - 22.0, x + 36.0, NECKLINE + 22.0))
    ring = cover_of(collar, _oval(collar, x, NECKLINE, 35.0, 20.0))
    easel.lay(collar, ring, mix(cloth, WHITE, 0.45), stroked=True, part="body")
    _draw_neck(easel, x, mix(skin, SHADOW, 0.17))


def _draw_neck(easel: Easel, x: float, paint: Floats) -> None:
    left, right = (easel.pose.seen((side * 0.36, -0.75, -0.1)) for side in (-1.0, 1.0))
    corners = (left, right, (x + 24.0, NECKLINE + 1.0), (x - 24.0, NECKLINE + 1.0))
    xs, ys = [p[0] for p in corners], [p[1] for p in corners]
    patch = easel.patch((min(xs) - 4, min(ys), max(xs) + 4, NECKLINE + 14.0))
    column = patch.cover(convex(patch, corners))
    hollow = cover_of(patch, _oval(patch, x, NECKLINE - 1.0, 28.0, 13.0))
    easel.lay(patch, np.maximum(column, hollow), paint, stroked=True, part="body")


def _oval(patch: Patch, x: float, y: float, wide: float, high: float) -> Floats:
    """Negative inside an upright ellipse."""
    across = (patch.x - np.float32(x)) * np.float32(1 / wide)
    down = (patch.y - np.float32(y)) * np.float32(1 / high)
    return across * across + down * down - 1
