# SPDX-License-Identifier: Apache-2.0
"""Eyes: white, iris, pupil and glint between two lids, the lid's skin, and the line of lashes."""

import numpy as np

from server.lab.heads.anatomy import Anatomy, Eye
from server.lab.heads.ball import sight
from server.lab.heads.draw_face import around, within
from server.lab.heads.easel import Easel
from server.lab.heads.head import Head
from server.lab.heads.palette import EYES, INK, SHADOW, SKIN, WHITE, on
from server.lab.scenes.palette import Floats, mix
from server.lab.scenes.shapes import Cover, Patch

LASH = 0.052


def lid_curve(square: Floats) -> Floats:
    """s(t) = 1 − t²/2 − t⁴/2 of t²: 1 in the middle of an eye, 0 in its corners, and round between."""
    return 1 - np.float32(0.5) * square - np.float32(0.5) * square * square


def draw_eyes(easel: Easel, head: Head, parts: Anatomy) -> None:
    """Both eyes, on the skull."""
    for eye in parts.eyes:
        patch = easel.patch(around(easel, parts.skull.front(eye.x, eye.y), 1.45 * eye.high))
        if patch.empty:
            continue
        seen = sight(parts.skull, easel.pose, patch)
        x, y = seen.x - np.float32(eye.x), seen.y - np.float32(eye.y)
        rim = patch.cover(seen.distance)
        square = np.minimum((x * np.float32(1 / eye.wide)) ** 2, np.float32(1.8))
        curve = lid_curve(square)
        _draw_lid(easel, head, eye, patch, y, curve, rim)
        _draw_ball(easel, head, eye, patch, (x, y), curve, rim)
        _draw_lashes(easel, eye, patch, y, square, rim)


def _draw_lid(
    easel: Easel, head: Head, eye: Eye, patch: Patch, y: Floats, curve: Floats, rim: Cover
) -> None:
    """The skin of the upper lid, as far as it has come down."""
    skin = mix(on(SKIN, head.skin), SHADOW, 0.10)
    level = (
        y - np.float32(eye.high) * curve,
        np.float32(eye.lid_low) * curve - y,
    )
    easel.lay(patch, within(patch, *level) * rim, skin)


def _draw_ball(
    easel: Easel,
    head: Head,
    eye: Eye,
    patch: Patch,
    place: tuple[Floats, Floats],
    curve: Floats,
    rim: Cover,
) -> None:
    x, y = place
    upper = np.float32(eye.lid_high) * curve
    lids = (y - upper, np.float32(eye.lid_low) * curve - y)
    opened = within(patch, *lids) * rim
    easel.lay(patch, opened, WHITE)
    shaded = within(patch, upper - np.float32(0.075) - y) * opened
    easel.lay(patch, np.float32(0.16) * shaded, SHADOW)
    paint = on(EYES, head.eyes)
    x, y = x - np.float32(eye.iris_x), y - np.float32(eye.iris_y)
    disc = x * x + y * y
    low = np.clip(np.float32(0.5) - y * np.float32(1 / eye.iris), 0, 1)
    for size, ink in ((1.0, mix(paint, INK, 0.5)), (0.86, paint * (1 - 0.25 + 0.6 * low))):
        ring = within(patch, disc - np.float32((size * eye.iris) ** 2))
        easel.lay(patch, ring * opened, np.minimum(ink, 1))
    easel.lay(patch, within(patch, disc - np.float32((0.5 * eye.iris) ** 2)) * opened, INK)
    for dx, dy, size in ((-0.30, 0.38, 0.27), (0.34, -0.36, 0.14)):
        gx, gy = x - np.float32(dx * eye.iris), y - np.float32(dy * eye.iris)
        glint = within(patch, gx * gx + gy * gy - np.float32((size * eye.iris) ** 2))
        easel.lay(patch, glint * opened, WHITE)


def _draw_lashes(
    easel: Easel, eye: Eye, patch: Patch, y: Floats, square: Floats, rim: Cover
) -> None:
    """The dark line along the upper lid; of a closed eye it is all that is seen."""
    away = y - np.float32(eye.lid_high) * np.maximum(lid_curve(square), np.float32(-0.1))
    steep = np.float32(eye.lid_high / eye.wide)
    slope = square * (1 + 2 * square) * (1 + 2 * square) * steep * steep
    away = away / np.sqrt(1 + np.minimum(slope, np.float32(9)))
    level = (
        away - np.float32(LASH) * (1 - np.float32(0.5) * square),
        np.float32(-0.018) - away,
        (square - np.float32(1.15)) * np.float32(0.5 * eye.wide),
    )
    easel.lay(patch, within(patch, *level) * rim, INK)
