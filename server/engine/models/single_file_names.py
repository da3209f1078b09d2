# SPDX-License-Identifier: Apache-2.0
"""Key names of the original (compvis) single-file layout, as diffusers and transformers name them.

The networks are the same (Rombach et al. 2022, arXiv 2112.10752); only the numbering differs: input blocks count
through resnets, attentions and downsamplers, diffusers' blocks nest them. Generated from the topology, no table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.engine.models.layout import ORIGINAL_TEXT, ORIGINAL_UNET, ORIGINAL_VAE
from server.engine.models.safetensors_header import Stored

# module in the original ResBlock -> module in diffusers' ResnetBlock2D
UNET_RESNET = {
    "in_layers.0": "norm1",
    "in_layers.2": "conv1",
    "emb_layers.1": "time_emb_proj",
    "out_layers.0": "norm2",
    "out_layers.3": "conv2",
    "skip_connection": "conv_shortcut",
}
VAE_RESNET = {
    "norm1": "norm1",
    "conv1": "conv1",
    "norm2": "norm2",
    "conv2": "conv2",
    "nin_shortcut": "conv_shortcut",
}
VAE_ATTENTION = {
    "norm": "group_norm",
    "q": "to_q",
    "k": "to_k",
    "v": "to_v",
    "proj_out": "to_out.0",
}


@dataclass(frozen=True, kw_only=True)
class Topology:
    """Widths per level, resnets per level, and which levels attend; enough to name every module."""

    widths: tuple[int, ...]
    layers: int
    attended: tuple[bool, ...]
    context: int

    @staticmethod
    def of(header: Mapping[str, Stored]) -> Topology:
        """Reads the topology off a checkpoint's shapes. Raises KeyError when it is not a UNet of this kind."""
        blocks = 1 + max(
            int(n[len(ORIGINAL_UNET) :].split(".")[1]) for n in header if "input_blocks." in n
        )
        downs = [
            i for i in range(blocks) if f"{ORIGINAL_UNET}input_blocks.{i}.0.op.weight" in header
        ]
        layers = downs[0] - 1
        first = [1 + level * (layers + 1) for level in range(len(downs) + 1)]
        widths = tuple(
            header[f"{ORIGINAL_UNET}input_blocks.{i}.0.out_layers.3.weight"].shape[0] for i in first
        )
        attended = tuple(
            f"{ORIGINAL_UNET}input_blocks.{i}.1.proj_in.weight" in header for i in first
        )
        key = f"{ORIGINAL_UNET}middle_block.1.transformer_blocks.0.attn2.to_k.weight"
        return Topology(
            widths=widths, layers=layers, attended=attended, context=header[key].shape[1]
        )


def unet_modules(topology: Topology) -> dict[str, str]:
    """Original module name (without prefix) -> diffusers module name, for every block of the UNet."""
    levels, layers = len(topology.widths), topology.layers
    names = {
        "time_embed.0": "time_embedding.linear_1",
        "time_embed.2": "time_embedding.linear_2",
        "input_blocks.0.0": "conv_in",
        "out.0": "conv_norm_out",
        "out.2": "conv_out",
        "middle_block.1": "mid_block.attentions.0",
    }
    names |= _resnet("middle_block.0", "mid_block.resnets.0") | _resnet(
        "middle_block.2", "mid_block.resnets.1"
    )
    for level in range(levels):
        for j in range(layers):
            source = f"input_blocks.{1 + level * (layers + 1) + j}"
            names |= _resnet(f"{source}.0", f"down_blocks.{level}.resnets.{j}")
            names[f"{source}.1"] = f"down_blocks.{level}.attentions.{j}"
        down = f"input_blocks.{(level + 1) * (layers + 1)}.0.op"
        names[down] = f"down_blocks.{level}.downsamplers.0.conv"
        for j in range(layers + 1):
            source = f"output_blocks.{level * (layers + 1) + j}"
            names |= _resnet(f"{source}.0", f"up_blocks.{level}.resnets.{j}")
            names[f"{source}.1"] = f"up_blocks.{level}.attentions.{j}"
        last = f"output_blocks.{level * (layers + 1) + layers}"
        place = 2 if topology.attended[levels - 1 - level] else 1
        names[f"{last}.{place}.conv"] = f"up_blocks.{level}.upsamplers.0.conv"
    return names


