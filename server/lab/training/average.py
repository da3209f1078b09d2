# SPDX-License-Identifier: Apache-2.0
"""Running averages of weights (EMA), with the usual faster start."""

import copy
from typing import TypeVar

import torch
from torch import nn

M = TypeVar("M", bound=nn.Module)


def shadow(module: M) -> M:
    """A frozen copy whose weights follow the module's."""
    return copy.deepcopy(module).requires_grad_(False)


@torch.no_grad()
def follow(average: nn.Module, module: nn.Module, *, step: int, decay: float) -> None:
    """average <- d average + (1 - d) module, d = min(decay, (1 + step) / (10 + step))."""
    amount = 1 - min(decay, (1 + step) / (10 + step))
    for own, other in zip(average.parameters(), module.parameters(), strict=True):
        own.lerp_(other, amount)
    for own, other in zip(average.buffers(), module.buffers(), strict=True):
        own.copy_(other)


def power_decay(step: int, horizon: float) -> float:
    """Decay for an average over about the last `horizon` part of all steps, however many they will be.

    (1 - 1/step)^(gamma + 1) with sigma_rel = horizon (Karras et al. 2024, arXiv 2312.02696, eq. 1 and app. C).
    """
    gamma = 1 / horizon
    return (1 - 1 / max(1, step)) ** (gamma + 1)
