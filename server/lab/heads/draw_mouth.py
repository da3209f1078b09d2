# SPDX-License-Identifier: Apache-2.0
"""The mouth: lips round an opening with teeth above and a tongue below; closed, a line."""

import numpy as np

from server.lab.heads.anatomy import Anatomy
from server.lab.heads.ball import sight
from server.lab.heads.draw_face import around, within
from server.lab.heads.easel import Easel
from server.lab.heads.head import Head
from server.lab.heads.palette import INK, LIP, MOUTH, SKIN, TONGUE, WHITE, on
from server.lab.scenes.palette import mix

LINE = 0.013
"""Half the thickness of a closed mouth's line."""
TEETH = 0.085


def draw_mouth(easel: Easel, head: Head, parts: Anatomy) -> None:
    """The mouth, on the jaw."""
    mouth = parts.mouth
    center = parts.jaw.front(0.0, mouth.y - 0.4 * mouth.below)
    patch = easel.patch(around(easel, center, 0.62))
    seen = sight(parts.jaw, easel.pose, patch)
    rim = patch.cover(seen.distance)
    t = seen.x * np.float32(1 / mouth.wide)
    square = np.minimum(t * t, np.float32(2))
    inner = 1 - square
    line = np.float32(mouth.y) + np.float32(mouth.bend) * (square - np.float32(0.45))
    upper = line + np.float32(mouth.above) * inner
    lower = line - np.float32(mouth.below) * inner * (1 + np.float32(0.3) * square)
    sides = (square - 1) * np.float32(0.5 * mouth.wide)
    swell = np.maximum(inner, 0) + np.float32(0.16)
    y = seen.y
    lips = within(
        patch,
        y - upper - np.float32(mouth.lip) * swell,
        lower - np.float32(1.45 * mouth.lip) * swell - y,
        sides - np.float32(0.03),
    )
    easel.lay(patch, lips * rim, mix(on(SKIN, head.skin), LIP, 0.5))
    opened = within(patch, y - upper - np.float32(LINE), lower - np.float32(LINE) - y, sides) * rim
    easel.lay(patch, opened, mix(MOUTH, INK, 0.3))
    up = y - np.float32(mouth.line(0.0) - 0.92 * mouth.below)
    across = seen.x * np.float32(1 / (0.62 * mouth.wide))
    tongue = across * across + (up * np.float32(1 / (0.5 * mouth.below + 0.02))) ** 2 - 1
    inside = within(
        patch, y - upper + np.float32(LINE), lower + np.float32(LINE) - y, sides + np.float32(0.01)
    )
    easel.lay(patch, within(patch, tongue) * inside * rim, TONGUE)
    teeth = within(patch, upper - np.float32(TEETH) + np.float32(0.03) * square - y) * inside
    easel.lay(patch, teeth * rim, WHITE)