def vae_modules(levels: int, layers: int) -> dict[str, str]:
    """Original module name -> diffusers module name, for the autoencoder with ``levels`` resolutions."""
    names = {
        name: name
        for name in ("encoder.conv_in", "encoder.conv_out", "decoder.conv_in", "decoder.conv_out")
    }
    names |= {name: name for name in ("quant_conv", "post_quant_conv")}
    for side in ("encoder", "decoder"):
        names[f"{side}.norm_out"] = f"{side}.conv_norm_out"
        for j in (0, 1):
            names |= _vae_resnet(f"{side}.mid.block_{j + 1}", f"{side}.mid_block.resnets.{j}")
        for theirs, ours in VAE_ATTENTION.items():
            names[f"{side}.mid.attn_1.{theirs}"] = f"{side}.mid_block.attentions.0.{ours}"
    for level in range(levels):
        for j in range(layers):
            names |= _vae_resnet(
                f"encoder.down.{level}.block.{j}", f"encoder.down_blocks.{level}.resnets.{j}"
            )
        names[f"encoder.down.{level}.downsample.conv"] = (
            f"encoder.down_blocks.{level}.downsamplers.0.conv"
        )
        mirrored = levels - 1 - level  # the original counts the decoder's levels from the finest
        for j in range(layers + 1):
            names |= _vae_resnet(
                f"decoder.up.{mirrored}.block.{j}", f"decoder.up_blocks.{level}.resnets.{j}"
            )
        names[f"decoder.up.{mirrored}.upsample.conv"] = (
            f"decoder.up_blocks.{level}.upsamplers.0.conv"
        )
    return names


def renamed(name: str, modules: Mapping[str, str]) -> str | None:
    """The new name of a tensor: its longest known module prefix is replaced; None when no module is known."""
    head, tail = name, ""
    while head:
        if head in modules:
            return f"{modules[head]}{tail}"
        head, _, last = head.rpartition(".")
        tail = f".{last}{tail}"
    return None


def text_name(name: str) -> str | None:
    """The text encoder's tensors keep their names; position ids are no weights."""
    short = name.removeprefix(ORIGINAL_TEXT)
    return None if short.endswith("position_ids") else short


def split(header: Mapping[str, Stored]) -> dict[str, dict[str, str]]:
    """Part -> (new name -> stored name) for "unet", "vae" and "text_encoder" of a single file."""
    topology = Topology.of(header)
    levels, layers = vae_shape(header)
    maps = {ORIGINAL_UNET: unet_modules(topology), ORIGINAL_VAE: vae_modules(levels, layers)}
    parts = {ORIGINAL_UNET: "unet", ORIGINAL_VAE: "vae"}
    found: dict[str, dict[str, str]] = {"unet": {}, "vae": {}, "text_encoder": {}}
    for stored in header:
        if stored.startswith(ORIGINAL_TEXT):
            name = text_name(stored)
            if name is not None:
                found["text_encoder"][name] = stored
            continue
        for prefix, part in parts.items():
            if stored.startswith(prefix):
                name = renamed(stored[len(prefix) :], maps[prefix])
                if name is not None:
                    found[part][name] = stored
    return found


def vae_shape(header: Mapping[str, Stored]) -> tuple[int, int]:
    """Resolutions of the autoencoder, and resnets per resolution of its encoder."""
    start = f"{ORIGINAL_VAE}encoder.down."
    numbers = [n[len(start) :].split(".") for n in header if n.startswith(start)]
    levels = 1 + max(int(parts[0]) for parts in numbers)
    layers = 1 + max(int(parts[2]) for parts in numbers if parts[1] == "block")
    return levels, layers


def _resnet(theirs: str, ours: str) -> dict[str, str]:
    return {f"{theirs}.{a}": f"{ours}.{b}" for a, b in UNET_RESNET.items()}


def _vae_resnet(theirs: str, ours: str) -> dict[str, str]:
    return {f"{theirs}.{a}": f"{ours}.{b}" for a, b in VAE_RESNET.items()}
