# SPDX-License-Identifier: Apache-2.0
"""Warp first, diffuse second: DragonDiffusion's guidance with the dense correspondences of a warp.

Energies (arXiv 2307.02421, eq. 3-5) as published, but every cell of the target place knows where in
the source it comes from (`Correspond`), and the latent of the instant warp pulls moved content into
place while the picture's layout is being decided:
    z_u <- z_u + pull (signal_u x0_warp + noise_u eps_source - z_u)   under the moved content,
with x0_warp the latent of the warped picture (exact to a fraction of a pixel, where a latent cell
is 8 pixels) and eps_source the source's own noise carried along. Outside what may change the
source's own latents are put back after every step, so no pixel there needs to be invented.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as functional
from torch import Tensor

from protocol.edits import GuidedEdit
from server.engine.canvas import resize
from server.engine.diffusion.correspondence import Correspond
from server.engine.diffusion.denoiser import Denoiser
from server.engine.diffusion.dragging import Dragging, Hole, Memory
from server.engine.diffusion.energies import Contrast, Resemble, Sum
from server.engine.diffusion.family import Cond
from server.engine.diffusion.guidance import Term
from server.engine.diffusion.inversion import Trajectory
from server.engine.diffusion.loop import Anchor, StepPlan
from server.engine.edits.guided.geometry import Motion
from server.engine.models.profile import GuidedSettings
from server.engine.warp import dense_targets


@dataclass(frozen=True, kw_only=True)
class Places:
    """The parts of the picture at one grid's size, each (1, 1, h, w): weights 0..1 of moved content's new
    place, its old place, what it uncovers; and bool where nothing may change."""

    arrived: Tensor
    left: Tensor
    hole: Tensor
    fixed: Tensor


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """A method of the loop: dragging, and the pull of the warp's latent.

    pulls: (weights (1, 1, h, w), fraction of the schedule until which they hold) by place.
    """

    inner: Dragging
    pulls: tuple[tuple[Tensor, float], ...]
    x0: Tensor
    noise: Callable[[int], Tensor]

    def __call__(self, i: int) -> StepPlan:
        plan = self.inner(i)
        steps = self.inner.denoiser.schedule.steps
        weights = [weight for weight, until in self.pulls if i + 1 < round(until * steps, 9)]
        weight = torch.stack([torch.zeros_like(self.pulls[0][0]), *weights]).sum(dim=0)
        if not bool(weight.any()):
            return plan
        level = self.inner.denoiser.schedule.after(i)
        target = level.signal * self.x0 + level.noise * self.noise(i + 1)
        return replace(plan, anchors=(Anchor(region=weight, latent=target), *plan.anchors))


def places(motion: Motion, size: tuple[int, int]) -> Places:
    """The motion's masks on a grid of (height, width), averaged; `fixed` keeps a rim of one cell free."""
    wanted = (size[1], size[0])

    def mean(mask: object) -> Tensor:
        return torch.from_numpy(resize(mask, wanted, "area"))[None, None]  # type: ignore[arg-type]

    touched = mean(motion.touched.astype("float32")) > 0
    near = functional.max_pool2d(touched.float(), 3, stride=1, padding=1) > 0
    return Places(
        arrived=mean(motion.arrived), left=mean(motion.left), hole=mean(motion.hole), fixed=~near
    )


def start(trajectory: Trajectory, motion: Motion, here: Places, fresh: Tensor) -> Tensor:
    """The initial latent: the inverted one carried along the warp, fresh noise where it left a hole."""
    z = trajectory.at_step(0)
    carried = carry_latent(z, motion)
    z = torch.where(here.arrived.to(z) > 0.5, carried, z)
    hole = (here.hole > 0.25) & (here.arrived <= 0.5)
    return torch.where(hole.to(z.device), fresh.to(z), z)


