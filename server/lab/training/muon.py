# SPDX-License-Identifier: Apache-2.0
"""Muon: momentum whose matrices are made nearly orthogonal before the step (Jordan et al. 2024).

Newton-Schulz as in https://kellerjordan.github.io/posts/muon; the step is scaled by 0.2 √max(rows, columns), so that
it is as long as AdamW's and shares its rate (Liu et al. 2025, arXiv 2502.16982, eq. 4). A convolution is the matrix
(out, height · width · in). Matrices of one shape are worked on together.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from server.lab.training.precision import working_dtype

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ROUNDS = 5


def orthogonalized(matrices: Tensor) -> Tensor:
    """(n, rows, columns) to U Vᵀ of each, roughly: singular values end between about 0.7 and 1.2."""
    wide = matrices.shape[1] <= matrices.shape[2]
    dtype = working_dtype(matrices.device.type)
    x = (matrices if wide else matrices.transpose(1, 2)).to(dtype)
    x = x / (x.float().norm(dim=(1, 2), keepdim=True) + 1e-7).to(dtype)
    a, b, c = COEFFICIENTS
    for _ in range(ROUNDS):
        square = torch.bmm(x, x.transpose(1, 2))
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return x if wide else x.transpose(1, 2)


class Muon(torch.optim.Optimizer):
    """For weights of two or more dimensions inside a network, not for its first, last or embedding layers."""

    def __init__(
        self,
        parameters: Iterable[Tensor],
        *,
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        kept = list(parameters)
        if flat := [tuple(p.shape) for p in kept if p.ndim < 2]:
            raise ValueError(f"Muon takes matrices and convolutions, got shapes {flat[:3]}")
        super().__init__(kept, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """One step of all parameters that have a gradient."""
        for group in self.param_groups:
            same: dict[tuple[int, ...], list[Tensor]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    same.setdefault(_matrix(parameter).shape, []).append(parameter)
            for parameters in same.values():
                self._step_together(parameters, group)

    def _step_together(self, parameters: list[Tensor], group: dict[str, Any]) -> None:
        grads = [p.grad for p in parameters if p.grad is not None]
        for parameter in parameters:
            self.state[parameter].setdefault("momentum", torch.zeros_like(parameter))
        momenta = [self.state[p]["momentum"] for p in parameters]
        for momentum, grad in zip(momenta, grads, strict=True):
            momentum.lerp_(grad, 1 - group["momentum"])
        ahead = [g.lerp(m, group["momentum"]) for g, m in zip(grads, momenta, strict=True)]
        steps = orthogonalized(torch.stack([_rows(one) for one in ahead])).float()
        scale = 0.2 * max(steps.shape[1:]) ** 0.5
        for parameter, one in zip(parameters, steps, strict=True):
            parameter.mul_(1 - group["lr"] * group["weight_decay"])
            _matrix(parameter.data).add_(one, alpha=-group["lr"] * scale)


def _matrix(weight: Tensor) -> Tensor:
    """A weight as a matrix: a view for every linear layer and for convolutions whose channels lie last."""
    if weight.ndim == 2:
        return weight
    return weight.permute(0, 2, 3, 1).view(len(weight), -1)


def _rows(gradient: Tensor) -> Tensor:
    """A gradient's values in the order of its weight's matrix, however they lie."""
    return gradient if gradient.ndim == 2 else gradient.permute(0, 2, 3, 1).flatten(1)
