# SPDX-License-Identifier: Apache-2.0
"""The displacement of one small step: inverse-distance weighting with the region's edge as a pin.

For a control at h with step δ, a point at distance r from it and b from the region's edge moves by
α δ, α = b / (b + max(r - core, 0)): the inverse-distance weights of the control and of the nearest
edge point. Along a straight line this is the piecewise linear map that keeps the edge and carries
the control, so it neither tears nor folds. Several controls (at most the 4 nearest, as in
Inpaint4Drag, ICCV 2025) are mixed with weights 1 / r^4: nearly a Voronoi partition (GeoDrag,
ICLR 2026), so opposite drags do not cancel each other, yet continuous.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
NEAREST = 4
SHARPNESS = 4
POWER = 2
CORE = 0.35
"""Radius moved rigidly around a control, as a part of its distance to the region's edge."""


def step_displacement(
    points: Floats, edge: Floats, controls: Floats, shifts: Floats, cores: Floats
) -> Floats:
    """Displacement (n, 2) at `points` (n, 2) for one step.

    edge: (n,) distance of each point to the region's edge, 0 outside it. controls: (m, 2) where
    the controls are after the step, shifts: (m, 2) how they came there, cores: (m,) rigid radii.
    Exact at each control inside the region; 0 on and outside the edge.
    """
    away = points[None] - controls[:, None]
    distance = np.sqrt(np.einsum("mnc,mnc->mn", away, away)) + np.float32(1e-3)
    weight = _weights(distance)
    held = edge[None]
    free = np.maximum(distance - cores[:, None] - np.float32(1e-3), 0.0)
    held, free = held**POWER, free**POWER
    follow = np.divide(held, held + free, out=np.zeros_like(distance), where=held > 0)
    return np.einsum("mn,mc->nc", weight * follow, shifts)


def _weights(distance: Floats) -> Floats:
    """Weights (m, n) adding to 1 over the controls; only the nearest four count, fading to 0
    where another takes their place."""
    inverse = distance.min(axis=0) / distance
    if len(distance) > NEAREST:
        fifth = np.partition(inverse, -NEAREST - 1, axis=0)[-NEAREST - 1]
        inverse = np.maximum(inverse - fifth, 0.0) + np.float32(1e-9)
    weight = inverse**SHARPNESS
    return weight / weight.sum(axis=0)


def core_radii(controls: Floats, edge_at_controls: Floats) -> Floats:
    """How far around each control the picture moves rigidly: (m,) pixels.

    A part of the room to the region's edge, and never more than half the way to another control.
    """
    apart = np.hypot(*np.moveaxis(controls[:, None] - controls[None], -1, 0))
    np.fill_diagonal(apart, np.inf)
    return np.minimum(CORE * edge_at_controls, 0.5 * apart.min(axis=1)).astype(np.float32)
