# SPDX-License-Identifier: Apache-2.0
"""The film of a pull: every iteration's latent and handles, small enough to be kept with the result.

Only the rows of W+ that move are stored, as half-precision differences from where the pull began; results are always
made of what is stored here, so a frame gives the same pixels today, from the cache, and from a recipe years later.
It travels as a gray picture of half floats: a row for every frame, first the handles, then the differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from protocol.sentences import say
from server.engine.api import EngineError, Picture

Halves = NDArray[np.float16]


@dataclass(frozen=True, kw_only=True)
class Film:
    """handles: (n, k, 2) row and column in the generator's picture; moved: (n, rows, w_dim), w - w at the start."""

    handles: Halves
    moved: Halves

    def __post_init__(self) -> None:
        n, k, two = self.handles.shape
        if n < 1 or k < 1 or two != 2 or self.moved.shape[0] != n:
            raise ValueError(
                f"handles {self.handles.shape} and latents {self.moved.shape} make no film"
            )

    def __len__(self) -> int:
        return self.moved.shape[0]

    def index(self, frame: int) -> int:
        """Which frame is meant: -1 and all that are beyond the end are the last one."""
        return len(self) - 1 if frame < 0 else min(frame, len(self) - 1)

    def ws(self, index: int, start: Tensor) -> Tensor:
        """(1, num_ws, w_dim) of a frame; ``start`` is where the pull began."""
        moved = torch.from_numpy(self.moved[index].astype(np.float32)).to(start)
        rows = moved.shape[0]
        return torch.cat((start[:, :rows] + moved, start[:, rows:]), dim=1)

    def places(self, index: int) -> list[tuple[float, float]]:
        """The handles of a frame, (row, column)."""
        return [(float(row), float(column)) for row, column in self.handles[index]]

    def then(self, later: Film) -> Film:
        """This film with later frames after it; the first of those is this one's last."""
        return Film(
            handles=np.concatenate([self.handles, later.handles[1:]]),
            moved=np.concatenate([self.moved, later.moved[1:]]),
        )

    def to_picture(self) -> Picture:
        """The film as it travels."""
        n = len(self)
        flat = np.concatenate([self.handles.reshape(n, -1), self.moved.reshape(n, -1)], axis=1)
        size = (flat.shape[1], n)
        return Picture(
            pixels=np.ascontiguousarray(flat)[..., None], rect=(0, 0, *size), document=size
        )

    @staticmethod
    def of(
        handles: Sequence[Sequence[tuple[float, float]]],
        latents: Sequence[Tensor],
        start: Tensor,
        rows: int,
    ) -> Film:
        """The film of latents (1, num_ws, w_dim) that differ from ``start`` in their first rows."""
        moved = torch.stack([(ws[0, :rows] - start[0, :rows]).float() for ws in latents])
        return Film(
            handles=np.array(handles, dtype=np.float16),
            moved=moved.cpu().numpy().astype(np.float16),
        )

    @staticmethod
    def from_picture(picture: Picture, *, handles: int, rows: int, w_dim: int) -> Film:
        """The inverse of `to_picture`. Raises EngineError when it is the film of something else."""
        flat = picture.pixels
        if flat.dtype != np.float16 or flat.shape[1:] != (2 * handles + rows * w_dim, 1):
            raise EngineError("param.invalid", say("gan.frames"))
        if not np.isfinite(flat).all():
            raise EngineError("param.invalid", say("gan.frames"))
        halves = flat.astype(np.float16, copy=False)
        n, cut = halves.shape[0], 2 * handles
        return Film(
            handles=halves[:, :cut, 0].reshape(n, handles, 2),
            moved=halves[:, cut:, 0].reshape(n, rows, w_dim),
        )
