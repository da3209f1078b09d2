# SPDX-License-Identifier: Apache-2.0
"""A deeper autoencoder that begins as the function of a trained one.

New residual blocks begin as the identity and a wider first kernel is zero off its center (Net2DeeperNet, Chen et
al. 2016, arXiv 1511.05641), so nothing that was learned is lost and further training only adds.
"""

from dataclasses import replace

import torch
from torch import Tensor

from server.engine.models.autoencoder import AutoencoderConfig, PatchAutoencoder, Residual

GROWS = ("stem", "encoder_blocks", "decoder_blocks", "middle_blocks")


@torch.no_grad()
def grown(model: PatchAutoencoder, config: AutoencoderConfig) -> PatchAutoencoder:
    """The model's function in the network of a larger configuration.

    Raises ValueError when the configuration is smaller somewhere or differs in more than GROWS.
    """
    old = model.config
    _refuse_other_than_growth(old, config)
    larger = PatchAutoencoder(config)
    kept = model.state_dict()
    stem = kept.pop("encoder.conv_in.weight")
    missing, unexpected = larger.load_state_dict(kept, strict=False)
    if unexpected:
        raise ValueError(f"the larger network has no {', '.join(unexpected)}")
    larger.encoder.conv_in.weight.copy_(_centered(stem, config.stem))
    blocks = {name.rsplit(".", 2)[0] for name in missing if name != "encoder.conv_in.weight"}
    for name in blocks:
        block = larger.get_submodule(name)
        if not isinstance(block, Residual):
            raise ValueError(f"{name} is new and no residual block")
        assert block.conv2.bias is not None
        block.conv2.bias.zero_()
    return larger.eval()


def _refuse_other_than_growth(old: AutoencoderConfig, new: AutoencoderConfig) -> None:
    for name in GROWS:
        if getattr(new, name) < getattr(old, name):
            raise ValueError(
                f"{name} cannot shrink from {getattr(old, name)} to {getattr(new, name)}"
            )
    if replace(new, **{name: getattr(old, name) for name in GROWS}) != old:
        raise ValueError(f"only {', '.join(GROWS)} can grow: {old} is no smaller form of {new}")


def _centered(kernel: Tensor, side: int) -> Tensor:
    """A kernel (o, i, k, k) in the middle of one of side × side, zero elsewhere."""
    edge = (side - kernel.shape[-1]) // 2
    return torch.nn.functional.pad(kernel, (edge, edge, edge, edge))
