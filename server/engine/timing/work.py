# SPDX-License-Identifier: Apache-2.0
"""What a job consists of, in units whose time can be learned: evaluations, a decode, loading so many bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from math import log2
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "start", "hash", "load", "text", "encode", "decode", "evaluation", "guide", "reference",
    "preview", "search", "inversion", "iteration", "pull", "warp", "rest",
]  # fmt: skip
"""start       importing the libraries of a model worker
hash, load  a model's weights; size in bytes
text        encoding prompts
encode, decode  of a picture; size in its pixels
evaluation, guide, reference  of the denoising network: plain, with its gradient, features alone; size in latent
            cells of all rows together
preview     what looking at it costs for every step of the edit
search, inversion, iteration  of a generator: where an inversion begins, one of its steps, one step of a pull
pull        no time: the iterations until all points have arrived
warp        of the document's own pixels, without a model; size in them
rest        all that is not measured on its own; size in document pixels"""

Key: TypeAlias = tuple[str, int]
"""A kind and a bucket of sizes."""

GUESSED_GFLOP_PER_S = 50.0
GUESSED_GB_PER_S = 0.3
"""What two threads and a usual disk do about: for times that nothing was measured of yet."""
PER_OCTAVE = 8
"""Buckets of sizes for each doubling."""


Measure: TypeAlias = Callable[[str, int], AbstractContextManager[None]]
"""Told of one of a kind, and of its size, while its body runs."""


def unmeasured(_kind: str, _size: int) -> AbstractContextManager[None]:
    """A `Measure` for what nobody times."""
    return nullcontext()


@dataclass(frozen=True, kw_only=True)
class Work:
    """`count` times the same; `guess`: seconds that one takes on a machine nothing is known of."""

    kind: Kind
    size: int = 1
    count: float = 1.0
    guess: float = 0.0

    @property
    def key(self) -> Key:
        return key_of(self.kind, self.size)


Works: TypeAlias = Sequence[Work]


def key_of(kind: str, size: int) -> Key:
    """The bucket that times of this size are learned in."""
    return kind, round(PER_OCTAVE * log2(max(size, 1)))


def nominal(key: Key) -> float:
    """The size that stands for a bucket."""
    return 2.0 ** (key[1] / PER_OCTAVE)


def loading(nbytes: int, *, hashed: bool) -> Iterable[Work]:
    """Reading a model's weights; `hashed`: their sum is known, so that they are read once only."""
    seconds = nbytes / 1e9 / GUESSED_GB_PER_S
    if not hashed:
        yield Work(kind="hash", size=nbytes, guess=seconds)
    yield Work(kind="load", size=nbytes, guess=seconds + 0.5)


def seconds_of(gflop: float) -> float:
    """A guess how long 10⁹ floating-point operations times `gflop` take."""
    return gflop / GUESSED_GFLOP_PER_S
