# SPDX-License-Identifier: Apache-2.0
"""The one loop. A method says per step which rows it needs and what holds; the loop does the rest.

Per step: the rows in one batch, classifier-free guidance, energies, the DDIM move (fresh noise in regions,
anchors), repeats with push-back (time travel, arXiv 2402.02583, alg. 1). Guidance enters x0 only; the direction
term keeps the unguided eps, as published.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from server.engine.diffusion.attention import Rule
from server.engine.diffusion.denoiser import Denoiser
from server.engine.diffusion.family import Cond
from server.engine.diffusion.guidance import Guidance, Guided, guide
from server.engine.diffusion.noise import NoiseSource
from server.engine.diffusion.schedule import move, predict_x0, sigma, stochastic_move

RowKind = Literal["source", "uncond", "cond"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a network evaluation. A "source" row brings its own latent; rules read it, nothing else does."""

    kind: RowKind
    cond: Cond
    latent: Tensor | None = None

    def __post_init__(self) -> None:
        if (self.kind == "source") != (self.latent is not None):
            raise ValueError(
                f"a {self.kind} row {'needs a' if self.kind == 'source' else 'takes no'} latent of its own"
            )


@dataclass(frozen=True, kw_only=True)
class RegionNoise:
    """Fresh noise of ``strength`` (eta, 0 to 1) inside ``region`` (1, 1, h, w) bool."""

    region: Tensor
    strength: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.strength <= 1.0:
            raise ValueError(f"noise strength must be from 0 to 1, not {self.strength}")


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """After the step, ``latent`` (1, c, h, w) is put where ``region`` (1, 1, h, w) is 1, blended by weight."""

    region: Tensor
    latent: Tensor


@dataclass(frozen=True, kw_only=True)
class StepPlan:
    """What one step needs. ``push_back`` is the condition of the calls between repeats."""

    rows: tuple[Row, ...]
    scale: float = 1.0
    rules: tuple[Rule, ...] = ()
    guidance: Guidance | None = None
    noise: tuple[RegionNoise, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    repeats: int = 1
    push_back: Cond | None = None

    def __post_init__(self) -> None:
        kinds = [row.kind for row in self.rows]
        if kinds.count("cond") != 1 or kinds.count("uncond") > 1:
            raise ValueError(f"a step needs one cond row and at most one uncond row, got {kinds}")
        if self.repeats < 1:
            raise ValueError(f"a step runs at least once, not {self.repeats} times")
        if self.repeats > 1 and self.push_back is None:
            raise ValueError(f"{self.repeats} repeats need a condition to push back with")


@dataclass(frozen=True, kw_only=True)
class LoopStep:
    """A finished step (or repeat of it): what came in, what the network said, what came out."""

    index: int
    repeat: int
    steps: int
    before: Tensor
    eps_rows: Tensor
    guided: Guided | None
    x0: Tensor
    z: Tensor


Method = Callable[[int], StepPlan]
OnLoopStep = Callable[[LoopStep], Method | None]


def run(
    denoiser: Denoiser,
    z: Tensor,
    method: Method,
    *,
    noise: NoiseSource,
    start: int = 0,
    on_step: OnLoopStep | None = None,
) -> Tensor:
    """Runs steps ``start`` .. steps - 1 from ``z`` (1, c, h, w) and returns the clean latent.

    ``on_step`` is called after every repeat; it may raise to stop, or return another method to go on with
    from the next step. Steps that change no latent are not computed.
    """
    steps = denoiser.schedule.steps
    if not 0 <= start < steps:
        raise ValueError(f"cannot start at step {start} of {steps}")
    for i in range(start, steps):
        plan = method(i)
        if denoiser.schedule.is_identity(i) and plan.guidance is None:
            continue
        for repeat in range(plan.repeats):
            done = _step(denoiser, z, i, repeat, plan, noise)
            z = done.z
            newer = on_step(done) if on_step is not None else None
            if newer is not None:
                method = newer
            if repeat + 1 < plan.repeats:
                z = _push_back(denoiser, z, i, plan)
    return z


def needed_rows(plan: StepPlan) -> tuple[Row, ...]:
    """The rows that change something: without a guidance scale, or against the same text, "uncond" does not."""
    cond = next(row.cond for row in plan.rows if row.kind == "cond")
    return tuple(
        row
        for row in plan.rows
        if row.kind != "uncond" or (plan.scale != 1.0 and row.cond is not cond)
    )


def _step(
    denoiser: Denoiser, z: Tensor, i: int, repeat: int, plan: StepPlan, noise: NoiseSource
) -> LoopStep:
    schedule, t = denoiser.schedule, denoiser.schedule.timesteps[i]
    rows = needed_rows(plan)
    batch = torch.cat([z if row.latent is None else row.latent.to(z) for row in rows])
    cond = Cond.stack([row.cond for row in rows])
    eps_rows = denoiser.eps(batch, t, cond, purpose="denoise", rules=plan.rules)
    eps = _combine(rows, eps_rows, plan.scale)
    guided = None if plan.guidance is None else guide(denoiser, z, t, plan.guidance, eps)
    above, below = schedule.before(i), schedule.after(i)
    x0 = predict_x0(z, eps if guided is None else eps + guided.direction, above)
    after = below.signal * x0 + below.noise * eps
    if plan.noise:
        drawn = noise.draw(i, repeat, z)
        for area in plan.noise:
            fresh = stochastic_move(x0, eps, below, sigma(above, below, area.strength), drawn)
            after = torch.where(area.region.to(z.device), fresh, after)
    for anchor in plan.anchors:
        after = torch.lerp(after, anchor.latent.to(after), anchor.region.to(after))
    return LoopStep(
        index=i, repeat=repeat, steps=schedule.steps, before=z, eps_rows=eps_rows, guided=guided, x0=x0, z=after
    )  # fmt: skip


def _combine(rows: Sequence[Row], eps_rows: Tensor, scale: float) -> Tensor:
    """eps_u + s (eps_c - eps_u); eps_c alone when no uncond row was needed."""
    by_kind = {row.kind: eps_rows[k : k + 1] for k, row in enumerate(rows)}
    cond, uncond = by_kind["cond"], by_kind.get("uncond")
    return cond if uncond is None else uncond + scale * (cond - uncond)


def _push_back(denoiser: Denoiser, z: Tensor, i: int, plan: StepPlan) -> Tensor:
    """One inversion-type step from step ``i``'s result back up to its beginning, without rules or guidance."""
    assert plan.push_back is not None
    schedule = denoiser.schedule
    label = max(schedule.timesteps[i] - schedule.stride, 0)
    eps = denoiser.eps(z, label, plan.push_back, purpose="renoise")
    return move(z, eps, schedule.after(i), schedule.before(i))
