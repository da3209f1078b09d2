# SPDX-License-Identifier: Apache-2.0
"""Pictures of many prompts by a model folder, in one process or shared out to several."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from diffusers.utils.logging import disable_progress_bar

from server.engine.models.prompt_vocabulary import vocabulary_of
from server.lab.evaluate.prompts.fast import fast, fast_path, sample_fast
from server.lab.training.frames import Frame
from server.lab.training.pictures import Pictures
from server.lab.training.sampling import Parts, load_parts, sample

AT_ONCE = 4
"""Pictures that go through the network together."""
SQUARE = Frame(width=256, height=256)
OnPictures = Callable[[int, Pictures], None]
"""Hears how many pictures are done, and the newest of them."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """How pictures are made: DDIM steps, guidance scale (1 is none), seed of the noise; half: the network in bf16.

    fast: by the model's few-step LoRA, without guidance and in its own number of steps.
    """

    steps: int = 50
    scale: float = 3.0
    seed: int = 0
    half: bool = False
    fast: bool = False

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
class Job:
    """A few prompts and everything that a process needs to know to paint them."""

    folder: Path
    way: Way
    frame: Frame
    texts: tuple[str, ...]
    seed: int


def paint_all(
    folder: Path,
    texts: Sequence[str],
    way: Way,
    *,
    frame: Frame = SQUARE,
    processes: int = 1,
    on_pictures: OnPictures = lambda _done, _pictures: None,
) -> tuple[Pictures, Time]:
    """Pictures uint8 (n, h, w, 3) and what each took. They do not depend on the number of processes.

    Raises ValueError without a process or when a fast path is asked for that the model has not.
    """
    if processes < 1:
        raise ValueError(f"at least one process is needed, not {processes}")
    jobs = [
        Job(
            folder=folder,
            way=way,
            frame=frame,
            texts=tuple(texts[start : start + AT_ONCE]),
            seed=way.seed * 1_000_003 + start,
        )
        for start in range(0, len(texts), AT_ONCE)
    ]
    made: list[Pictures] = []
    clock = computing = 0.0
    with _mapped(processes) as each:
        for pictures, taken in each(jobs):
            made.append(pictures)
            clock, computing = clock + taken.clock, computing + taken.computing
            on_pictures(sum(map(len, made)), pictures)
    many = len(texts)
    return np.concatenate(made), Time(clock=clock / many, computing=computing / many)


@contextmanager
def _mapped(
    processes: int,
) -> Iterator[Callable[[Sequence[Job]], Iterator[tuple[Pictures, Time]]]]:
    """How jobs are worked on, in their order: here, or by processes with one thread each."""
    if processes == 1:
        yield lambda jobs: map(paint, jobs)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, torch.set_num_threads, (1,)) as pool:
        yield lambda jobs: pool.map(paint, jobs)


def paint(job: Job) -> tuple[Pictures, Time]:
    """Pictures for a few prompts, and the time of all of them together."""
    parts = _parts(job.folder)
    texts = read_as(job.folder, job.texts)
    shape = job.frame.height // 8, job.frame.width // 8
    begun = time.perf_counter(), time.process_time()
    if job.way.fast:
        path = fast_path(job.folder, parts)
        if path is None:
            raise ValueError(f"{job.folder} has no few-step LoRA")
        with fast(parts, path):
            made = sample_fast(parts, texts, path, seed=job.seed, shape=shape, half=job.way.half)
    else:
        how = {"steps": job.way.steps, "scale": job.way.scale, "half": job.way.half}
        made = sample(parts, texts, seed=job.seed, shape=shape, **how)
    taken = Time(clock=time.perf_counter() - begun[0], computing=time.process_time() - begun[1])
    return made, taken


def read_as(folder: Path, texts: Sequence[str]) -> list[str]:
    """Texts as the engine gives them to this model: without the words it does not know."""
    vocabulary = vocabulary_of(folder)
    return list(texts) if vocabulary is None else [vocabulary.read(text).text for text in texts]


@lru_cache(maxsize=1)
def _parts(folder: Path) -> Parts:
    disable_progress_bar()  # loading a small model needs no bars among the figures
    return load_parts(folder)
