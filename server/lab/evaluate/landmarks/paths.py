# SPDX-License-Identifier: Apache-2.0
"""Which landmarks are dragged together: rubber cannot go two ways at one place."""

from collections.abc import Sequence

import numpy as np

Spot = tuple[float, float]
LEAST = 3.0
"""Pixels between the starts of two paths."""


def apart(paths: Sequence[tuple[Spot, Spot]]) -> list[list[Spot]]:
    """The paths without those that begin nearer than LEAST to one before."""
    kept: list[list[Spot]] = []
    for start, end in paths:
        if all(np.hypot(*np.subtract(start, other[0])) >= LEAST for other in kept):
            kept.append([start, end])
    return kept
