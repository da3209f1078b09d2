# SPDX-License-Identifier: Apache-2.0
"""Hair: a curtain behind, locks at the sides, a cap with a parting and a fringe, curls and a bun."""

import numpy as np

from server.lab.heads.anatomy import Anatomy
from server.lab.heads.ball import Sight
from server.lab.heads.easel import Easel, cover_of
from server.lab.heads.head import Head
from server.lab.heads.palette import HAIR, INK, WHITE, lightness, on
from server.lab.scenes.palette import Color, Floats, mix

SHADE = 0.13


def hair_tones(head: Head) -> tuple[Color, Color]:
    """The hair's color, and a deeper one for what lies in the shade."""
    paint = on(HAIR, head.hair)
    return paint, mix(paint, INK, 0.30)


def draw_back_hair(easel: Easel, head: Head, parts: Anatomy) -> None:
    """What hangs behind neck and shoulders, and the far side of the cap; nothing goes behind these."""
    paint, deep = hair_tones(head)
    for ball, tone in ((parts.hair.curtain, deep), (parts.hair.back, mix(paint, deep, 0.5))):
        easel.lay_ball(ball, tone, SHADE, part="hair", behind=True)


def draw_side_hair(easel: Easel, head: Head, parts: Anatomy, *, behind: bool = False) -> None:
    """The locks beside the face; they lie over the shirt."""
    for lock in parts.hair.locks:
        easel.lay_ball(lock, hair_tones(head)[0], SHADE, part="hair", behind=behind)


def draw_bun(easel: Easel, head: Head, parts: Anatomy, *, behind: bool = False) -> None:
    """The bun on top, inside the cap while it is small."""
    paint = hair_tones(head)[0]
    easel.lay_ball(parts.hair.bun, paint, SHADE, part="hair", stroked=not behind, behind=behind)


def draw_curls(easel: Easel, head: Head, parts: Anatomy, *, behind: bool = False) -> None:
    """Balls of hair, inside the cap while the hair is straight."""
    paint = hair_tones(head)[0]
    for curl in parts.hair.curls:
        easel.lay_ball(curl, paint, 0.11, part="hair", stroked=not behind, behind=behind)


def draw_cap(easel: Easel, head: Head, parts: Anatomy, *, behind: bool = False) -> None:
    """The hair round the skull, cut off at the hairline."""
    paint, _ = hair_tones(head)
    patch, seen = easel.see(parts.hair.cap)
    cover = cover_of(patch, hairline(head, seen)) * patch.cover(seen.distance)
    lit = paint * (1 + np.float32(SHADE) * np.clip(seen.light, -1, 1))
    if behind:
        easel.lay(patch, cover, lit, part="hair")
        return
    shine = _gleam(head, seen) * np.float32(0.34 * (1 - 0.6 * lightness(paint)))
    easel.lay_solid(patch, cover, seen.depth, lit + shine * (WHITE - lit), part="hair")


def hairline(head: Head, seen: Sight) -> Floats:
    """Negative where there is hair on the cap: above the fringe, and behind the ears down to the nape."""
    side = seen.x - np.float32(0.45 * head.parting)
    base, bend = 0.80 - 0.24 * head.fringe, 0.95 - 0.62 * head.fringe
    line = np.float32(base) - np.float32(bend) * side * side
    low = np.float32(-0.15 - 0.35 * head.hair_length)
    behind = np.maximum(seen.z - np.float32(0.16), low - seen.y)
    return np.minimum(line - seen.y, behind)


def _gleam(head: Head, seen: Sight) -> Floats:
    """A soft band of light round the top of the head, broken at the parting."""
    up = (seen.y - np.float32(0.86)) * np.float32(1 / 0.17)
    band = np.maximum(1 - up * up, 0)
    across = (seen.x - np.float32(0.45 * head.parting)) * np.float32(1 / 0.12)
    apart = across * across
    left = np.clip(np.float32(0.9) - (seen.x + np.float32(0.35)) ** 2 * 2, 0, 1)
    return band * band * left * (apart / (1 + apart))
