# SPDX-License-Identifier: Apache-2.0
"""The face: skull and jaw as one, ears, nose, and what is painted on them: cheeks, freckles and brows."""

import numpy as np

from server.lab.heads.anatomy import Anatomy, Brow
from server.lab.heads.ball import Ball, outline, sight
from server.lab.heads.easel import FAR, Easel, cover_of
from server.lab.heads.hair import SIDES
from server.lab.heads.head import Head
from server.lab.heads.palette import BLUSH, HAIR, INK, SHADOW, SKIN, on
from server.lab.heads.space import Vec
from server.lab.scenes.palette import Color, Floats, mix
from server.lab.scenes.shapes import Patch
from server.lab.scenes.things import Box

BLEND = 16.0
"""World pixels over which skull and jaw flow into one another."""
SHADE = 0.075
FRECKLES = ((0.30, -0.20), (0.42, -0.28), (0.53, -0.19), (0.62, -0.29), (0.47, -0.11))


def draw_ears(easel: Easel, head: Head, parts: Anatomy, *, behind: bool = False) -> None:
    """Both ears; the one that is turned away goes behind the head by its depth."""
    skin = on(SKIN, head.skin)
    for ear in parts.ears:
        easel.lay_ball(ear, mix(skin, BLUSH, 0.07), SHADE, part="face", behind=behind)
        inner = Ball(
            center=(ear.center[0], ear.center[1], ear.center[2] + 0.55 * ear.radii[2]),
            radii=(0.55 * ear.radii[0], 0.6 * ear.radii[1], 0.6 * ear.radii[2]),
        )
        tone = mix(skin, SHADOW, 0.28)
        easel.lay_ball(inner, tone, 0.0, part="face", stroked=False, behind=behind)


def draw_skin(easel: Easel, head: Head, parts: Anatomy) -> None:
    """Skull and jaw as one smooth shape, lit from the upper left."""
    one, two = (outline(ball, easel.pose).box for ball in (parts.skull, parts.jaw))
    patch = easel.patch(
        (min(one[0], two[0]), min(one[1], two[1]), max(one[2], two[2]), max(one[3], two[3]))
    )
    skull, jaw = (sight(ball, easel.pose, patch) for ball in (parts.skull, parts.jaw))
    part = np.clip(
        np.float32(0.5) + (jaw.distance - skull.distance) * np.float32(0.5 / BLEND), 0, 1
    )
    distance = (
        jaw.distance
        + (skull.distance - jaw.distance) * part
        - np.float32(BLEND) * part * (1 - part)
    )
    light = jaw.light + (skull.light - jaw.light) * part
    paint = on(SKIN, head.skin) * (1 + np.float32(SHADE) * np.clip(light, -1.2, 1.2))
    nearer = np.maximum(
        np.where(skull.distance > 0, FAR, skull.depth), np.where(jaw.distance > 0, FAR, jaw.depth)
    )
    depth = np.where(nearer > FAR, nearer, np.minimum(skull.depth, jaw.depth))
    easel.lay_solid(patch, patch.cover(distance), depth, paint, part="face")


def draw_cheeks(easel: Easel, head: Head, parts: Anatomy) -> None:
    """Soft blush, and freckles on top of it."""
    for side in SIDES:
        center = parts.skull.front(side * 0.54 * head.face_width, -0.27)
        patch = easel.patch(around(easel, center, 0.36))
        seen = sight(parts.skull, easel.pose, patch)
        rim = patch.cover(seen.distance)
        across, up = seen.x - np.float32(center[0]), seen.y - np.float32(center[1])
        soft = np.maximum(1 - (across * across + up * up) * np.float32(1 / 0.26**2), 0)
        easel.lay(patch, soft * soft * np.float32(0.5 * head.blush) * rim, BLUSH)
        for x, y in FRECKLES:
            spot = (seen.x - np.float32(side * x)) ** 2 + (seen.y - np.float32(y)) ** 2
            dot = cover_of(patch, spot - np.float32(0.026**2)) * rim
            easel.lay(patch, dot * np.float32(0.6 * head.freckles), SHADOW)


def draw_nose(easel: Easel, head: Head, parts: Anatomy) -> None:
    """A ball of a nose and the shadow under it."""
    nose, skin = parts.nose, on(SKIN, head.skin)
    x, y, z = nose.center
    rx, ry, rz = nose.radii
    under = Ball(center=(x, y - 0.035, z - 0.05), radii=(rx * 0.96, ry, rz))
    patch, seen = easel.see(under)
    easel.lay(patch, np.float32(0.34) * patch.cover(seen.distance), SHADOW)
    easel.lay_ball(nose, mix(skin, BLUSH, 0.16), 0.09, part="face")
    small = 0.2 * rx
    spot = (x - 0.3 * rx, y + 0.4 * ry, z + 0.7 * rz)
    glint = Ball(center=spot, radii=(small, small, small))
    patch, seen = easel.see(glint)
    easel.lay(patch, np.float32(0.45) * patch.cover(seen.distance), mix(skin, skin * 0 + 1, 0.8))


def draw_brows(easel: Easel, head: Head, parts: Anatomy) -> None:
    """Brows in a darker tone of the hair."""
    paint = mix(on(HAIR, head.hair), INK, 0.38)
    for brow in parts.brows:
        _draw_brow(easel, parts.skull, brow, paint)


def _draw_brow(easel: Easel, skull: Ball, brow: Brow, paint: Color) -> None:
    patch = easel.patch(around(easel, skull.front(brow.x, brow.y), brow.wide * 1.5))
    if patch.empty:
        return
    seen = sight(skull, easel.pose, patch)
    t = (seen.x - np.float32(brow.x)) * np.float32(1 / brow.wide)
    square = t * t
    middle = np.float32(brow.y) + np.float32(brow.slant) * t + np.float32(brow.arch) * (1 - square)
    half = np.float32(brow.thick) * np.maximum(1 - np.float32(0.62) * square, 0)
    level = np.maximum(np.abs(seen.y - middle) - half, (square - 1) * np.float32(0.5 * brow.wide))
    easel.lay(patch, cover_of(patch, level) * patch.cover(seen.distance), paint)


def around(easel: Easel, center: Vec, reach: float) -> Box:
    """The box of world pixels about a point of the head, `reach` head units to each side."""
    (x, y), far = easel.pose.seen(center), reach * easel.pose.unit
    return x - far, y - far, x + far, y + far


def within(patch: Patch, *levels: Floats) -> Floats:
    """Coverage of where all of some functions are negative."""
    level = levels[0]
    for other in levels[1:]:
        level = np.maximum(level, other)
    return cover_of(patch, level)
