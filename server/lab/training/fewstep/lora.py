# SPDX-License-Identifier: Apache-2.0
"""Trainable low-rank additions on a stock UNet, switched off for the teacher, written for diffusers to read."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.utils import parametrize

from server.engine.models.few_step_profile import FOLDER, JUMPING, SCHEDULER, USUAL_NAME
from server.lab.training.networks import make_scheduler

ATTENTION = r"to_q|to_k|to_v|to_out\.0|proj_in|proj_out|ff\.net\.0\.proj|ff\.net\.2"
CONVOLUTION = r"conv1|conv2|conv_shortcut|time_emb_proj|downsamplers\.0\.conv|upsamplers\.0\.conv"
PARTS = {"attention": ATTENTION, "all": f"{ATTENTION}|{CONVOLUTION}"}
"""Layers that get an addition; "all" are those of the published LCM-LoRAs (arXiv 2311.05556)."""


class LowRank(nn.Module):
    """W to W + up down, in the weight's own precision; `up` starts at zero, so at first nothing changes."""

    def __init__(self, weight: Tensor, rank: int) -> None:
        super().__init__()
        least = min(rank, weight.shape[0], weight[0].numel())
        place = weight.device
        self.down = nn.Parameter(torch.empty(least, weight[0].numel(), device=place))
        self.up = nn.Parameter(torch.zeros(weight.shape[0], least, device=place))
        nn.init.kaiming_uniform_(self.down, a=5**0.5)
        self.on = True

    def forward(self, weight: Tensor) -> Tensor:
        if not self.on:
            return weight
        with torch.autocast(weight.device.type, enabled=False):
            return weight + (self.up @ self.down).view_as(weight)


def add_lora(unet: nn.Module, *, rank: int, parts: str = "all") -> dict[str, LowRank]:
    """Freeze a UNet, give its layers additions, and return these by the layer's name.

    Raises ValueError for unknown parts or a rank below 1.
    """
    if rank < 1:
        raise ValueError(f"the rank is at least 1, got {rank}")
    layers = layers_of(unet, parts)
    unet.requires_grad_(False)
    added: dict[str, LowRank] = {}
    for name, module in layers.items():
        added[name] = LowRank(module.weight, rank)
        parametrize.register_parametrization(module, "weight", added[name])
    return added


def layers_of(unet: nn.Module, parts: str) -> dict[str, nn.Linear | nn.Conv2d]:
    """The layers that get an addition, by name. Raises ValueError for unknown parts."""
    if parts not in PARTS:
        raise ValueError(f"parts are one of {', '.join(PARTS)}, got {parts!r}")
    wanted = re.compile(rf"(^|\.)({PARTS[parts]})$")
    return {
        name: module
        for name, module in unet.named_modules()
        if isinstance(module, nn.Linear | nn.Conv2d) and wanted.search(name)
    }


@contextmanager
def without(added: dict[str, LowRank]) -> Iterator[None]:
    """The network as it was, exactly, while the body runs."""
    for one in added.values():
        one.on = False
    try:
        yield
    finally:
        for one in added.values():
            one.on = True


def write_lora(folder: Path, added: dict[str, LowRank], unet: nn.Module) -> Path:
    """Write fast/ into a model folder: half-precision weights in diffusers' layout, and its scheduler's numbers."""
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    tensors: dict[str, Tensor] = {}
    for name, one in added.items():
        layer = unet.get_submodule(name)
        for part, value in _shaped(layer, one).items():
            tensors[f"unet.{name}.{part}.weight"] = value.detach().cpu().half().contiguous()
    save_file(tensors, place / USUAL_NAME, metadata={"format": "pt"})
    scheduler().save_config(place)
    for name in (USUAL_NAME, SCHEDULER):
        (place / name).chmod(0o644)
    return place / USUAL_NAME


def scheduler() -> DDIMScheduler:
    """diffusers' own sampler for such a LoRA."""
    found = DDIMScheduler.from_config(make_scheduler().config, timestep_spacing=JUMPING)
    assert isinstance(found, DDIMScheduler)
    return found


def _shaped(layer: nn.Module, one: LowRank) -> dict[str, Tensor]:
    """Additions in the shapes peft gives them: a convolution's are convolutions, the second one 1x1."""
    if not isinstance(layer, nn.Conv2d):
        return {"lora_A": one.down, "lora_B": one.up}
    rows, columns = cast("tuple[int, int]", layer.kernel_size)
    return {
        "lora_A": one.down.view(len(one.down), -1, rows, columns),
        "lora_B": one.up[:, :, None, None],
    }
