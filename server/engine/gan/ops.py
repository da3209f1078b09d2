# SPDX-License-Identifier: Apache-2.0
"""StyleGAN2's own operations in plain PyTorch: low-pass upsampling and the modulated convolution.

Karras et al. (arXiv 1912.04958), section 2.2: w' = s w per input channel, w'' = w' / |w'| per output channel.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from server.engine.gan.config import TAPS

EPS = 1e-8


def low_pass(channels: int, like: Tensor) -> Tensor:
    """The filter as a depthwise kernel (channels, 1, 4, 4) whose sum is 4, for pictures twice as large."""
    taps = torch.tensor(TAPS, dtype=like.dtype, device=like.device) / sum(TAPS) * 2
    return torch.outer(taps, taps).expand(channels, 1, 4, 4)


def upsample(x: Tensor) -> Tensor:
    """(b, c, h, w) -> (b, c, 2h, 2w): zeros in between, then the low-pass filter."""
    channels = x.shape[1]
    return F.conv_transpose2d(x, low_pass(channels, x), stride=2, padding=1, groups=channels)


class _Smooth(torch.autograd.Function):
    """Each channel through the low-pass filter. Its slope is the same filter again, which is symmetric: libraries'
    backward pass of a depthwise convolution takes up to ten times as long."""

    @staticmethod
    def forward(ctx: Any, wide: Tensor, padding: int) -> Tensor:
        ctx.padding = padding
        channels = wide.shape[1]
        return F.conv2d(wide, low_pass(channels, wide), padding=padding, groups=channels)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return smooth(slope, padding=len(TAPS) - 1 - ctx.padding), None


def smooth(wide: Tensor, *, padding: int) -> Tensor:
    """(b, c, h, w) through the low-pass filter of four taps, of what zeros all round make of it."""
    return _Smooth.apply(wide, padding)  # pyright: ignore[reportReturnType]


def convolve(x: Tensor, weight: Tensor, *, up: bool, groups: int = 1) -> Tensor:
    """A plain convolution that keeps the size, or one that doubles it and smooths.

    x (b, c, h, w); weight (groups * o, c / groups, k, k).
    """
    if not up:
        return F.conv2d(x, weight, padding=weight.shape[-1] // 2, groups=groups)
    per_group = weight.unflatten(0, (groups, -1)).transpose(1, 2).flatten(0, 1)
    wide = F.conv_transpose2d(x, per_group, stride=2, groups=groups)
    return smooth(wide, padding=1)


def modulated(
    x: Tensor, weight: Tensor, s: Tensor, energy: Tensor, *, up: bool = False, fused: bool = False
) -> Tensor:
    """The modulated and demodulated convolution.

    x (b, i, h, w); weight (o, i, k, k); s (b, i) styles; energy (o, i) sums of squares over each kernel.
    Fused scales the weights (one set per sample: a backward pass then has to go through them); unfused scales
    the activations before and after, which is the same up to rounding and half the work of a backward pass.
    """
    if x.dtype == torch.float16:
        # No scale matters after demodulation, and half precision ends at 65504.
        s = s / s.abs().amax(1, keepdim=True)
        peak = weight.abs().amax((1, 2, 3), keepdim=True) * weight[0].numel() ** 0.5
        weight, energy = weight / peak, energy / peak[:, :, 0, 0].square()
    scale = (s.square() @ energy.t() + EPS).rsqrt()
    s, scale = s.to(x.dtype), scale.to(x.dtype)
    weight = weight.to(x.dtype)
    if not fused:
        return convolve(x * s[:, :, None, None], weight, up=up) * scale[:, :, None, None]
    batch = x.shape[0]
    own = weight[None] * s[:, None, :, None, None] * scale[:, :, None, None, None]
    y = convolve(x.flatten(0, 1)[None], own.flatten(0, 1), up=up, groups=batch)
    return y.unflatten(1, (batch, -1))[0]