def carry_latent(z: Tensor, motion: Motion) -> Tensor:
    """A noisy latent (1, c, h, w) along the warp, whole cells only: averaging noise would weaken it."""
    height, width = z.shape[-2:]
    backward = torch.from_numpy(dense_targets(motion.warp, (width, height)).map)
    columns = backward[..., 0].floor().long().clamp(0, width - 1)
    rows = backward[..., 1].floor().long().clamp(0, height - 1)
    return z[:, :, rows, columns]


def method(
    edit: GuidedEdit,
    settings: GuidedSettings,
    denoiser: Denoiser,
    trajectory: Trajectory,
    motion: Motion,
    conds: tuple[Cond, Cond],
    warped: Tensor,
) -> Pulled:
    """What the loop does for a guided edit. `conds`: target text and no text; `warped`: (1, c, h, w), the
    latent of the warped picture."""
    z = trajectory.at_step(0)
    size = (z.shape[-2], z.shape[-1])
    here, grid = places(motion, size), places(motion, (2 * size[0], 2 * size[1]))
    dragon = replace(
        settings.dragon,
        algorithm=edit.algorithm,
        energy_scale=settings.dragon.energy_scale * edit.strength,
    )
    inside = ~here.fixed
    text, empty = conds
    inner = Dragging(
        denoiser=denoiser,
        settings=dragon,
        trajectories=(trajectory,),
        text=text,
        rows_text=text,
        rows_uncond=empty,
        terms=_terms(settings, dragon.energy_scale, motion, grid, inside),
        memory=Memory(mode=settings.memory, blind=(here.hole > 0.25, here.left > 0.25)),
        noise_region=inside,
        holes=_holes(settings, here, edit.strength),
        anchor=here.fixed.float(),
    )
    strength = min(edit.strength, 1.0)
    hole = here.hole * (1.0 - here.arrived)
    return Pulled(
        inner=inner,
        pulls=(
            (settings.pull * strength * here.arrived, settings.pull_until),
            (settings.hole_pull * strength * hole, settings.hole_pull_until),
        ),
        x0=warped,
        noise=_carried_noise(denoiser, trajectory, motion),
    )


def _holes(settings: GuidedSettings, here: Places, strength: float) -> tuple[Hole, ...]:
    region = (here.hole > 0.25) & (here.arrived <= 0.5)
    if not bool(region.any()):
        return ()
    noise = settings.hole_noise * min(strength, 1.0)
    return (Hole(region=region, strength=noise, window=(0.0, settings.hole_until)),)


def _terms(
    settings: GuidedSettings, scale: float, motion: Motion, grid: Places, inside: Tensor
) -> tuple[Term, ...]:
    """What should be where, and what should be gone.

    The published content energy has nothing left to do: outside, the source's latents are put back.
    """
    weights = settings.dragon
    height, width = grid.arrived.shape[-2:]
    targets = dense_targets(motion.warp, (width, height))
    points = torch.from_numpy(targets.map / [width, height]).float()
    moving = torch.zeros_like(grid.arrived)
    moving[0, 0, targets.targets[:, 1], targets.targets[:, 0]] = 1.0
    gone = ((grid.hole > 0.5) & (grid.arrived < 0.5)).float()
    around = functional.max_pool2d(grid.left, 9, stride=1, padding=4) > 0.1
    like = (around & (grid.arrived < 0.1) & (grid.left < 0.1)).float()
    parts = [
        Correspond(points=points, mask=moving, weight=0.5 * settings.w_dense),
        Contrast(mask=gone, weight=0.5 * weights.w_contrast),
        Resemble(mask=gone, like=like, weight=weights.w_inpaint),
    ]
    return (Term(energy=Sum(tuple(parts)), scale=scale, region=inside.float()),)


def _carried_noise(
    denoiser: Denoiser, trajectory: Trajectory, motion: Motion
) -> Callable[[int], Tensor]:
    """The source's own noise at the level where a step begins, carried along the warp."""

    def noise(i: int) -> Tensor:
        schedule = denoiser.schedule
        level = schedule.before(i) if i < schedule.steps else schedule.after(schedule.steps - 1)
        eps = (trajectory.at_step(i) - level.signal * trajectory.source) / level.noise
        return carry_latent(eps, motion)

    return noise
