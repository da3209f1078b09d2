# SPDX-License-Identifier: Apache-2.0
"""Builds the empty networks of a model: from the config files of a folder, or from a single file's shapes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel

from server.engine.models.autoencoder import AutoencoderConfig, PatchAutoencoder
from server.engine.models.layout import ORIGINAL_TEXT, ORIGINAL_VAE, Layout
from server.engine.models.safetensors_header import Stored, read_header, refused
from server.engine.models.single_file_names import Topology, vae_shape

LEVELS = 4
HEADS = 8  # Stable Diffusion 1.x: eight heads at every level, 64 channels per text head
TEXT_HEAD = 64
SCALING = 0.18215


@dataclass(frozen=True, kw_only=True)
class Networks:
    """The modules of a model, not yet filled, and its scheduler's numbers."""

    unet: nn.Module
    vae: nn.Module
    text_encoder: nn.Module
    scheduler: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def part(self, name: str) -> nn.Module:
        return {"unet": self.unet, "vae": self.vae, "text_encoder": self.text_encoder}[name]


def networks_of_folder(layout: Layout) -> Networks:
    """From unet/, vae/ and text_encoder/config.json. Raises EngineError for classes this version does not know."""
    unet = _config(layout.path / "unet" / "config.json")
    _expect(layout.path, unet, "UNet2DConditionModel")
    if len(unet.get("block_out_channels", ())) != LEVELS:
        raise refused(layout.path, "file.shape", part="unet")
    text = _config(layout.path / "text_encoder" / "config.json")
    scheduler = layout.path / "scheduler" / "scheduler_config.json"
    return Networks(
        unet=_unet(layout.path, unet),
        vae=_autoencoder(layout.path, _config(layout.path / "vae" / "config.json")),
        text_encoder=CLIPTextModel(CLIPTextConfig(**_known_text(text))),
        scheduler=_config(scheduler) if scheduler.is_file() else {},
    )


def networks_of_file(layout: Layout) -> Networks:
    """From the shapes in a single file of the original layout."""
    header = read_header(layout.path)
    try:
        topology = Topology.of(header)
        return Networks(
            unet=_unet(layout.path, _unet_config(topology)),
            vae=_meta(AutoencoderKL, _vae_config(header)),
            text_encoder=CLIPTextModel(_text_config(header)),
        )
    except (KeyError, ValueError, IndexError) as error:
        raise refused(layout.path, "file.shape", part=str(error)[:200]) from error


def _config(path: Path) -> dict[str, Any]:
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise refused(path, "file.damaged", part=path.name) from error
    if not isinstance(found, dict):
        raise refused(path, "file.damaged", part=path.name)
    return found


def _expect(path: Path, config: Mapping[str, Any], name: str) -> None:
    found = config.get("_class_name", name)
    if found != name:
        raise refused(path, "file.shape", part=str(found)[:80])


def _unet(path: Path, config: Mapping[str, Any]) -> nn.Module:
    unet = _meta(UNet2DConditionModel, config)
    if not all(hasattr(block, "attentions") for block in list(unet.up_blocks)[1:]):  # pyright: ignore[reportArgumentType]
        raise refused(path, "file.shape", part="unet")
    return unet


def _autoencoder(path: Path, config: dict[str, Any]) -> nn.Module:
    name = config.get("_class_name")
    if name == PatchAutoencoder.__name__:
        with torch.device("meta"):
            return PatchAutoencoder(
                AutoencoderConfig(**{k: v for k, v in config.items() if not k.startswith("_")})
            )
    _expect(path, config, "AutoencoderKL")
    return _meta(AutoencoderKL, config)


def _meta(kind: Any, config: Mapping[str, Any]) -> nn.Module:
    """A diffusers network without memory for its weights; they are assigned when read."""
    with torch.device("meta"):
        return kind.from_config({k: v for k, v in config.items() if k != "_name_or_path"})


def _known_text(config: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a text encoder's config that shape it."""
    names = (
        "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
        "max_position_embeddings", "hidden_act", "layer_norm_eps", "projection_dim", "pad_token_id",
        "bos_token_id", "eos_token_id",
    )  # fmt: skip
    return {name: config[name] for name in names if name in config}


def _unet_config(topology: Topology) -> dict[str, Any]:
    down = ["CrossAttnDownBlock2D" if attends else "DownBlock2D" for attends in topology.attended]
    up = [
        "CrossAttnUpBlock2D" if attends else "UpBlock2D" for attends in reversed(topology.attended)
    ]
    return {
        "sample_size": 64,
        "in_channels": 4,
        "out_channels": 4,
        "layers_per_block": topology.layers,
        "block_out_channels": topology.widths,
        "down_block_types": down,
        "up_block_types": up,
        "cross_attention_dim": topology.context,
        "attention_head_dim": HEADS,
    }


def _vae_config(header: Mapping[str, Stored]) -> dict[str, Any]:
    levels, layers = vae_shape(header)
    widths = [
        header[f"{ORIGINAL_VAE}encoder.down.{i}.block.0.conv1.weight"].shape[0]
        for i in range(levels)
    ]
    return {
        "block_out_channels": widths,
        "layers_per_block": layers,
        "down_block_types": ["DownEncoderBlock2D"] * levels,
        "up_block_types": ["UpDecoderBlock2D"] * levels,
        "latent_channels": 4,
        "scaling_factor": SCALING,
    }


def _text_config(header: Mapping[str, Stored]) -> CLIPTextConfig:
    def shape(name: str) -> tuple[int, ...]:
        return header[f"{ORIGINAL_TEXT}{name}"].shape

    vocabulary, width = shape("embeddings.token_embedding.weight")
    numbered = [
        n[len(ORIGINAL_TEXT) :].split(".")
        for n in header
        if n.startswith(f"{ORIGINAL_TEXT}encoder.layers.")
    ]
    return CLIPTextConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=shape("encoder.layers.0.mlp.fc1.weight")[0],
        num_hidden_layers=1 + max(int(parts[2]) for parts in numbered),
        num_attention_heads=max(width // TEXT_HEAD, 1),
        max_position_embeddings=shape("embeddings.position_embedding.weight")[0],
        hidden_act="quick_gelu",
    )
