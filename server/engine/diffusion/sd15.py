# SPDX-License-Identifier: Apache-2.0
"""Stable Diffusion 1.x shaped models: four levels, cross-attention to CLIP text, an 8x autoencoder.

Rombach et al. 2022, arXiv 2112.10752. Works on stock diffusers/transformers modules, of any width.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from server.engine.api import Check, proceed
from server.engine.diffusion.check_points import checked_between, layers
from server.engine.diffusion.family import (
    CROSS,
    DECODER_SELF,
    GEOMETRIC,
    SELF,
    SEMANTIC,
    Cond,
    Prediction,
    Site,
    at_side,
)
from server.engine.diffusion.schedule import Betas

_BLOCK = re.compile(r"^(down_blocks|up_blocks)\.(\d+)\.|^(mid_block)\.")


def as_written(prompt: str) -> str:
    """A prompt as it is: for models that may be told anything."""
    return prompt


class Sd15:
    """The `Family` of SD1.5-shaped networks. Freezes the modules it is given and sets them to evaluation.

    `read` says what becomes of a prompt before it is cut into tokens: a model of few words leaves others out.
    """

    def __init__(
        self,
        unet: Any,
        *,
        autoencoder: Any = None,
        text_encoder: Any = None,
        tokenizer: Any = None,
        betas: Betas | None = None,
        prediction: Prediction = "epsilon",
        name: str = "sd15",
        read: Callable[[str], str] = as_written,
    ) -> None:
        self.unet = unet
        self.autoencoder = autoencoder
        self.text_encoder = text_encoder
        self.tokenizer = tokenizer
        self.betas = betas or Betas()
        self.prediction: Prediction = prediction
        self.name = name
        self.read = read
        self.stride = 8
        for module in (unet, autoencoder, text_encoder):
            if isinstance(module, nn.Module):
                module.requires_grad_(False).eval()
        self.blocks: tuple[nn.Module, ...] = tuple(_layers(unet))
        self._features = {SEMANTIC: unet.up_blocks[1], GEOMETRIC: unet.up_blocks[2]}
        self._sites = _attention_sites(unet)

    @property
    def device(self) -> torch.device:
        return next(self.unet.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        return next(self.unet.parameters()).dtype

    def encode_text(self, prompts: Sequence[str], check: Check = proceed) -> Cond:
        """CLIP's last hidden states (rows, 77, d), prompts padded or cut to the text encoder's length."""
        if self.tokenizer is None or self.text_encoder is None:
            raise ValueError(f"the model {self.name} was loaded without a text encoder")
        length = self.text_encoder.config.max_position_embeddings
        ids = self.tokenizer(
            [self.read(prompt) for prompt in prompts],
            padding="max_length",
            max_length=length,
            truncation=True,
            return_tensors="pt",
        ).input_ids
        with torch.no_grad(), checked_between(layers(self.text_encoder), check):
            states = self.text_encoder(ids.to(self.device)).last_hidden_state
        return Cond(states.to(self.dtype))

    def beyond(self, prompt: str) -> str:
        """The end of a prompt that does not fit the text encoder and is not seen by it; "" when all fits."""
        if self.tokenizer is None or self.text_encoder is None:
            return ""
        room = self.text_encoder.config.max_position_embeddings - 2
        said = self.tokenizer(self.read(prompt), add_special_tokens=False, verbose=False)
        return self.tokenizer.decode(said.input_ids[room:]).replace(" ,", ",").strip(" ,")

    def encode(self, pixels: Tensor, check: Check = proceed) -> Tensor:
        """Pixels (b, 3, H, W) in [-1, 1] to the scaled posterior mean (b, 4, H/8, W/8)."""
        autoencoder = self._require_autoencoder()
        pixels = pixels.to(self.device, self._autoencoder_dtype())
        with torch.no_grad(), checked_between(layers(autoencoder), check):
            encoded = autoencoder.encode(pixels)
        if isinstance(
            encoded, Tensor
        ):  # the bundled autoencoder is deterministic and scales by itself
            return encoded
        return encoded.latent_dist.mean * autoencoder.config.scaling_factor

    def decode(self, latent: Tensor, check: Check = proceed) -> Tensor:
        """The reverse of ``encode``; (b, 3, H, W) in [-1, 1]."""
        autoencoder = self._require_autoencoder()
        latent = latent.to(self.device, self._autoencoder_dtype())
        with torch.no_grad(), checked_between(layers(autoencoder), check):
            if hasattr(autoencoder, "post_quant_conv"):
                pixels = autoencoder.decode(latent / autoencoder.config.scaling_factor).sample
            else:
                pixels = autoencoder.decode(latent)
        return pixels.clamp(-1, 1)

    def network(self, z: Tensor, t: int, cond: Cond) -> Tensor:
        """The UNet's raw prediction, (b, 4, h, w)."""
        tokens = cond.tokens.to(self.device, self.dtype)
        return self.unet(
            z.to(self.device, self.dtype), t, encoder_hidden_states=tokens, return_dict=False
        )[0]

    def feature(self, role: str) -> nn.Module:
        """up_blocks[1] for "semantic", up_blocks[2] for "geometric"."""
        if role not in self._features:
            raise KeyError(
                f"{self.name} has no features called {role!r}; it has {sorted(self._features)}"
            )
        return self._features[role]

    def sites(self, role: str) -> tuple[Site, ...]:
        """Attention layers by role: self, cross, decoder_self, and self/cross(side/n)."""
        if role not in self._sites:
            raise KeyError(
                f"{self.name} has no attention layers called {role!r}; it has {sorted(self._sites)}"
            )
        return self._sites[role]

    def _require_autoencoder(self) -> Any:
        if self.autoencoder is None:
            raise ValueError(f"the model {self.name} was loaded without an autoencoder")
        return self.autoencoder

    def _autoencoder_dtype(self) -> torch.dtype:
        return next(self.autoencoder.parameters()).dtype


def _layers(unet: Any) -> Iterator[nn.Module]:
    """The residual and attention layers, and what changes the size, of all blocks."""
    for block in (*unet.down_blocks, unet.mid_block, *unet.up_blocks):
        for layers_of in block.children():
            yield from layers_of.children()


def _attention_sites(unet: nn.Module) -> dict[str, tuple[Site, ...]]:
    """Every attention layer under each role it plays."""
    roles: dict[str, list[Site]] = {SELF: [], CROSS: [], DECODER_SELF: []}
    for name, module in unet.named_modules():
        kind = {"attn1": SELF, "attn2": CROSS}.get(name.rpartition(".")[2])
        if kind is None:
            continue
        divisor = _divisor(name, len(unet.down_blocks))  # pyright: ignore[reportArgumentType]
        site = Site(name, module, divisor, module.heads)  # pyright: ignore[reportArgumentType]
        roles[kind].append(site)
        roles.setdefault(at_side(kind, divisor), []).append(site)
        if kind == SELF and name.startswith("up_blocks."):
            roles[DECODER_SELF].append(site)
    return {role: tuple(sites) for role, sites in roles.items()}


def _divisor(name: str, levels: int) -> int:
    """Latent side / token side of a layer, from the block that it is in."""
    match = _BLOCK.match(name)
    if match is None:
        raise ValueError(f"attention layer {name} is in no block of an SD1.5-shaped network")
    if match[3]:
        return 2 ** (levels - 1)
    index = int(match[2])
    return 2**index if match[1] == "down_blocks" else 2 ** (levels - 1 - index)
