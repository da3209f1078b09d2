# SPDX-License-Identifier: Apache-2.0
"""What passes between a worker process and the engine: pictures, plans, steps, results.

Plain frozen data over numpy, importable without torch, so that the quick worker (plans and
warps) never waits for a deep-learning library to load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from protocol.edits import Edit
from protocol.sentences import say

Rect: TypeAlias = tuple[int, int, int, int]
"""x, y, width, height in document pixels."""

Size: TypeAlias = tuple[int, int]
"""Width, height."""

Pixels: TypeAlias = NDArray[np.generic]
Placement: TypeAlias = Literal["over", "instead"]
Phase: TypeAlias = Literal["load", "encode", "invert", "edit", "decode", "warp"]

DTYPES = ("uint8", "uint16", "float16", "float32")


class EngineError(Exception):
    """A job that cannot be done, told to the artist: what happened and what to do next.

    `code` is one of the protocol's dotted error codes; the message is a Sentence wherever an artist may read it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Cancelled(Exception):
    """Raised by `on_step` when the artist cancelled; engine code lets it pass."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A rectangle of document pixels.

    pixels: (h, w, c), uint8 | uint16 | float16 | float32, straight alpha;
    c = 1 gray, 2 gray + alpha, 3 RGB, 4 RGBA. Integers span their whole range, floats 0..1
    (values outside are kept). `icc` None means sRGB; `linear` means linear light with sRGB
    primaries. Raises ValueError for shapes and types outside this.
    """

    pixels: Pixels
    rect: Rect
    document: Size
    icc: bytes | None = None
    linear: bool = False

    def __post_init__(self) -> None:
        shape, dtype = self.pixels.shape, self.pixels.dtype.name
        _, _, width, height = self.rect
        if len(shape) != 3 or not 1 <= shape[2] <= 4:
            raise ValueError(f"pixels must be (h, w, 1..4), got shape {shape}")
        if dtype not in DTYPES:
            raise ValueError(f"pixels must be one of {', '.join(DTYPES)}, got {dtype}")
        if (height, width) != shape[:2]:
            raise ValueError(f"rect {self.rect} does not fit pixels of shape {shape}")

    @property
    def has_alpha(self) -> bool:
        return self.pixels.shape[2] in (2, 4)

    @property
    def is_gray(self) -> bool:
        return self.pixels.shape[2] <= 2


Pictures: TypeAlias = Mapping[str, Picture]
"""Pictures by role: `source`, `mask`, later `condition.0` and so on."""


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something an artist should know of a result that worked: a sentence, and a code to translate it by.

    `detail` holds the values that fill the translated sentence.
    """

    code: str
    message: str
    detail: dict[str, str | int | float] = field(default_factory=dict)


def note(code: str, **values: str | int | float) -> Note:
    """The note with this code; raises KeyError when there is no sentence `note.CODE`."""
    return Note(code=code, message=str(say(f"note.{code}", **values)), detail=values)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What an edit takes: milliseconds, and evaluations of a network."""

    eta_ms: int
    evaluations: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What an edit will do, known from geometry alone (promise 8).

    read_rect: what a host must upload; region: the largest area that may change; crop: what the
    model will see (may reach beyond the document, where edges are repeated); bytes: memory;
    eta_ms: from what was learned on this machine, or guessed (`eta_guessed`) before anything was;
    inverted, edited: what it costs when the model has inverted this picture, or edited it, already.
    """

    read_rect: Rect
    region: Rect
    crop: Rect
    model: str
    bytes: int
    eta_ms: int
    evaluations: int
    notes: tuple[Note, ...] = ()
    eta_guessed: bool = False
    inverted: Cost | None = None
    edited: Cost | None = None


@dataclass(frozen=True, kw_only=True)
class Ready:
    """What need not be waited for: whether a worker has its libraries, and which models it has loaded."""

    worker: bool = True
    models: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Step:
    """One sign of life: what is being done, how far it is, and how to look at it.

    `preview` renders the present state as a layer, placed as the result would be, when it is called, and costs
    nothing when it is not. `place` is the rectangle of the document that it shows, when it is not to
    scale; its own rectangle else. `fraction`: 0 … 1 over the whole job, and `eta_ms` until it ends, where known.
    """

    phase: Phase
    step: int
    steps: int
    preview: Callable[[], Layer] | None = None
    handles: tuple[tuple[float, float], ...] = ()
    place: Rect | None = None
    fraction: float | None = None
    eta_ms: int | None = None


OnStep: TypeAlias = Callable[[Step], Edit | None]
"""Called before every network evaluation and after every step. Raises Cancelled to stop; returns a
newer edit when the artist moved something meanwhile, else None."""


Check: TypeAlias = Callable[[], None]
"""Asked again and again during long work; raises to stop it."""


def proceed() -> None:
    """A `Check` for work that nobody stops."""


def ignore_step(_step: Step) -> None:
    """An `on_step` for scripts that neither watch nor cancel."""
    return


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A new layer in the depth and profile of the source; alpha is 0 outside the region."""

    picture: Picture
    name: str
    placement: Placement = "over"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What an edit returns: layers, and how they were made.

    film: the frames it went through, as data of the engine's own; given back as the input `film`, another of them can
    be chosen without computing all anew.
    """

    layers: tuple[Layer, ...]
    seed: int
    metrics: dict[str, float | int | str] = field(default_factory=dict)
    provenance: dict[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    film: Picture | None = None
