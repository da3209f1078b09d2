# SPDX-License-Identifier: Apache-2.0
"""The UNet's features while it predicts noise, and a head that reads the scene's class map from them.

Learning what is where, beside the noise, makes a diffusion model's features meaningful much sooner, as do the
features of a recognition model in Yu et al. 2024 (arXiv 2410.06940). Our scenes come with exact class maps, so they
take that part. The head is thrown away after training.
"""

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn
from torch.nn import functional as F

READ_FROM = 1
"""The up block that is read: its result lies at half the latents' resolution, where edits take features too."""


def noise_and_features(
    unet: UNet2DConditionModel, z_t: Tensor, t: Tensor, text: Tensor
) -> tuple[Tensor, Tensor]:
    """eps (b, 4, h, w) exactly as the UNet's own forward gives it, and features (b, c, h/2, w/2)."""
    time = unet.time_embedding(unet.time_proj(t).to(z_t.dtype))
    x = unet.conv_in(z_t)
    skips: tuple[Tensor, ...] = (x,)
    for block in unet.down_blocks:
        more = {"encoder_hidden_states": text} if _reads_text(block) else {}
        x, found = block(hidden_states=x, temb=time, **more)
        skips += found
    assert unet.mid_block is not None
    x = unet.mid_block(x, time, encoder_hidden_states=text)
    features = x
    for index, block in enumerate(unet.up_blocks):
        many = len(block.resnets)  # pyright: ignore[reportArgumentType]
        skips, found = skips[:-many], skips[-many:]
        more = {"encoder_hidden_states": text} if _reads_text(block) else {}
        x = block(hidden_states=x, temb=time, res_hidden_states_tuple=found, **more)
        features = x if index == READ_FROM else features
    assert unet.conv_norm_out is not None
    return unet.conv_out(F.silu(unet.conv_norm_out(x))), features


def _reads_text(block: nn.Module) -> bool:
    return bool(getattr(block, "has_cross_attention", False))


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
