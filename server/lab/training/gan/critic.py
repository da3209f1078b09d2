# SPDX-License-Identifier: Apache-2.0
"""The critic: a residual network from a picture to one number, with a sense of how much a batch varies.

Karras et al. 2020 (arXiv 1912.04958), figure 7b: residual blocks; minibatch standard deviation before the last.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SLOPE, GAIN = 0.2, 2.0**0.5
GROUP = 4


class Scaled(nn.Module):
    """A convolution whose weights are stored with unit variance and divided by √(fan in) when used."""

    def __init__(
        self, inputs: int, outputs: int, side: int, *, stride: int = 1, bias: bool = True
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, side, side))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.gain, self.stride, self.pad = (inputs * side * side) ** -0.5, stride, side // 2

    def forward(self, x: Tensor) -> Tensor:
        weight = (self.weight * self.gain).to(x.dtype)
        bias = None if self.bias is None else self.bias.to(x.dtype)
        return F.conv2d(x, weight, bias, stride=self.stride, padding=self.pad)


def _active(x: Tensor) -> Tensor:
    return F.leaky_relu(x, SLOPE) * GAIN


class Halving(nn.Module):
    """Two convolutions and a pooled shortcut; half the size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = Scaled(inputs, inputs, 3)
        self.second = Scaled(inputs, outputs, 3)
        self.short = Scaled(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = F.avg_pool2d(_active(self.second(_active(self.first(x)))), 2)
        return (y + self.short(F.avg_pool2d(x, 2))) * 0.5**0.5


class Critic(nn.Module):
    """Pictures (b, 3, s, s) to verdicts (b,); higher means that it looks drawn by the renderer."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.look = Scaled(3, widths[0], 1)
        self.blocks = nn.ModuleList(Halving(a, b) for a, b in pairwise(widths))
        last = widths[-1]
        self.mix = Scaled(last + 1, last, 3)
        self.hidden = Scaled(last * 16, last, 1)
        self.verdict = Scaled(last, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = _active(self.look(x))
        for block in self.blocks:
            x = block(x)
        x = _active(self.mix(_with_variety(x)))
        x = _active(self.hidden(x.flatten(1)[:, :, None, None]))
        return self.verdict(x).flatten()


def _with_variety(x: Tensor) -> Tensor:
    """One more channel: the mean standard deviation of features over groups of pictures."""
    count = x.shape[0]
    group = GROUP if count % GROUP == 0 else count
    parts = x.float().unflatten(0, (group, -1))
    spread = (parts.var(0, unbiased=False) + 1e-8).sqrt().mean((1, 2, 3))
    plane = spread.repeat(group)[:, None, None, None].expand(-1, 1, *x.shape[2:])
    return torch.cat((x, plane.to(x.dtype)), 1)
