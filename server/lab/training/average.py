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
    pairs = zip(average.parameters(), module.parameters(), strict=True)
    for own, other in pairs:
        own.lerp_(other, amount)
    for own, other in zip(average.buffers(), module.buffers(), strict=True):
        own.copy_(other)
