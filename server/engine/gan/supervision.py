# SPDX-License-Identifier: Apache-2.0
"""Motion supervision, point tracking and the mask: what DragGAN asks of the features.

Pan et al. (arXiv 2305.10973), equations 1 and 2; all handles at once, and nothing is read back from the device.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from server.engine.gan.drag_settings import DragGanSettings
from server.engine.gan.windows import inside, look, shifted, window


@dataclass(frozen=True, kw_only=True)
class Start:
    """What the first step saw: features (1, c, h, w), handles (k, 2) and at them features (c, k)."""

    features: Tensor
    handles: Tensor
    at_handles: Tensor

    @staticmethod
    def of(features: Tensor, size: int, handles: Tensor) -> Start:
        kept = features.detach().clone()
        at = look(kept, size, handles[:, :1], handles[:, 1:])[:, :, 0, 0]
        return Start(features=kept, handles=handles, at_handles=at)


Tracker = Callable[[Tensor, int, Start, Tensor, int], Tensor]
"""(features, size, start, handles, radius) -> where the handles (k, 2) are now."""


def nearest(features: Tensor, size: int, start: Start, handles: Tensor, radius: int) -> Tensor:
    """Every handle goes to the pixel of its window whose feature is nearest (L2) to the one it had.

    The window has ``radius`` pixels to each side and ends at the picture's edge; the first of equals wins.
    """
    rows, columns = window(handles, radius)
    apart = look(features, size, rows, columns) - start.at_handles[:, :, None, None]
    distance = torch.linalg.vector_norm(apart, dim=0)
    there = inside(rows, size)[:, :, None] & inside(columns, size)[:, None, :]
    best = distance.masked_fill(~there, torch.inf).flatten(1).argmin(1)
    side = 2 * radius + 1
    return handles - radius + torch.stack((best // side, best % side), dim=1)


def paces(distance: Tensor, settings: DragGanSettings) -> Tensor:
    """How many pixels each handle is asked to go now, of its distance (k,) from the target; at most 1."""
    if not settings.together:
        return (distance > 1).to(distance.dtype)
    share = distance / distance.amax().clamp_min(1)
    return torch.minimum(distance, share.clamp_min(0.25))


def motion(
    features: Tensor,
    size: int,
    start: Start,
    handles: Tensor,
    targets: Tensor,
    how: DragGanSettings,
) -> Tensor:
    """The motion loss of each handle (k,): its disc, moved a little towards the target, should look as before.

    Mean over disc and channels of |f(q) - F(q + d)|, where d points from the handle (k, 2) to its target (k, 2).
    Zero for handles that are not asked to move.
    """
    way = targets - handles
    distance = torch.linalg.vector_norm(way, dim=1)
    pace = paces(distance, how)
    step = way / (distance + 1e-7)[:, None] * pace[:, None]
    r1, _ = how.radii(size)
    compat = how.reference_compat
    radius = r1 + 1 if compat else r1
    moved = shifted(features, size, handles, radius, step, zeros=compat)
    center = handles if how.supervise == "current" else start.handles
    source = features.detach() if how.supervise == "current" else start.features
    rows, columns = window(center, radius)
    with torch.no_grad():
        before = look(source, size, rows, columns)
    disc = _disc(rows, columns, center, size, r1, compat=compat)
    if not compat:  # what is only a repeated edge says nothing
        for lines, axis in zip(window(handles + step.round().long(), radius), (2, 1), strict=True):
            disc = disc & inside(lines, size).unsqueeze(axis)
    weights = disc.to(features.dtype)
    total = ((before - moved).abs().mean(0) * weights).sum((1, 2))
    loss = total / weights.sum((1, 2)).clamp_min(1)
    return loss if how.together else loss * pace.to(loss.dtype)


def _disc(
    rows: Tensor, columns: Tensor, center: Tensor, size: int, radius: int, *, compat: bool
) -> Tensor:
    """Which pixels (k, n, n) of the windows lie within ``radius`` of the center and on the picture."""
    places = torch.arange(size, device=rows.device, dtype=torch.float32)
    if compat:
        places = torch.linspace(0, size, size, device=rows.device)
    middle = center.to(places.dtype)
    y = places[rows.clamp(0, size - 1)] - middle[:, :1]
    x = places[columns.clamp(0, size - 1)] - middle[:, 1:]
    near = torch.sqrt(y.square()[:, :, None] + x.square()[:, None, :]) < radius
    return near & inside(rows, size)[:, :, None] & inside(columns, size)[:, None, :]


def keep_of(mask: Tensor, features: Tensor, *, compat: bool) -> Tensor:
    """How much each place must stay, 0 … 1, of a mask (size, size) whose 1 may change.

    At the features' own size (1, 1, h, w), averaged over the pixels of each cell; the published code compares
    enlarged features with the mask as it is.
    """
    keep = (1 - mask.to(features.dtype))[None, None]
    if compat:
        return keep
    return F.interpolate(keep, size=features.shape[-2:], mode="area")


def stay(features: Tensor, start: Start, keep: Tensor) -> Tensor:
    """The mask loss before its weight: mean |(F - F0) keep| over places and channels."""
    change = features - start.features
    if keep.shape[-2:] != change.shape[-2:]:
        change = F.interpolate(change, size=keep.shape[-2:], mode="bilinear")
    return (change * keep).abs().mean()
