# SPDX-License-Identifier: Apache-2.0
"""`bench model`: pictures made by a model folder from held-out prompts, read by the evaluator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from diffusers.utils.logging import disable_progress_bar

from server.engine.models.few_step_profile import fast_of
from server.lab.evaluate.frechet import LARGEST_DIMENSION, frechet_distance
from server.lab.evaluate.judge.judge import Judge
from server.lab.evaluate.prompts.held_out import Prompt, drawings, keep, other_drawings, prompts
from server.lab.evaluate.prompts.paint import OnPictures, Time, Way, paint_all
from server.lab.evaluate.prompts.row import Inversion, Row
from server.lab.evaluate.prompts.shapes import SHAPES, ShapeReport, bench_shape
from server.lab.evaluate.prompts.speed import Speed, measure_speed
from server.lab.training.autoencoder import reconstruct
from server.lab.training.pictures import Pictures, psnr
from server.lab.training.sampling import Parts, load_parts, rebuild

INVERSION_STEPS = 50


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured: prompts, pictures to invert, prompts of each other shape, processes, and the speed."""

    prompts: int = 500
    inversions: int = 12
    shaped: int = 0
    processes: int = 1
    speed: bool = True

    def __post_init__(self) -> None:
        if self.prompts < 1:
            raise ValueError(f"at least one prompt is needed, not {self.prompts}")
        if self.inversions < 0 or self.shaped < 0:
            raise ValueError(f"{self.inversions} inversions and {self.shaped} of a shape are few")


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
    speed: Speed | None
    shapes: tuple[ShapeReport, ...]

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
            "half": self.way.half,
            "rows": [row.as_dict() for row in self.rows],
            "inversion": None if self.inversion is None else vars(self.inversion),
            "speed": None if self.speed is None else self.speed.as_dict(),
            "shapes": [shape.as_dict() for shape in self.shapes],
        }


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Pictures that were made on the way, to be looked at: for each heading a few of them."""

    most: int = 24
    kept: dict[str, list[Pictures]] = field(default_factory=dict[str, list[Pictures]])

    def add(self, heading: str, pictures: Pictures) -> None:
        """Keep pictures until there are enough."""
        there = self.kept.setdefault(heading, [])
        if sum(map(len, there)) < self.most:
            there.append(pictures)


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
    plan: Plan,
    way: Way,
    *,
    on_pictures: OnPictures = lambda _done, _pictures: None,
    shown: Shown | None = None,
) -> ModelReport:
    """Ask for held-out scenes in words and judge what comes.

    Raises OSError when the folder is no model in diffusers' layout.
    """
    disable_progress_bar()  # loading a small model needs no bars among the figures
    shown = shown or Shown()
    parts, exam = load_parts(folder), _exam(plan.prompts)
    bounds = (
        exam.row("true renders", exam.true),
        exam.row("through the autoencoder", reconstruct(parts.vae, exam.true)),
        exam.row("renders of other prompts", np.roll(exam.true, 1, axis=0)),
    )
    texts = [prompt.text for prompt in exam.asked]

    def row(name: str, how: Way) -> Row:
        made, taken = paint_all(
            folder, texts, how, processes=plan.processes, on_pictures=on_pictures
        )
        shown.add(name, made[: shown.most])
        return exam.row(name, made, taken)

    quick = fast_of(folder)
    return ModelReport(
        model=str(folder),
        prompts=plan.prompts,
        way=way,
        bounds=bounds,
        made=row(folder.name, way),
        fast=row(f"fast, {quick.steps} steps", replace(way, fast=True)) if quick else None,
        inversion=_inversion(parts, exam.true[: plan.inversions]) if plan.inversions else None,
        speed=measure_speed(folder, parts, exam.true[:1], way) if plan.speed else None,
        shapes=_shapes(folder, plan, way, exam.judge, shown) if plan.shaped else (),
    )


def _exam(count: int) -> Exam:
    asked = prompts(count)
    return Exam(
        asked=asked,
        true=drawings([prompt.scene for prompt in asked]),
        others=other_drawings(count) if count > LARGEST_DIMENSION else None,
        judge=Judge.load(),
    )


def _shapes(
    folder: Path, plan: Plan, way: Way, judge: Judge, shown: Shown
) -> tuple[ShapeReport, ...]:
    found: list[ShapeReport] = []
    for frame in SHAPES:
        report, made = bench_shape(
            folder, frame, way, judge, count=plan.shaped, processes=plan.processes
        )
        shown.add(f"{frame.width}x{frame.height}", made[: shown.most])
        found.append(report)
    return tuple(found)


def _inversion(parts: Parts, pictures: Pictures) -> Inversion:
    return Inversion(
        pictures=len(pictures),
        steps=INVERSION_STEPS,
        psnr=psnr(pictures, rebuild(parts, pictures, steps=INVERSION_STEPS)),
        ceiling=psnr(pictures, reconstruct(parts.vae, pictures)),
    )
