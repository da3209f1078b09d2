# SPDX-License-Identifier: Apache-2.0
"""From a seed, or from a generator's z, to a head.

z → head is fixed and can be turned round: z is brought to mean square 1 as StyleGAN2's mapping does (Karras et al.
2020, arXiv 1912.04958), and its first coordinates, normally distributed, give the fields' places u = Φ(z).
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from server.lab.heads.fields import FIELDS
from server.lab.heads.head import COLORS, Head, head_at

NORMAL = NormalDist()
EDGE = 1e-4
"""Places nearer to 0 or 1 than this are read back as this: beyond, z would run off to infinity."""


def sample_head(seed: int) -> Head:
    """The head of a seed, the same on every machine; seeds from HELD_OUT on are never trained on."""
    if seed < 0:
        raise ValueError(f"a head's seed is 0 or larger, got {seed}")
    places = np.random.default_rng((seed, 0x6EAD)).integers(1, 1024, len(FIELDS))
    return head_at([int(place) / 1024 for place in places])


def head_of_z(z: Sequence[float]) -> Head:
    """The head that a z of len(FIELDS) or more coordinates means; the length of z does not matter."""
    if len(z) < len(FIELDS):
        raise ValueError(f"z needs {len(FIELDS)} coordinates or more, got {len(z)}")
    scale = math.sqrt(sum(v * v for v in z) / len(z))
    if not scale > 0:
        raise ValueError("z must not be zero everywhere")
    return head_at([NORMAL.cdf(v / scale) for v in z[: len(FIELDS)]])


def head_of_two(z: Sequence[float], other: Sequence[float]) -> Head:
    """The head that z means, with the colors of the one that `other` means."""
    colors = head_of_z(other)
    return head_of_z(z).with_(**{name: getattr(colors, name) for name in COLORS})


def z_of_head(head: Head, size: int) -> list[float]:
    """A z of `size` coordinates, mean square 1, that means this head.

    The spare coordinates are equal and make up the length. Raises ValueError when the head is so far out that its own
    coordinates are longer already.
    """
    known = [NORMAL.inv_cdf(min(max(u, EDGE), 1 - EDGE)) for u in head.places()]
    spare, left = size - len(known), size - sum(v * v for v in known)
    if spare < 1 or left < 0:
        raise ValueError(
            f"this head needs a z of more than {sum(v * v for v in known):.0f} coordinates, got {size}"
        )
    return [*known, *[math.sqrt(left / spare)] * spare]
