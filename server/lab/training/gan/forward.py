# SPDX-License-Identifier: Apache-2.0
"""A generator's pictures as training on a CPU makes them quickest; the same numbers as `Synthesis`, up to rounding.

Where pictures are small the whole batch is worked on at once and activations are scaled. Where they are large every
picture goes alone through weights of its own: then nothing but convolutions and activations passes over the pixels,
and the slopes of the styles are sums over weights instead of over pixels.
"""

from typing import cast

import torch
from torch import Tensor
from torch.nn import functional as F

from server.engine.gan.drag_settings import DragGanSettings
from server.engine.gan.ops import EPS, smooth, upsample
from server.engine.gan.stylegan2 import GAIN, SLOPE, Block, Generator, Rendering, StyledConv

ALONE_FROM = 4
"""Pictures go alone from this block on: 64 pixels."""
SHAPED = DragGanSettings().rows
"""Rows of w that a drag moves: in training they come from a latent of their own, which means the shape."""


def rows_of(generator: Generator, z: Tensor) -> Tensor:
    """ws (b, num_ws, w_dim) of z (b, 2, z_dim): the rows that a drag moves from the first latent, the others from the
    second.

    Where the first means the shape and the second the colors (heads.head_of_two), a generator learns to look for each
    in its own rows. Then no drag changes colors, and the rows that it leaves alone know nothing of the old shape.
    """
    shape, colors = (generator.mapping(z[:, i])[:, None] for i in range(2))
    others = generator.config.num_ws - SHAPED
    return torch.cat((shape.expand(-1, SHAPED, -1), colors.expand(-1, others, -1)), 1)


def pictures(generator: Generator, ws: Tensor, block: int, *, half: bool) -> Tensor:
    """The pictures (b, 3, r, r) that the skips make up to a block; features in bfloat16 if `half`, no noise."""
    synthesis, config = generator.synthesis, generator.config
    together = min(block, ALONE_FROM - 1)
    how = Rendering(noise="none", half_blocks=config.blocks if half else 0, half=torch.bfloat16)
    image: Tensor | None = None
    x = ws
    for index, x in enumerate(synthesis.features(ws, together, how=how)):
        rgb = synthesis.block(index).torgb(x, ws[:, 2 * index + 1]).to(ws.dtype)
        image = rgb if image is None else upsample(image) + rgb
    small = cast(Tensor, image)
    if block == together:
        return small
    own = [_weights(synthesis.block(i), ws, i, x.dtype) for i in range(together + 1, block + 1)]
    large: list[Tensor] = []
    for k in range(len(ws)):
        y, picture = x[k : k + 1], small[k : k + 1]
        for index, weights in enumerate(own, together + 1):
            y, rgb = _alone(synthesis.block(index), [part[k] for part in weights], y)
            picture = upsample(picture) + rgb.to(ws.dtype)
        large.append(picture)
    return torch.cat(large)


def _weights(block: Block, ws: Tensor, index: int, dtype: torch.dtype) -> list[tuple[Tensor, ...]]:
    """Of both convolutions and the picture's layer, the weights of each picture."""
    rgb, w = block.torgb, ws[:, 2 * index + 1]
    styled = rgb.weight * (rgb.affine(w) * rgb.gain)[:, None, :, None, None]
    return [
        _modulated(block.conv0, ws[:, 2 * index - 1], dtype),
        _modulated(block.conv1, ws[:, 2 * index], dtype),
        styled.to(dtype).unbind(),
    ]


def _modulated(conv: StyledConv, w: Tensor, dtype: torch.dtype) -> tuple[Tensor, ...]:
    """Weights of each picture (out, in, 3, 3), demodulated, with the activation's gain, which commutes with it."""
    s = conv.affine(w)
    scale = (s.square() @ conv.energy().t() + EPS).rsqrt() * GAIN
    both = (scale[:, :, None] * s[:, None, :])[:, :, :, None, None]
    return (conv.weight * both).to(dtype).unbind()


def _alone(block: Block, weights: list[Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """One picture through a block: features (1, c, r, r) and what is added to the picture."""
    first, second, to_rgb = weights
    wide = F.conv_transpose2d(x, first.transpose(0, 1), stride=2)
    bias = (block.conv0.bias * GAIN).to(x.dtype)[:, None, None]
    y = _active(smooth(wide, padding=1).add_(bias), block.conv0.clamp)
    y = F.conv2d(y, second, (block.conv1.bias * GAIN).to(x.dtype), padding=1)
    y = _active(y, block.conv1.clamp)
    return y, F.conv2d(y, to_rgb, block.torgb.bias.to(x.dtype))


def _active(y: Tensor, clamp: float | None) -> Tensor:
    y = F.leaky_relu(y, SLOPE, inplace=True)
    return y if clamp is None else y.clamp(-clamp, clamp)
