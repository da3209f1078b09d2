# SPDX-License-Identifier: Apache-2.0
"""StyleGAN2's generator, config F with image skips, in plain PyTorch.

Karras et al., "Analyzing and Improving the Image Quality of StyleGAN" (arXiv 1912.04958). Parameter names are
those that checkpoints in NVIDIA's layout use. Rows of w: block k uses row 2k-1 for its first convolution, 2k for
its second and 2k+1 for its picture; the block at 4 pixels has no first convolution.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from server.engine.api import Check, proceed
from server.engine.gan.config import GeneratorConfig
from server.engine.gan.ops import modulated, upsample

Noise = Literal["const", "random", "none"]
GAIN = 2.0**0.5
SLOPE = 0.2


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """How a generator is run.

    noise        the stored noise, fresh noise (from ``dice`` if given), or none
    fused        modulation of the weights instead of the activations (see `ops.modulated`)
    half_blocks  how many of the largest blocks run in ``half``; 0 for none
    check        asked before every convolution, and on the way back where that is in the same thread; raises to stop
    """

    noise: Noise = "const"
    fused: bool = False
    half_blocks: int = 0
    half: torch.dtype = torch.float16
    dice: torch.Generator | None = None
    check: Check = proceed

    def __post_init__(self) -> None:
        if self.half_blocks < 0:
            raise ValueError(f"half_blocks must not be negative, got {self.half_blocks}")


EXACT = Rendering()


def activate(x: Tensor, bias: Tensor, clamp: float | None) -> Tensor:
    """Bias, leaky ReLU and its gain, clamp."""
    y = F.leaky_relu(x + bias.to(x.dtype)[:, None, None], SLOPE) * GAIN
    return y if clamp is None else y.clamp(-clamp, clamp)


class Dense(nn.Module):
    """A fully connected layer whose stored weights are divided by sqrt(inputs) and multiplied by ``factor``."""

    def __init__(
        self, inputs: int, outputs: int, *, factor: float = 1.0, bias: float = 0.0
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / factor)
        self.bias = nn.Parameter(torch.full((outputs,), bias))
        self.factor = factor
        self.gain = factor / inputs**0.5

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x * self.gain, self.weight, self.bias * self.factor)


class Mapping(nn.Module):
    """z (b, z_dim) -> w (b, w_dim): normalized, then fully connected layers with leaky ReLU."""

    w_avg: Tensor

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.layers = config.mapping_layers
        self.num_ws = config.num_ws
        for i in range(self.layers):
            inputs = config.w_dim if i else config.z_dim
            self.add_module(f"fc{i}", Dense(inputs, config.w_dim, factor=config.lr_multiplier))
        self.register_buffer("w_avg", torch.zeros(config.w_dim))

    def forward(self, z: Tensor) -> Tensor:
        x = z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        for i in range(self.layers):
            x = F.leaky_relu(self.get_submodule(f"fc{i}")(x), SLOPE) * GAIN
        return x

    def ws(self, z: Tensor, *, psi: float = 1.0, rows: int | None = None) -> Tensor:
        """(b, num_ws, w_dim): w in every row; ``psi`` pulls the first ``rows`` (all if None) to the average."""
        w = self(z)
        ws = w[:, None].repeat(1, self.num_ws, 1)
        if psi != 1:
            ws[:, :rows] = (self.w_avg + psi * (w - self.w_avg))[:, None]
        return ws


class StyledConv(nn.Module):
    """A 3x3 modulated convolution with noise and activation; ``up`` doubles the size."""

    noise_const: Tensor

    def __init__(self, config: GeneratorConfig, inputs: int, block: int, *, up: bool) -> None:
        super().__init__()
        outputs, side = config.channels[block], config.resolution(block)
        self.up, self.clamp = up, config.clamp
        self.affine = Dense(config.w_dim, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("noise_const", torch.randn(side, side))
        self._energy: tuple[tuple[object, ...], Tensor] | None = None

    def forward(self, x: Tensor, w: Tensor, how: Rendering) -> Tensor:
        how.check()
        s = self.affine(w)
        y = modulated(x, self.weight, s, self.energy(), up=self.up, fused=how.fused)
        if how.check is not proceed and y.requires_grad and y.device.type == "cpu":
            _check_on_the_way_back(y, how.check)
        if how.noise != "none":
            y = y + (self._noise(y, how) * self.noise_strength).to(y.dtype)
        return activate(y, self.bias, self.clamp)

    def energy(self) -> Tensor:
        """Sums of squares over each kernel, (outputs, inputs); kept while the weights are frozen."""
        if self.weight.requires_grad:
            return self.weight.square().sum((2, 3))
        weight = self.weight
        key = (weight.data_ptr(), weight._version, weight.dtype, weight.device)
        if self._energy is None or self._energy[0] != key:
            self._energy = (key, weight.square().sum((2, 3)))
        return self._energy[1]

    def _noise(self, y: Tensor, how: Rendering) -> Tensor:
        if how.noise == "const":
            return self.noise_const
        device = how.dice.device if how.dice is not None else y.device
        shape = (y.shape[0], 1, *y.shape[2:])
        return torch.randn(shape, generator=how.dice, device=device).to(y.device)


def _check_on_the_way_back(y: Tensor, check: Check) -> None:
    """Ask before the gradient goes on from here; on a processor that is in the thread that asked for it."""

    def hook(_gradient: Tensor) -> None:
        check()

    y.register_hook(hook)


class ToRGB(nn.Module):
    """A 1x1 modulated convolution to the picture, without demodulation, noise or activation."""

    def __init__(self, config: GeneratorConfig, block: int) -> None:
        super().__init__()
        inputs = config.channels[block]
        self.clamp, self.gain = config.clamp, inputs**-0.5
        self.affine = Dense(config.w_dim, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(config.image_channels, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(config.image_channels))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        s = (self.affine(w) * self.gain).to(x.dtype)
        y = F.conv2d(x * s[:, :, None, None], self.weight.to(x.dtype))
        y = y + self.bias.to(x.dtype)[:, None, None]
        return y if self.clamp is None else y.clamp(-self.clamp, self.clamp)


class Block(nn.Module):
    """One resolution: the learned constant or an upsampling convolution, a convolution, a picture."""

    def __init__(self, config: GeneratorConfig, block: int) -> None:
        super().__init__()
        self.first = block == 0
        channels, side = config.channels[block], config.resolution(block)
        if self.first:
            self.const = nn.Parameter(torch.randn(channels, side, side))
        else:
            self.conv0 = StyledConv(config, config.channels[block - 1], block, up=True)
        self.conv1 = StyledConv(config, channels, block, up=False)
        self.torgb = ToRGB(config, block)

    def forward(self, x: Tensor | None, ws: Tensor, how: Rendering, dtype: torch.dtype) -> Tensor:
        """x of the block before (None for the first), ws (b, 2 or 1, w_dim): this block's rows but the last."""
        if self.first:
            x = self.const.to(dtype).expand(ws.shape[0], -1, -1, -1)
        else:
            x = self.conv0(cast(Tensor, x).to(dtype), ws[:, 0], how)
        return self.conv1(x, ws[:, -1], how)


