# SPDX-License-Identifier: Apache-2.0
"""`bench model`: pictures made by a model folder from held-out prompts, read by the evaluator."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from diffusers.utils.logging import disable_progress_bar

from server.lab.evaluate.frechet import LARGEST_DIMENSION, frechet_distance
from server.lab.evaluate.judge import Judge
from server.lab.evaluate.prompts import Prompt, Share, drawings, keep, other_drawings, prompts
from server.lab.evaluate.prompts_fast import fast, fast_path, sample_fast
from server.lab.training.autoencoder import reconstruct
from server.lab.training.pictures import Pictures, psnr
from server.lab.training.sampling import Parts, load_parts, rebuild, sample

AT_ONCE = 4
"""Pictures that go through the network together."""
INVERSION_STEPS = 50
OnPictures = Callable[[int, Pictures], None]
"""Hears how many pictures are done, and the newest of them."""
Paint = Callable[[list[str], int], Pictures]
"""Pictures for some texts, with the seed of their noise."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """How pictures are made: DDIM steps, guidance scale (1 is none), seed of the noise."""

    steps: int = 50
    scale: float = 3.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= 1000:
            raise ValueError(f"there are 1 to 1000 steps, not {self.steps}")
        if not 1.0 <= self.scale <= 30.0:
            raise ValueError(f"the guidance scale lies in 1 … 30, not {self.scale:g}")


@dataclass(frozen=True, kw_only=True)
class Time:
    """What one picture took: seconds on the clock and of computing, all threads together."""

    clock: float
    computing: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """One set of pictures for the prompts: claims kept, Fréchet distance to other renders, time per picture."""

    name: str
    claims: dict[str, Share]
    frechet: float | None
    time: Time | None = None


@dataclass(frozen=True, kw_only=True)
class Inversion:
    """Inverted without guidance and made again: PSNR in dB to the picture, and the autoencoder's own."""

    pictures: int
    steps: int
    psnr: float
    ceiling: float


@dataclass(frozen=True, kw_only=True)
class ModelReport:
    """The rows of one model, after those that say what a perfect and a deaf model would reach."""

    model: str
    prompts: int
    way: Way
    bounds: tuple[Row, ...]
    made: Row
    fast: Row | None
    inversion: Inversion | None

    @property
    def rows(self) -> tuple[Row, ...]:
        """All columns of the table."""
        return (*self.bounds, self.made, *(() if self.fast is None else (self.fast,)))

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "model": self.model,
            "prompts": self.prompts,
            "steps": self.way.steps,
            "scale": self.way.scale,
            "seed": self.way.seed,
            "rows": [_row(row) for row in self.rows],
            "inversion": None if self.inversion is None else vars(self.inversion),
        }


@dataclass(frozen=True, kw_only=True)
class Exam:
    """Prompts, the pictures they were said of, other pictures, and who judges."""

    asked: Sequence[Prompt]
    true: Pictures
    others: Pictures | None
    judge: Judge

    def row(self, name: str, pictures: Pictures, taken: Time | None = None) -> Row:
        """Judge pictures, one for each prompt."""
        distance = None
        if self.others is not None:
            features = (self.judge.features(p) for p in (pictures, self.others))
            distance = frechet_distance(*features)
        claims = keep(self.asked, self.judge.facts(pictures))
        return Row(name=name, claims=claims, frechet=distance, time=taken)


def bench_model(
    folder: Path,
    *,
    count: int,
    way: Way,
    inversions: int = 12,
    on_pictures: OnPictures = lambda _done, _pictures: None,
) -> ModelReport:
    """Ask for `count` held-out scenes in words and judge what comes; `inversions` 0 leaves that part out.

    Raises ValueError without a prompt; OSError when the folder is no model in diffusers' layout.
    """
    if count < 1:
        raise ValueError(f"at least one prompt is needed, not {count}")
    disable_progress_bar()  # loading a small model needs no bars among the figures
    parts, exam = load_parts(folder), _exam(count)
    bounds = (
        exam.row("true renders", exam.true),
        exam.row("through the autoencoder", reconstruct(parts.vae, exam.true)),
        exam.row("renders of other prompts", np.roll(exam.true, 1, axis=0)),
    )

    def plain(texts: list[str], seed: int) -> Pictures:
        return sample(parts, texts, steps=way.steps, scale=way.scale, seed=seed)

    made = exam.row(folder.name, *_make(exam.asked, way.seed, plain, on_pictures))
    return ModelReport(
        model=str(folder),
        prompts=count,
        way=way,
        bounds=bounds,
        made=made,
        fast=_fast_row(folder, parts, exam, way.seed, on_pictures),
        inversion=_inversion(parts, exam.true[:inversions]) if inversions else None,
    )


def _exam(count: int) -> Exam:
    asked = prompts(count)
    return Exam(
        asked=asked,
        true=drawings([prompt.scene for prompt in asked]),
        others=other_drawings(count) if count > LARGEST_DIMENSION else None,
        judge=Judge.load(),
    )


def _fast_row(
    folder: Path, parts: Parts, exam: Exam, seed: int, on_pictures: OnPictures
) -> Row | None:
    """The row of the few-step LoRA, None for a model without one."""
    path = fast_path(folder, parts)
    if path is None:
        return None
    few = path.few
    with fast(parts, path):
        pictures, taken = _make(
            exam.asked, seed, lambda texts, s: sample_fast(parts, texts, few, seed=s), on_pictures
        )
    return exam.row(f"fast, {few.steps} steps", pictures, taken)


def _make(
    asked: Sequence[Prompt], seed: int, paint: Paint, on_pictures: OnPictures
) -> tuple[Pictures, Time]:
    """All pictures, each with its own noise, and what one of them took."""
    made: list[Pictures] = []
    begun = time.perf_counter(), time.process_time()
    for start in range(0, len(asked), AT_ONCE):
        texts = [prompt.text for prompt in asked[start : start + AT_ONCE]]
        made.append(paint(texts, seed * 1_000_003 + start))
        on_pictures(start + len(texts), made[-1])
    taken = Time(
        clock=(time.perf_counter() - begun[0]) / len(asked),
        computing=(time.process_time() - begun[1]) / len(asked),
    )
    return np.concatenate(made), taken


def _inversion(parts: Parts, pictures: Pictures) -> Inversion:
    return Inversion(
        pictures=len(pictures),
        steps=INVERSION_STEPS,
        psnr=psnr(pictures, rebuild(parts, pictures, steps=INVERSION_STEPS)),
        ceiling=psnr(pictures, reconstruct(parts.vae, pictures)),
    )


def _row(row: Row) -> dict[str, object]:
    claims = {
        sort: {"held": share.held, "made": share.made, "part": round(share.part, 4)}
        for sort, share in row.claims.items()
    }
    taken = None if row.time is None else vars(row.time)
    return {"name": row.name, "claims": claims, "frechet": row.frechet, "seconds": taken}
