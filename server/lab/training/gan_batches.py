# SPDX-License-Identifier: Apache-2.0
"""Latents and the heads they mean, drawn while training goes on; a batch depends on seed and step alone."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from server.lab.heads import draw, head_of_z
from server.lab.training.pictures import Pictures, as_tensor

AHEAD = 3
"""Batches that are drawn while the network works."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One batch to draw: `count` latents of `z_dim` numbers and pictures of `size` pixels for them."""

    seed: int
    step: int
    count: int
    z_dim: int
    size: int


Latents = NDArray[np.float32]


def latents_of(wish: Wish) -> Latents:
    """Normally distributed z, (count, z_dim)."""
    rng = np.random.default_rng((wish.seed, wish.step))
    return rng.standard_normal((wish.count, wish.z_dim), np.float32)


def drawn(wish: Wish) -> tuple[Latents, Pictures]:
    """The latents of a batch and the heads they mean, uint8 (count, size, size, 3)."""
    z = latents_of(wish)
    return z, np.stack([draw(head_of_z([float(v) for v in row]), wish.size) for row in z])


class Source:
    """Batches in order, drawn by some processes ahead of time, or by this one when there are none."""

    def __init__(self, wish_of: Callable[[int], Wish], pool: ProcessPoolExecutor | None) -> None:
        self._wish_of, self._pool = wish_of, pool
        self._waiting: deque[tuple[Wish, Future[tuple[Latents, Pictures]]]] = deque()

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """z (b, z_dim) and pictures (b, 3, size, size) in [-1, 1] of a step."""
        wish = self._wish_of(step)
        if self._pool is None:
            z, pictures = drawn(wish)
        else:
            z, pictures = self._ahead(wish, step, self._pool)
        return torch.from_numpy(z), as_tensor(pictures)

    def _ahead(self, wish: Wish, step: int, pool: ProcessPoolExecutor) -> tuple[Latents, Pictures]:
        if self._waiting and self._waiting[0][0] != wish:
            for _, coming in self._waiting:
                coming.cancel()
            self._waiting.clear()
        for later in range(step + len(self._waiting), step + AHEAD + 1):
            asked = self._wish_of(later)
            self._waiting.append((asked, pool.submit(drawn, asked)))
        return self._waiting.popleft()[1].result()


@contextmanager
def source(wish_of: Callable[[int], Wish], *, workers: int) -> Iterator[Source]:
    """A source whose processes end with the block; none for `workers` 0."""
    if workers == 0:
        yield Source(wish_of, None)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield Source(wish_of, pool)
