# SPDX-License-Identifier: Apache-2.0
"""The hair of a head as balls: everything grows out of a smooth cap, so that any two hairstyles have all between."""

from dataclasses import dataclass

from server.lab.heads.ball import Ball
from server.lab.heads.head import Head
from server.lab.heads.space import Vec

SIDES = (-1.0, 1.0)
"""The picture's left, the picture's right."""
CURLS: tuple[Vec, ...] = (
    *((0.0, 1.02, 0.28), (-0.52, 0.9, 0.3), (0.52, 0.9, 0.3)),
    *((-0.88, 0.5, 0.12), (0.88, 0.5, 0.12), (-0.94, -0.02, -0.2), (0.94, -0.02, -0.2)),
    *((-0.72, -0.48, -0.32), (0.72, -0.48, -0.32)),
)


@dataclass(frozen=True, kw_only=True)
class Hair:
    """The parts of the hair; locks are (left, right) of the picture."""

    cap: Ball
    """Carries the hair that is seen from the front."""
    back: Ball
    """What is under the cap, on the far side."""
    curtain: Ball
    """What hangs behind."""
    locks: tuple[Ball, Ball]
    bun: Ball
    curls: tuple[Ball, ...]


def hair_of(head: Head) -> Hair:
    """The hair of a head."""
    grown, long, wide = head.hair_volume, head.hair_length, head.face_width
    puff = 0.07 + 0.1 * grown
    return Hair(
        cap=Ball(
            center=(0.0, 0.14, -0.03),
            radii=(wide + 0.02 + 0.4 * puff, 1.0 + puff, 1.0 + 0.3 * puff),
        ),
        back=Ball(
            center=(0.0, 0.2, -0.16), radii=(wide + 0.4 * puff, 0.9 + puff, 0.84 + 0.4 * puff)
        ),
        curtain=Ball(
            center=(0.0, -0.1 - 0.55 * long, -0.4),
            radii=(0.86 * wide + 0.16 * grown + 0.1 * long, 0.8 + 0.62 * long, 0.62),
        ),
        locks=(_lock(head, -1.0), _lock(head, 1.0)),
        bun=Ball(
            center=(0.0, 1.02 + 0.22 * head.bun, -0.25),
            radii=(0.16 + 0.24 * head.bun, 0.16 + 0.22 * head.bun, 0.16 + 0.24 * head.bun),
        ),
        curls=tuple(_curl(head, place) for place in CURLS),
    )


def _lock(head: Head, side: float) -> Ball:
    grown, long = head.hair_volume, head.hair_length
    return Ball(
        center=(side * (0.9 * head.face_width + 0.06 * grown), 0.15 - 0.72 * long, -0.02),
        radii=(0.17 + 0.07 * long + 0.06 * grown, 0.35 + 0.72 * long, 0.26),
    )


def _curl(head: Head, place: Vec) -> Ball:
    x, y, z = place
    radius = (0.2 + 0.14 * head.hair_volume) * (0.3 + head.curl)
    return Ball(center=(x * head.face_width, y, z - 0.05), radii=(radius, radius, radius))
