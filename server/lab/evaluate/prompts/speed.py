# SPDX-License-Identifier: Apache-2.0
"""How long one picture takes: into latents, out of them, from words by the model and by its few-step LoRA."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from server.engine.models.few_step_profile import fast_of
from server.lab.evaluate.prompts.paint import SQUARE, Job, Time, Way, paint
from server.lab.training.pictures import Pictures, as_tensor
from server.lab.training.sampling import Parts

REPEATS = 3


@dataclass(frozen=True, kw_only=True)
class Speed:
    """The shortest time of some runs, one picture of 256 × 256 alone, with some threads. few: by the fast path."""

    threads: int
    encode: Time
    decode: Time
    full: Time
    few: Time | None

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        times = {name: getattr(self, name) for name in ("encode", "decode", "full", "few")}
        plain = {name: None if taken is None else vars(taken) for name, taken in times.items()}
        return {"threads": self.threads, **plain}


def measure_speed(
    folder: Path, parts: Parts, picture: Pictures, way: Way, *, threads: int = 2
) -> Speed:
    """Measure on this machine as it is now: other programs lengthen the clock, hardly the computing.

    picture uint8 (1, h, w, 3).
    """
    x = as_tensor(picture)
    job = Job(folder=folder, way=way, frame=SQUARE, texts=("the moon over a lake",), seed=0)
    few = replace(job, way=replace(way, fast=True))
    with torch.no_grad(), _threads(threads):
        z = parts.vae.encode(x)
        return Speed(
            threads=threads,
            encode=shortest(lambda: parts.vae.encode(x)),
            decode=shortest(lambda: parts.vae.decode(z)),
            full=shortest(lambda: paint(job), repeats=1),
            few=shortest(lambda: paint(few)) if fast_of(folder) else None,
        )


def shortest(work: Callable[[], object], *, repeats: int = REPEATS) -> Time:
    """The shortest times of some runs; the first of several is not counted."""
    found: list[tuple[float, float]] = []
    for _ in range(repeats + (repeats > 1)):
        begun = time.perf_counter(), time.process_time()
        work()
        found.append((time.perf_counter() - begun[0], time.process_time() - begun[1]))
    counted = found[1:] or found
    return Time(clock=min(c for c, _ in counted), computing=min(c for _, c in counted))


@contextmanager
def _threads(many: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(many)
    try:
        yield
    finally:
        torch.set_num_threads(before)
