# SPDX-License-Identifier: Apache-2.0
"""Draw a head from back to front and keep what only the renderer knows: masks, and which landmarks are seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.lab.heads.anatomy import anatomy
from server.lab.heads.draw_body import draw_background, draw_body
from server.lab.heads.draw_eyes import draw_eyes
from server.lab.heads.draw_face import draw_brows, draw_cheeks, draw_ears, draw_nose, draw_skin
from server.lab.heads.draw_hair import (
    draw_back_hair,
    draw_bun,
    draw_cap,
    draw_curls,
    draw_side_hair,
)
from server.lab.heads.draw_mouth import draw_mouth
from server.lab.heads.easel import PARTS, Easel
from server.lab.heads.head import Head
from server.lab.heads.landmarks import Landmark, landmarks
from server.lab.heads.space import Spot, pose_of
from server.lab.scenes.render import to_bytes
from server.lab.scenes.styles import on_paper
from server.lab.scenes.things import SIDE

NEAR = 0.12
"""By how many head units something must lie in front of a landmark to hide it."""


@dataclass(frozen=True, kw_only=True)
class Portrait:
    """One drawn head; every plane has the size of the picture, and only rgb depends on the style.

    rgb uint8 (h, w, 3). part uint8 (h, w): an index into PARTS. landmarks: name → output pixels (x, y), of all.
    seen: the names of those in the picture, on the side turned to the eye, and with nothing in front of them.
    """

    rgb: NDArray[np.uint8]
    part: NDArray[np.uint8]
    landmarks: dict[str, Spot]
    seen: frozenset[str]

    def mask(self, *parts: str) -> NDArray[np.bool_]:
        """Where one of these PARTS is seen, (h, w)."""
        return np.isin(self.part, [PARTS.index(part) for part in parts])


def draw(head: Head, size: int = SIDE) -> NDArray[np.uint8]:
    """The picture alone, uint8 (size, size, 3)."""
    return to_bytes(on_paper(_painted(head, size).rgb, head.style))


def portrait(head: Head, size: int = SIDE) -> Portrait:
    """Draw a head at size × size pixels, with all that is known of it."""
    easel = _painted(head, size)
    known, scale = landmarks(head), size / SIDE
    return Portrait(
        rgb=to_bytes(on_paper(easel.rgb, head.style)),
        part=easel.part,
        landmarks={one.name: (one.spot[0] * scale, one.spot[1] * scale) for one in known},
        seen=frozenset(one.name for one in known if _is_seen(one, easel)),
    )


def _painted(head: Head, size: int) -> Easel:
    if not 16 <= size <= 4096:
        raise ValueError(f"a portrait has 16 … 4096 pixels a side, got {size}")
    easel, parts = Easel(pose_of(head), size, head.style), anatomy(head)
    draw_background(easel, head)
    draw_back_hair(easel, head, parts)
    draw_body(easel, head)
    for lay in (draw_side_hair, draw_ears, draw_curls, draw_cap, draw_bun):
        lay(easel, head, parts, behind=True)
    for lay in (draw_skin, draw_cheeks, draw_brows, draw_eyes, draw_mouth, draw_nose):
        lay(easel, head, parts)
    for lay in (draw_side_hair, draw_ears, draw_curls, draw_cap, draw_bun):
        lay(easel, head, parts)
    return easel


def _is_seen(landmark: Landmark, easel: Easel) -> bool:
    scale = easel.size / SIDE
    x, y = int(landmark.spot[0] * scale), int(landmark.spot[1] * scale)
    if not (0 <= x < easel.size and 0 <= y < easel.size and landmark.facing):
        return False
    return bool(easel.depth[y, x] <= landmark.depth + NEAR)
