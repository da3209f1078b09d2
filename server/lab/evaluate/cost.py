# SPDX-License-Identifier: Apache-2.0
"""What our edits cost, against the published algorithm written plainly, on the same weights in one run.

Both compute the same numbers (the published mode), so the ratios compare work and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from torch import Tensor

from server.engine.diffusion.denoiser import Denoiser
from server.engine.diffusion.evaluation_counter import Counter
from server.engine.diffusion.inversion import Trajectory, invert
from server.engine.diffusion.latent_pixels import to_tensor
from server.engine.diffusion.loop import run
from server.engine.diffusion.noise import SeededNoise
from server.engine.diffusion.published.modes import Setup
from server.engine.diffusion.schedule import Schedule
from server.engine.edits.guided import published
from server.engine.engine import Engine
from server.lab.evaluate.cases import Case
from server.lab.evaluate.methods import guided_runner
from server.lab.evaluate.naive import naive_edit


@dataclass(frozen=True, kw_only=True)
class Cost:
    """One way of doing an edit: network evaluations, rows through the network, forward-equivalents, seconds."""

    evaluations: int
    rows: int
    forward_equivalents: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The naive edit, our first edit of a picture and our next one of the same picture.

    apart: largest difference of the final latents, relative to their largest value.
    """

    steps: int
    naive: Cost
    first: Cost
    again: Cost
    apart: float

    @property
    def ratios(self) -> dict[str, float]:
        """Ours as a share of the naive cost."""
        found: dict[str, float] = {}
        for name, cost in (("first", self.first), ("again", self.again)):
            found[f"{name}_forward_equivalents"] = (
                cost.forward_equivalents / self.naive.forward_equivalents
            )
            found[f"{name}_seconds"] = cost.seconds / max(self.naive.seconds, 1e-9)
        return found

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {**asdict(self), "ratios": self.ratios}


def compare(engine: Engine, case: Case, steps: int) -> Comparison:
    """Do one published edit three ways."""
    edit = replace(case.edit, reference_compat=True)
    runner, profile = guided_runner(edit), engine.catalogue.profile(edit.model)
    task = runner.task(edit, case.pictures(), engine.catalogue)
    family = engine.family(edit.model)
    settings = runner.functions.settings(edit, profile).published
    schedule = Schedule(steps=steps, betas=family.betas)
    text, empty = family.encode_text([edit.prompt]), family.encode_text([""])
    latent, noise = family.encode(to_tensor(task.frame.view)).float(), SeededNoise(edit.seed)

    def setup(denoiser: Denoiser) -> Callable[[Trajectory], Setup]:
        return lambda trajectory: published.setup(
            *(runner.functions, task, settings, denoiser, trajectory, (text, empty))
        )

    def ours(denoiser: Denoiser, trajectory: Trajectory) -> Tensor:
        made = setup(denoiser)(trajectory)
        return run(denoiser, made.latent, made.method, noise=noise)

    kept: list[Trajectory] = []

    def first(denoiser: Denoiser) -> Tensor:
        kept.append(invert(denoiser, latent, text))
        return ours(denoiser, kept[0])

    def fresh() -> Denoiser:
        return Denoiser(family=family, schedule=schedule, counter=Counter())

    reference, naive = _timed(fresh(), lambda d: naive_edit(d, latent, text, setup(d), noise))
    found, first_cost = _timed(fresh(), first)
    _, again_cost = _timed(fresh(), lambda d: ours(d, kept[0]))
    apart = float((found - reference).abs().max() / reference.abs().max())
    return Comparison(steps=steps, naive=naive, first=first_cost, again=again_cost, apart=apart)


def _timed(denoiser: Denoiser, do: Callable[[Denoiser], Tensor]) -> tuple[Tensor, Cost]:
    begun = time.perf_counter()
    z = do(denoiser)
    counter = denoiser.counter
    return z, Cost(
        evaluations=counter.evaluations,
        rows=sum(counter.rows.values()),
        forward_equivalents=counter.forward_equivalents(),
        seconds=time.perf_counter() - begun,
    )
