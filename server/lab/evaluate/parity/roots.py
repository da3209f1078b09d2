# SPDX-License-Identifier: Apache-2.0
"""The float32 square roots of the machine on which the reference numbers were made.

Its vector library (MKL on a processor that is not its maker's) gives about one root in five as the neighbor of the
correctly rounded one; in double runs that is the only difference left (1e-8 a root, 1e-7 in the end). It improves the
processor's estimate of the reciprocal root, which has 13 bits, as below. An AMD processor's estimates, as measured by
others (Noxoni/RivalSim, rsqrtss_amd), are mostly the nearest number of 13 bits and else its neighbor, and one root in
twenty differs for that. Those roots are named here by the bits of their argument, for fifty steps with noise strengths
in hundredths. All this agrees with every root that was recovered from the stored latents, each of which moves its step
along a known direction.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from server.engine.diffusion.schedule import square_root

ROUNDED_UP = frozenset(
    {
        0x3f4ce52a, 0x3f57c12a, 0x3f5852c5, 0x3f5d822a, 0x3f653087, 0x3f6bebdb,
    }
)  # fmt: skip
ROUNDED_DOWN = frozenset(
    {
        0x3f48ed20, 0x3f4fc580, 0x3f509b5e, 0x3f59e9f4, 0x3f6413e7,
    }
)  # fmt: skip
ROUNDED_TO_NEAREST = frozenset(
    {
        0x3f0e1def, 0x3f479753, 0x3f47d4a6, 0x3f47e573, 0x3f49e7a9, 0x3f49feda, 0x3f4b4335, 0x3f4bed83,
        0x3f4c283d, 0x3f4ea90d, 0x3f50ba07, 0x3f51a4cb, 0x3f51e90f, 0x3f572569, 0x3f5851bc, 0x3f58559f,
        0x3f588979, 0x3f58a279, 0x3f5b86e3, 0x3f5bcd51, 0x3f5d8174, 0x3f5dee92, 0x3f601b54, 0x3f629ca4,
        0x3f6394d0, 0x3f68343e, 0x3f699065, 0x3f69e299, 0x3f6a8133, 0x3f6af0fc, 0x3f6f94f7, 0x3f701785,
    }
)  # fmt: skip


def reference_root(x: Tensor) -> Tensor:
    """The root of a 0-d float32 tensor as that machine gave it."""
    bits, nearest = int(x.view(torch.int32)), square_root(x)
    if bits in ROUNDED_TO_NEAREST or not bool(0 < x < torch.inf):
        return nearest
    if bits in ROUNDED_UP:
        return torch.nextafter(nearest, torch.full_like(x, torch.inf))
    if bits in ROUNDED_DOWN:
        return torch.nextafter(nearest, torch.full_like(x, -torch.inf))
    return improved(x, reciprocal_estimate(float(x)))


def improved(x: Tensor, estimate: float) -> Tensor:
    """sqrt(x) from an ``estimate`` of 1 / sqrt(x): root and half reciprocal improved together, then the root once more.

    Goldschmidt's coupled iteration, every operation rounded to float32.
    """
    reciprocal = torch.full_like(x, estimate)
    root, half = x * reciprocal, 0.5 * reciprocal
    error = 0.5 - root * half
    root, half = root + root * error, half + half * error
    return root + half * (x - root * root)


def reciprocal_estimate(x: float) -> float:
    """1 / sqrt of the middle of the cell in which ``x`` > 0 lies (4096 to a power of two), to the nearest 13 bits."""
    mantissa, exponent = math.frexp(x)
    middle = math.ldexp(math.floor(math.ldexp(mantissa, 13)) + 0.5, exponent - 13)
    fraction, power = math.frexp(1 / math.sqrt(middle))
    return math.ldexp(round(math.ldexp(fraction, 13)), power - 13)
