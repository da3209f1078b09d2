# SPDX-License-Identifier: Apache-2.0
"""The UNet's features while it predicts noise, and what is learned from them beside the noise.

Learning what is where, beside the noise, makes a diffusion model's features meaningful much sooner, as do the
features of a recognition model in Yu et al. 2024 (arXiv 2410.06940). Our scenes come with exact class maps, so they
take that part.

The levels below the first are a UNet of their own for latents of half the size. Trained as such on means of 2×2
latent pixels, at a fraction of a step's cost, they learn composition sooner, as do the nested UNets of Gu et al.
2023 (Matryoshka diffusion, arXiv 2310.15111). All heads are thrown away after training.
"""

from typing import Any, NamedTuple

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn
from torch.nn import functional as F

READ_FROM = 1
"""The up block that is read: its result lies at half the latents' resolution, where edits take features too."""


class Seen(NamedTuple):
    """eps (b, 4, h, w); features (b, c, h/2, w/2) of an up block; inner (b, d, h/2, w/2), the second level's last."""

    eps: Tensor
    features: Tensor
    inner: Tensor


def noise_and_features(unet: UNet2DConditionModel, z_t: Tensor, t: Tensor, text: Tensor) -> Seen:
    """eps exactly as the UNet's own forward gives it, and the features on the way."""
    time = _time(unet, t)
    x = unet.conv_in(z_t)
    x, skips = _sink(unet.down_blocks[0], x, (x,), time, text)
    features, inner, skips = _below(unet, x, skips, time, text)
    x = _enlarged(unet.up_blocks[-2], inner)
    x, _ = _rise(unet.up_blocks[-1], x, skips, time, text)
    assert unet.conv_norm_out is not None
    return Seen(unet.conv_out(F.silu(unet.conv_norm_out(x))), features, inner)


def pooled(values: Tensor) -> Tensor:
    """(b, c, h, w) to twice the means of 2×2: noise keeps its variance, and there are four times as much signal."""
    return 2 * F.avg_pool2d(values, 2)


class PooledHead(nn.Module):
    """The way into and out of the inner levels, instead of the first one: pooled latents in, pooled noise out."""

    def __init__(self, latent: int, outer: int, inner: int, groups: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(latent, outer, 3, padding=1)
        self.norm = nn.GroupNorm(groups, inner)
        self.leave = nn.Conv2d(inner, latent, 3, padding=1)

    def forward(self, inner: Tensor) -> Tensor:
        """inner (b, d, h/2, w/2) to pooled eps (b, 4, h/2, w/2)."""
        return self.leave(F.silu(self.norm(inner)))

    def alone(
        self, unet: UNet2DConditionModel, z_t: Tensor, t: Tensor, text: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Of z_t (b, 4, h, w), by the inner levels alone: pooled eps (b, 4, h/2, w/2) and features as above."""
        x = self.enter(pooled(z_t))
        features, inner, _ = _below(unet, x, (x,), _time(unet, t), text)
        return self(inner), features


def _time(unet: UNet2DConditionModel, t: Tensor) -> Tensor:
    return unet.time_embedding(unet.time_proj(t).to(unet.dtype))


def _below(
    unet: UNet2DConditionModel, x: Tensor, skips: tuple[Tensor, ...], time: Tensor, text: Tensor
) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
    """All levels but the first: features, inner, and the skips that are left."""
    for block in unet.down_blocks[1:]:
        x, skips = _sink(block, x, skips, time, text)
    assert unet.mid_block is not None
    x = unet.mid_block(x, time, encoder_hidden_states=text)
    features = inner = x
    for index, block in enumerate(unet.up_blocks[:-1]):
        inner, skips = _rise(block, x, skips, time, text)
        if index < len(unet.up_blocks) - 2:
            x = _enlarged(block, inner)
        features = x if index == READ_FROM else features
    return features, inner, skips


def _sink(
    block: Any, x: Tensor, skips: tuple[Tensor, ...], time: Tensor, text: Tensor
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """A down block."""
    more = {"encoder_hidden_states": text} if _reads_text(block) else {}
    x, found = block(hidden_states=x, temb=time, **more)
    return x, skips + found


def _rise(
    block: Any, x: Tensor, skips: tuple[Tensor, ...], time: Tensor, text: Tensor
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """An up block before it enlarges its result, and the skips it left."""
    for index, resnet in enumerate(block.resnets):
        x = resnet(torch.cat((x, skips[-1 - index]), 1), time)
        if _reads_text(block):
            x = block.attentions[index](x, encoder_hidden_states=text, return_dict=False)[0]
    return x, skips[: -len(block.resnets)]


def _reads_text(block: nn.Module) -> bool:
    return bool(getattr(block, "has_cross_attention", False))


def _enlarged(block: Any, x: Tensor) -> Tensor:
    for upsampler in block.upsamplers or ():
        x = upsampler(x)
    return x


class MapHead(nn.Module):
    """One linear layer per feature pixel: features to the classes of the 2×2 latent pixels it covers.

    Features are normalized first: a residual stream may grow, and a step of the head with it.
    """

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.read = nn.Conv2d(channels, 4 * classes, 1)

    def forward(self, features: Tensor) -> Tensor:
        """(b, c, h/2, w/2) to class scores (b, classes, h, w)."""
        return F.pixel_shuffle(self.read(F.group_norm(features, 1)), 2)

    def loss(self, features: Tensor, classes: Tensor) -> Tensor:
        """Mean cross entropy with the class map uint8 (b, h, w)."""
        return F.cross_entropy(self(features).float(), classes.to(torch.int64))
