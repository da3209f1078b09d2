# SPDX-License-Identifier: Apache-2.0
"""The autoencoder's optimizers: Muon inside residual blocks, AdamW for first, last and one-dimensional weights."""

from typing import cast

import torch
from torch import nn

from server.engine.models.autoencoder import Residual
from server.lab.training.muon import Muon

Optimizers = tuple[Muon, torch.optim.AdamW]
MUON_FASTER = 2.0
"""Muon's rate over AdamW's."""


def make_optimizers(model: nn.Module, rate: float) -> Optimizers:
    """Muon for the 3x3 convolutions inside residual blocks, which take nearly all weights, AdamW for the rest."""
    blocks = [part for part in model.modules() if isinstance(part, Residual)]
    convolutions = [conv for block in blocks for conv in (block.conv1, block.conv2)]
    inner = [cast(nn.Parameter, conv.weight) for conv in convolutions]
    known = {id(weight) for weight in inner}
    rest = [p for p in model.parameters() if p.requires_grad and id(p) not in known]
    adam = torch.optim.AdamW(rest, lr=rate, weight_decay=1e-4, foreach=True)
    return Muon(inner, lr=MUON_FASTER * rate), adam


def set_rates(optimizers: Optimizers, rate: float) -> None:
    """The rate of AdamW; Muon's is MUON_FASTER times that."""
    for optimizer, factor in zip(optimizers, (MUON_FASTER, 1.0), strict=True):
        for group in optimizer.param_groups:
            group["lr"] = rate * factor
