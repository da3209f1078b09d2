# SPDX-License-Identifier: Apache-2.0
"""The published algorithm, written plainly: what our edits' cost is compared with, on the same weights.

DiffEditor (arXiv 2402.02583) as its reference runs it: every edit inverts anew, every guidance
call recomputes the reference features, every repeat is pushed back though the last push is thrown
away, and each of the two gradients is a backward pass of its own. The numbers it computes are those
of our `reference_compat` mode, so a test can hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from server.engine.diffusion.denoiser import Denoiser
from server.engine.diffusion.family import Cond
from server.engine.diffusion.guidance import Look
from server.engine.diffusion.inversion import Trajectory
from server.engine.diffusion.key_value_rules import RecordKV
from server.engine.diffusion.noise import NoiseSource
from server.engine.diffusion.published.modes import Setup
from server.engine.diffusion.schedule import move, predict_x0, sigma, stochastic_move

MakeSetup = Callable[[Trajectory], Setup]


def naive_edit(
    denoiser: Denoiser, latent: Tensor, text: Cond, make_setup: MakeSetup, noise: NoiseSource
) -> Tensor:
    """Invert `latent` (1, c, h, w) and edit it; returns the clean latent. Everything is computed every time."""
    trajectory = _invert(denoiser, latent, text)
    setup = make_setup(trajectory)
    z = setup.latent
    for i in range(denoiser.schedule.steps):
        plan = setup.method(i)
        for repeat in range(plan.repeats):
            after = _step(denoiser, z, i, repeat, setup, trajectory, noise)
            z = after
            if plan.repeats > 1:
                pushed = _push_back(denoiser, after, i, text)
                z = pushed if repeat + 1 < plan.repeats else after
    return z


def _invert(denoiser: Denoiser, latent: Tensor, text: Cond) -> Trajectory:
    schedule, z = denoiser.schedule, latent
    latents, banks = [z], {}
    for i in reversed(range(schedule.steps)):
        bank: dict[str, tuple[Tensor, Tensor]] = {}
        eps = denoiser.eps(z, schedule.timesteps[i], text, purpose="invert", rules=[RecordKV(bank)])
        z = move(z, eps, schedule.after(i), schedule.before(i))
        latents.append(z)
        banks[i] = bank
    return Trajectory(
        key="naive", latents=tuple(latents), timesteps=schedule.timesteps, cond=text, bank=banks
    )


def _step(
    denoiser: Denoiser,
    z: Tensor,
    i: int,
    repeat: int,
    setup: Setup,
    trajectory: Trajectory,
    noise: NoiseSource,
) -> Tensor:
    schedule, plan, method = denoiser.schedule, setup.method(i), setup.method
    above, below, t = schedule.before(i), schedule.after(i), schedule.timesteps[i]
    conds = Cond.stack([method.rows_uncond, method.rows_text])
    rows = denoiser.eps(torch.cat([z, z]), t, conds, purpose="denoise", rules=plan.rules)
    eps = rows[:1] + plan.scale * (rows[1:] - rows[:1])
    guided = eps if plan.guidance is None else eps + _guidance(denoiser, z, i, setup, trajectory)
    x0 = predict_x0(z, guided, above)
    after = below.signal * x0 + below.noise * eps
    if plan.noise:
        drawn = noise.draw(i, repeat, z)
        for area in plan.noise:
            fresh = stochastic_move(x0, eps, below, sigma(above, below, area.strength), drawn)
            after = torch.where(area.region, fresh, after)
    return after


def _guidance(
    denoiser: Denoiser, z: Tensor, i: int, setup: Setup, trajectory: Trajectory
) -> Tensor:
    method, t = setup.method, denoiser.schedule.timesteps[i]
    with torch.no_grad():
        reference = denoiser.features(trajectory.at_step(i), t, method.text, purpose="reference")
    with torch.enable_grad():
        leaf = z.detach().requires_grad_(True)
        current = denoiser.features(leaf, t, method.text, purpose="guide")
        if method.shared_start and i == 0:
            reference = tuple(features.detach() for features in current)
        look = Look(leaf, current, (reference,))
        total = torch.zeros_like(z)
        for number, term in enumerate(method.terms, start=1):
            energy = term.scale * term.energy(look)
            denoiser.counter.gradient()
            (gradient,) = torch.autograd.grad(energy, leaf, retain_graph=number < len(method.terms))
            total = total + (
                gradient if term.region is None else term.region.to(gradient) * gradient
            )
    return method.settings.factor * total


def _push_back(denoiser: Denoiser, z: Tensor, i: int, text: Cond) -> Tensor:
    schedule = denoiser.schedule
    eps = denoiser.eps(z, max(schedule.timesteps[i] - schedule.stride, 0), text, purpose="renoise")
    return move(z, eps, schedule.after(i), schedule.before(i))