class Synthesis(nn.Module):
    """ws (b, num_ws, w_dim) -> picture (b, c, size, size), about [-1, 1] but unbounded."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        for block in range(config.blocks):
            self.add_module(f"b{config.resolution(block)}", Block(config, block))

    def block(self, index: int) -> Block:
        """The block at 4 << index pixels."""
        return cast(Block, self.get_submodule(f"b{self.config.resolution(index)}"))

    def features(
        self, ws: Tensor, last: int, *, how: Rendering = EXACT, before: Sequence[Tensor] = ()
    ) -> tuple[Tensor, ...]:
        """Outputs of the blocks 0 … ``last``, each (b, channels, r, r) before its picture is made.

        Nothing after ``last`` is computed, and blocks whose outputs are given in ``before`` are not computed
        again. Raises ValueError for a block that is not there or ws of another width.
        """
        if not 0 <= last < self.config.blocks:
            raise ValueError(f"there is no block {last}; the last one is {self.config.blocks - 1}")
        if ws.ndim != 3 or ws.shape[2] != self.config.w_dim or ws.shape[1] < 2 * last + 1:
            raise ValueError(
                f"ws has shape {tuple(ws.shape)}; (b, {self.config.num_ws}, {self.config.w_dim}) is needed"
            )
        outputs = list(before[: last + 1])
        for index in range(len(outputs), last + 1):
            x = outputs[-1] if outputs else None
            rows = ws[:, max(2 * index - 1, 0) : 2 * index + 1]
            outputs.append(self.block(index)(x, rows, how, self._dtype(index, how, ws)))
        return tuple(outputs)

    def forward(
        self, ws: Tensor, *, how: Rendering = EXACT, before: Sequence[Tensor] = ()
    ) -> Tensor:
        outputs = self.features(ws, self.config.blocks - 1, how=how, before=before)
        image: Tensor | None = None
        for index, x in enumerate(outputs):
            rgb = self.block(index).torgb(x, ws[:, 2 * index + 1]).to(ws.dtype)
            image = rgb if image is None else upsample(image) + rgb
        return cast(Tensor, image)

    def _dtype(self, index: int, how: Rendering, ws: Tensor) -> torch.dtype:
        return how.half if index >= self.config.blocks - how.half_blocks else ws.dtype


class Generator(nn.Module):
    """Mapping and synthesis. A new one has random weights, as training starts from.

    ``guess``, where a model brings one, tells a w to begin the inversion of a picture with.
    """

    guess: Callable[[Tensor], Tensor] | None = None

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        self.mapping = Mapping(config)
        self.synthesis = Synthesis(config)

    def forward(self, z: Tensor, *, psi: float = 1.0, how: Rendering = EXACT) -> Tensor:
        """z (b, z_dim) -> picture (b, c, size, size)."""
        return self.synthesis(self.mapping.ws(z, psi=psi), how=how)


def to_uint8(image: Tensor) -> Tensor:
    """(b, c, h, w) about [-1, 1] -> (b, h, w, c) bytes: 127.5 v + 128, fraction cut off."""
    levels = (image.float() * 127.5 + 128).clamp(0, 255)
    return levels.to(torch.uint8).permute(0, 2, 3, 1)
