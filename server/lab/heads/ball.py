# SPDX-License-Identifier: Apache-2.0
"""Ellipsoids of a head: their outline in the picture, and which point of them a pixel sees.

With the axes of the head, Q = diag(1/r²): a pixel's line of sight A + zB meets (p − c)ᵀQ(p − c) = 1 first at the larger
root z; the outline is the ellipse (e − e₀)ᵀ(P Q⁻¹ Pᵀ)⁻¹(e − e₀) = 1, P the first two rows of the turn.
"""

from dataclasses import dataclass

import numpy as np

from server.lab.heads.space import Pose, Spot, Vec
from server.lab.scenes.palette import Floats
from server.lab.scenes.shapes import Patch
from server.lab.scenes.things import Box

TINY = np.float32(1e-6)


@dataclass(frozen=True, kw_only=True)
class Ball:
    """An ellipsoid whose axes are the head's; lengths in head units."""

    center: Vec
    radii: Vec

    def __post_init__(self) -> None:
        if min(self.radii) <= 0:
            raise ValueError(f"an ellipsoid's radii are positive, got {self.radii}")

    def front(self, x: float, y: float) -> Vec:
        """The point on its face at x, y (of the head); beyond the rim, the nearest point of the rim."""
        u = (x - self.center[0]) / self.radii[0]
        v = (y - self.center[1]) / self.radii[1]
        far = (u * u + v * v) ** 0.5
        if far > 1:
            u, v = u / far, v / far
        out = max(1 - u * u - v * v, 0.0) ** 0.5
        return (
            self.center[0] + u * self.radii[0],
            self.center[1] + v * self.radii[1],
            self.center[2] + out * self.radii[2],
        )

    def faces_the_eye(self, point: Vec, pose: Pose) -> bool:
        """Whether a point on it lies on the side that is seen."""
        normal = [(p - c) / (r * r) for p, c, r in zip(point, self.center, self.radii, strict=True)]
        return sum(a * b for a, b in zip(pose.rows[2], normal, strict=True)) > 0


@dataclass(frozen=True, kw_only=True)
class Outline:
    """The ellipse a ball shows as: its middle and inverse (m00, m01, m11) in view units, and its box in pixels."""

    middle: Spot
    inverse: tuple[float, float, float]
    box: Box


def outline(ball: Ball, pose: Pose) -> Outline:
    """The outline of a ball as it is held."""
    (a, b) = ([r * r * p for r, p in zip(ball.radii, row, strict=True)] for row in pose.rows[:2])
    s00 = sum(v * p for v, p in zip(a, pose.rows[0], strict=True))
    s01 = sum(v * p for v, p in zip(a, pose.rows[1], strict=True))
    s11 = sum(v * p for v, p in zip(b, pose.rows[1], strict=True))
    area = s00 * s11 - s01 * s01
    x, y, _ = pose.view(ball.center)
    cx, cy = pose.middle[0] + pose.unit * x, pose.middle[1] - pose.unit * y
    wide, high = pose.unit * s00**0.5, pose.unit * s11**0.5
    return Outline(
        middle=(x, y),
        inverse=(s11 / area, -s01 / area, s00 / area),
        box=(cx - wide, cy - high, cx + wide, cy + high),
    )


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What the pixels of a patch see of a ball; planes (h, w).

    distance: to the outline in world pixels, negative inside. depth: z of the point seen, in the view; beyond the
    outline that of the middle plane. light: −1 … 1, from the upper left. x, y, z: the point in the head's coordinates.
    """

    ball: Ball
    pose: Pose
    distance: Floats
    depth: Floats
    light: Floats
    across: Floats
    """View coordinates relative to the ball's center: to the right (1, w), up (h, 1), to the eye (h, w)."""
    up: Floats
    out: Floats

    @property
    def x(self) -> Floats:
        return self._axis(0)

    @property
    def y(self) -> Floats:
        return self._axis(1)

    @property
    def z(self) -> Floats:
        return self._axis(2)

    def _axis(self, i: int) -> Floats:
        right, up, out = (np.float32(row[i]) for row in self.pose.rows)
        flat = right * self.across + np.float32(self.ball.center[i])
        return flat + up * self.up + out * self.out


def view_places(patch: Patch, pose: Pose) -> tuple[Floats, Floats]:
    """View coordinates of a patch's pixels: x (1, w), y (h, 1)."""
    unit = np.float32(1 / pose.unit)
    return (
        (patch.x - np.float32(pose.middle[0])) * unit,
        (np.float32(pose.middle[1]) - patch.y) * unit,
    )


def sight(ball: Ball, pose: Pose, patch: Patch) -> Sight:
    """What the pixels of a patch see of a ball."""
    shape = outline(ball, pose)
    vx, vy = view_places(patch, pose)
    ex, ey = vx - np.float32(shape.middle[0]), vy - np.float32(shape.middle[1])
    m00, m01, m11 = (np.float32(v) for v in shape.inverse)
    gx, gy = m00 * ex + m01 * ey, m01 * ex + m11 * ey
    square = ex * gx + ey * gy
    k = np.sqrt(square)
    slope = np.sqrt(gx * gx + gy * gy)
    distance = (k - 1) * ((k + TINY) / (slope + TINY)) * np.float32(pose.unit)
    depth, out = _depth(ball, pose, ex, ey, square)
    mean = (ball.radii[0] * ball.radii[1]) ** 0.5
    light = np.float32(-0.6 * mean) * gx + np.float32(0.8 * mean) * gy
    return Sight(
        ball=ball,
        pose=pose,
        distance=distance,
        depth=depth,
        light=light,
        across=ex,
        up=ey,
        out=out,
    )


def _depth(ball: Ball, pose: Pose, ex: Floats, ey: Floats, square: Floats) -> tuple[Floats, Floats]:
    """The nearest depth of the ball at each pixel, in the view and relative to its center."""
    weights = [1 / (r * r) for r in ball.radii]
    a = sum(w * b * b for w, b in zip(weights, pose.rows[2], strict=True))
    bx = sum(w * p * b for w, p, b in zip(weights, pose.rows[0], pose.rows[2], strict=True))
    by = sum(w * p * b for w, p, b in zip(weights, pose.rows[1], pose.rows[2], strict=True))
    inside = np.sqrt(np.maximum(1 - square, 0) * np.float32(a))
    along = (inside - (np.float32(bx) * ex + np.float32(by) * ey)) * np.float32(1 / a)
    return along + np.float32(pose.view(ball.center)[2]), along
