# SPDX-License-Identifier: Apache-2.0
"""The denoiser: (z_t, t, cond) -> eps and x0, whatever the model predicts; or early features only.

eps prediction: identity. v prediction: eps = sqrt(abar) v + sqrt(1-abar) z (arXiv 2202.00512, app. D).
Samplers, inverters and guidance know nothing else of a model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from server.engine.api import Check, proceed
from server.engine.diffusion.attention import Rule, attention_rules
from server.engine.diffusion.check_points import checked_between
from server.engine.diffusion.evaluation_counter import Counter, Purpose
from server.engine.diffusion.family import GEOMETRIC, SEMANTIC, Cond, Family
from server.engine.diffusion.schedule import Level, Schedule, predict_x0
from server.engine.timing.work import Measure, unmeasured

FEATURE_ROLES = (SEMANTIC, GEOMETRIC)


class _ReachedRole(Exception):
    """Leaves a network's forward pass once the last wanted feature exists."""


@dataclass(frozen=True)
class Denoiser:
    """A family plus a schedule.

    ``check`` runs before every evaluation, and between blocks of those that take long; it may raise to cancel.
    ``measure`` is told of every evaluation, with its latent cells.
    """

    family: Family
    schedule: Schedule
    counter: Counter = field(default_factory=Counter)
    check: Check = proceed
    measure: Measure = unmeasured

    def eps(
        self, z: Tensor, t: int, cond: Cond, *, purpose: Purpose, rules: Sequence[Rule] = ()
    ) -> Tensor:
        """The predicted noise (b, c, h, w) in ``z``'s dtype, for b rows of ``cond``.

        ``t`` is only the label the network sees; for eps models the level of ``z`` may differ (inversion
        evaluates the next latent's label, the published convention).
        """
        raw = self._run(z, t, cond, purpose, rules)
        return self._to_eps(raw, z, self.schedule.level(t))

    def eps_and_x0(
        self, z: Tensor, t: int, cond: Cond, *, purpose: Purpose
    ) -> tuple[Tensor, Tensor]:
        """Noise and clean-picture prediction, for z at the level of ``t``."""
        eps = self.eps(z, t, cond, purpose=purpose)
        return eps, predict_x0(z, eps, self.schedule.level(t))

    def features(
        self,
        z: Tensor,
        t: int,
        cond: Cond,
        *,
        purpose: Purpose,
        roles: Sequence[str] = FEATURE_ROLES,
        rules: Sequence[Rule] = (),
    ) -> tuple[Tensor, ...]:
        """Feature maps (b, c, h', w') of ``roles``, in order; blocks after the last one are never run.

        Exact: the prefix of the network is the same arithmetic. Differentiable in ``z``.
        """
        found: dict[int, Tensor] = {}
        modules = [self.family.feature(role) for role in roles]
        self.check()
        self.counter.forward(purpose, z.shape[0], truncated=True)
        with (
            self.measure("reference", cells(z)) if purpose == "reference" else nullcontext(),
            attention_rules(self.family, rules, z.shape),
            checked_between(self.family.blocks, self.check),
            _stop_after(modules, found),
        ):
            try:
                self.family.network(z, t, cond)
            except _ReachedRole:
                pass
        return tuple(found[i].to(z.dtype) for i in range(len(modules)))

    def _run(
        self, z: Tensor, t: int, cond: Cond, purpose: Purpose, rules: Sequence[Rule]
    ) -> Tensor:
        if z.shape[0] != cond.rows:
            raise ValueError(f"{z.shape[0]} latents with {cond.rows} conditions")
        self.check()
        self.counter.forward(purpose, z.shape[0], truncated=False)
        with (
            self.measure("evaluation", cells(z)),
            torch.no_grad(),
            attention_rules(self.family, rules, z.shape),
            checked_between(self.family.blocks, self.check),
        ):
            return self.family.network(z, t, cond).to(z.dtype)

    def _to_eps(self, raw: Tensor, z: Tensor, level: Level) -> Tensor:
        if self.family.prediction == "epsilon":
            return raw
        if self.family.prediction == "v":
            return level.signal * raw + level.noise * z
        raise ValueError(
            f"a {self.family.prediction} model needs a flow schedule; this one is DDIM"
        )


def cells(z: Tensor) -> int:
    """Latent cells of all rows of (b, c, h, w)."""
    return z.shape[0] * z.shape[-2] * z.shape[-1]


@contextmanager
def _stop_after(modules: Sequence[nn.Module], found: dict[int, Tensor]) -> Iterator[None]:
    """Collects each module's output and ends the forward pass when the last has been seen."""

    def note(position: int) -> Callable[[nn.Module, Any, Any], None]:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            found[position] = output[0] if isinstance(output, tuple) else output
            if len(found) == len(modules):
                raise _ReachedRole

        return hook

    handles = [module.register_forward_hook(note(i)) for i, module in enumerate(modules)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
