# SPDX-License-Identifier: Apache-2.0
"""Handles and pins: where each control point is at every moment of a drag.

A path of two or more points is a handle that travels along it; a path of one point is a pin that
stays. A drag is played in small steps, so that far drags do not fold the picture over itself and
way-points are followed; all handles start and arrive together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Path = Sequence[Point]
"""Points (x, y), pixel centers at + 0.5: first = from, last = to; one point = a pin."""


@dataclass(frozen=True, kw_only=True)
class Controls:
    """Control points over time: positions (steps + 1, controls, 2) float32; row 0 is the start."""

    positions: NDArray[np.float32]

    @property
    def sources(self) -> NDArray[np.float32]:
        """Where the controls begin, (controls, 2)."""
        return self.positions[0]

    @property
    def targets(self) -> NDArray[np.float32]:
        """Where the controls end, (controls, 2)."""
        return self.positions[-1]


def length(path: Path) -> float:
    """The way a handle travels, in pixels; 0 for a pin."""
    points = np.asarray(path, dtype=np.float64)
    return float(np.hypot(*np.diff(points, axis=0).T).sum()) if len(points) > 1 else 0.0


def controls_of(paths: Sequence[Path], steps: int) -> Controls:
    """Sample all paths at `steps` equal parts of their length, and at every way-point.

    Raises ValueError when there is no handle.
    """
    if not any(len(path) > 1 for path in paths):
        raise ValueError("there is no drag: a drag needs at least two points, from and to")
    times = np.linspace(0.0, 1.0, steps + 1)
    corners = np.concatenate([_fractions(path) for path in paths])
    times = np.unique(np.round(np.concatenate([times, corners]), 6))
    sampled = [_sample(path, times) for path in paths]
    return Controls(positions=np.stack(sampled, axis=1).astype(np.float32))


def _fractions(path: Path) -> NDArray[np.float64]:
    """At which part of the way each point of a path lies, 0..1."""
    points = np.asarray(path, dtype=np.float64)
    if len(points) < 2 or length(path) == 0:
        return np.zeros(1)
    parts = np.hypot(*np.diff(points, axis=0).T)
    return np.concatenate([[0.0], np.cumsum(parts) / parts.sum()])


def _sample(path: Path, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Positions (times, 2) along a path at parts of its length."""
    points = np.asarray(path, dtype=np.float64)
    at = _fractions(path)
    if len(at) < 2:
        return np.repeat(points[-1:], len(times), axis=0)
    return np.stack([np.interp(times, at, points[:, axis]) for axis in (0, 1)], axis=-1)
