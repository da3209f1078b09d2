# SPDX-License-Identifier: Apache-2.0
"""The numbers of point dragging, and what differs between the published loop and ours. No torch.

DragGAN, Pan et al. (arXiv 2305.10973), sections 3.2 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

REFERENCE_SIZE = 512
"""Radii and the stop distance are given for pictures of this many pixels."""


@dataclass(frozen=True, kw_only=True)
class DragGanSettings:
    """How handles are pulled.

    learning_rate     of Adam on w
    r1, r2            radii of supervision and of tracking, in pixels of a 512-pixel picture
    lambda_mask       weight of what must stay, against the motion loss
    rows              rows of W+ that may move; the later ones keep colors and texture
    w_plus            each row on its own, or one w for all of them
    block             the block whose output is looked at; 5 is 128 x 128
    supervise         against the features of the start ("initial": no drift) or those of this step ("current")
    together          near handles move slower, so that all arrive together, and those that arrived are held;
                      else every handle moves one pixel a step until it is within one pixel, then is left alone
    stop_at           pixels from the target at which a handle has arrived; None for the paper's 1, or 2 with
                      more than five handles
    reference_compat  the published code's arithmetic to its last quirk: a grid of i R/(R-1), zeros outside the
                      picture, radii down to a single pixel, the mask compared at the picture's size, arrival
                      within max(2 R/512, 2) pixels
    """

    learning_rate: float = 2e-3
    r1: float = 3
    r2: float = 12
    lambda_mask: float = 20.0
    rows: int = 6
    w_plus: bool = True
    block: int = 5
    supervise: Literal["initial", "current"] = "initial"
    together: bool = True
    stop_at: float | None = None
    reference_compat: bool = False

    def __post_init__(self) -> None:
        for name in ("learning_rate", "r1", "r2"):
            if not 0 < getattr(self, name) < 10_000:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")
        if not 0 <= self.lambda_mask < 1e6:
            raise ValueError(f"lambda_mask must not be negative, got {self.lambda_mask}")
        if self.rows < 1 or self.block < 0:
            raise ValueError(f"rows {self.rows} and block {self.block} must be at least 1 and 0")
        if self.stop_at is not None and not self.stop_at > 0:
            raise ValueError(f"stop_at must be above 0, not {self.stop_at}")
        if self.reference_compat and (self.supervise != "current" or self.together):
            raise ValueError('reference_compat needs supervise="current" and together=False')

    def radii(self, size: int) -> tuple[int, int]:
        """r1 and r2 in pixels of a picture of ``size``; ours keep enough pixels to tell a direction."""
        r1, r2 = (round(r / REFERENCE_SIZE * size) for r in (self.r1, self.r2))
        return (r1, r2) if self.reference_compat else (max(r1, 2), max(r2, 4))

    def arrived(self, size: int, handles: int) -> float:
        """Pixels from the target within which a handle of a picture of ``size`` has arrived."""
        if self.stop_at is not None:
            return self.stop_at
        if self.reference_compat:
            return max(2 * size / REFERENCE_SIZE, 2.0)
        return 1.0 if handles <= 5 else 2.0


PUBLISHED = DragGanSettings(supervise="current", together=False, reference_compat=True)
