# SPDX-License-Identifier: Apache-2.0
"""Guidance: the one place that takes gradients of energies with respect to the latent.

eps' = eps + f * sum_k mask_k * d(scale_k E_k)/dz   (arXiv 2307.02421, eq. 5; masks per arXiv 2402.02583, eq. 8).
The forward stops at the last feature that is wanted, and so does the backward.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from server.engine.diffusion.denoiser import FEATURE_ROLES, Denoiser, cells
from server.engine.diffusion.family import Cond
from server.engine.diffusion.features import Size, grid_of, on_grid

Features = tuple[Tensor, ...]


@dataclass(frozen=True)
class Look:
    """What an energy sees: the latent, its features, and the features of the sources, on the edit grid too."""

    z: Tensor
    current: Features
    references: tuple[Features, ...]

    @cached_property
    def grid(self) -> Size:
        return grid_of(self.z)

    @cached_property
    def current_on_grid(self) -> Features:
        return on_grid(self.current, self.grid)

    @cached_property
    def references_on_grid(self) -> tuple[Features, ...]:
        return tuple(on_grid(maps, self.grid) for maps in self.references)


class Energy(Protocol):
    """Low when the picture is as wanted."""

    def __call__(self, look: Look) -> Tensor:
        """A 0-d tensor, differentiable in ``look.z``."""
        ...


@dataclass(frozen=True, kw_only=True)
class Term:
    """An energy, its scale, and where its gradient counts: ``region`` (1, 1, h, w) in [0, 1], None everywhere.

    Terms that share one region object share one backward pass.
    """

    energy: Energy
    scale: float = 1.0
    region: Tensor | None = None


@dataclass(frozen=True, kw_only=True)
class Guidance:
    """All that guides one step.

    ``references(current)`` gives each source's features (``current`` is detached). ``limit`` caps the norm of
    the guidance at that multiple of the norm of eps; None, as published, does not.
    """

    terms: tuple[Term, ...]
    cond: Cond
    references: Callable[[Features], tuple[Features, ...]]
    factor: float
    roles: tuple[str, ...] = FEATURE_ROLES
    limit: float | None = None

    def __post_init__(self) -> None:
        if not self.terms:
            raise ValueError("guidance without any term changes nothing; leave it out")
        if self.limit is not None and self.limit <= 0:
            raise ValueError(f"the limit of guidance must be above 0, not {self.limit}")


@dataclass(frozen=True)
class Guided:
    """What guidance found: ``direction`` is added to eps; energies are already times their scales."""

    direction: Tensor
    energies: tuple[Tensor, ...]
    gradients: tuple[Tensor, ...] = field(default=())


def guide(denoiser: Denoiser, z: Tensor, t: int, guidance: Guidance, eps: Tensor) -> Guided:
    """One truncated forward and one backward per distinct region; z (1, c, h, w) at timestep ``t``."""
    with denoiser.measure("guide", cells(z)), torch.enable_grad():
        leaf = z.detach().requires_grad_(True)
        current: Features = ()
        if guidance.roles:
            current = denoiser.features(
                leaf, t, guidance.cond, purpose="guide", roles=guidance.roles
            )
        look = Look(leaf, current, guidance.references(tuple(m.detach() for m in current)))
        energies = tuple(term.scale * term.energy(look) for term in guidance.terms)
        gradients = _gradients(denoiser, energies, _by_region(guidance.terms), leaf)
    total = torch.zeros_like(z)
    for gradient, region in gradients:
        total = total + (gradient if region is None else region.to(gradient) * gradient)
    direction = _limited(guidance.factor * total, eps, guidance.limit)
    return Guided(direction, tuple(e.detach() for e in energies), tuple(g for g, _ in gradients))


def _by_region(terms: Sequence[Term]) -> list[tuple[Tensor | None, list[int]]]:
    """Indices of terms grouped by their region object, in order of first appearance."""
    groups: list[tuple[Tensor | None, list[int]]] = []
    for index, term in enumerate(terms):
        for region, members in groups:
            if region is term.region:
                members.append(index)
                break
        else:
            groups.append((term.region, [index]))
    return groups


def _gradients(
    denoiser: Denoiser,
    energies: Sequence[Tensor],
    groups: Sequence[tuple[Tensor | None, list[int]]],
    leaf: Tensor,
) -> list[tuple[Tensor, Tensor | None]]:
    """The gradient of each group's summed energy; the graph is freed by the last one."""
    found: list[tuple[Tensor, Tensor | None]] = []
    for position, (region, members) in enumerate(groups):
        energy = torch.stack([energies[k] for k in members]).sum()
        denoiser.check()
        denoiser.counter.gradient()
        (gradient,) = torch.autograd.grad(energy, leaf, retain_graph=position + 1 < len(groups))
        found.append((gradient, region))
    return found


def _limited(direction: Tensor, eps: Tensor, limit: float | None) -> Tensor:
    """``direction``, shortened to ``limit`` times the norm of ``eps`` if it is longer."""
    if limit is None:
        return direction
    longest = limit * eps.norm()
    length = direction.norm()
    return direction * (longest / length) if bool(length > longest) else direction
