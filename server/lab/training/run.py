# SPDX-License-Identifier: Apache-2.0
"""A training run of the denoiser: networks, averages, optimizers and clock, and where they are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import CLIPTokenizer

from server.lab.scenes import CLASSES
from server.lab.training import checkpoint
from server.lab.training.attention import LeanAttention
from server.lab.training.average import follow, power_decay, shadow
from server.lab.training.batches import batch_of, frame_of, token_ids
from server.lab.training.clock import Clock
from server.lab.training.features import READ_FROM, MapHead, noise_and_features
from server.lab.training.frames import Frame
from server.lab.training.layout import channels_last
from server.lab.training.losses import Losses, Predict, losses
from server.lab.training.muon import Muon
from server.lab.training.networks import Sizes, make_scheduler, make_text_encoder, make_unet
from server.lab.training.recipe import Recipe
from server.lab.training.shards import Latents
from server.lab.training.together import Together

Sources = Mapping[Frame, Latents]


class Denoiser(nn.Module):
    """Text encoder and UNet as one."""

    def __init__(self, sizes: Sizes, tokenizer: CLIPTokenizer) -> None:
        super().__init__()
        self.unet = make_unet(sizes)
        self.text_encoder = make_text_encoder(sizes, tokenizer)

    def forward(self, z_t: Tensor, t: Tensor, ids: Tensor) -> tuple[Tensor, Tensor]:
        """z_t (b, 4, h, w), t (b,) in 0 … 999, ids (b, positions) to eps (b, 4, h, w) and features for the map head."""
        text = self.text_encoder(ids).last_hidden_state
        return noise_and_features(self.unet, z_t, t, text)


@dataclass(kw_only=True)
class Run:
    """`compiled` shapes are worked on by torch.compile, all others step by step; `together` shares out every batch."""

    recipe: Recipe
    folder: Path
    tokenizer: CLIPTokenizer
    device: str = "cpu"
    compiled: frozenset[Frame] = frozenset()
    together: Together = field(default_factory=Together)

    def __post_init__(self) -> None:
        torch.manual_seed(self.recipe.seed)
        self.model = Denoiser(self.recipe.sizes, self.tokenizer)
        channels = self.recipe.sizes.channels[-1 - READ_FROM]
        self.head = MapHead(channels, len(CLASSES))
        for module in (self.model, self.head):
            channels_last(module, self.device)
        self.average = shadow(self.model)
        for module in (self.model, self.average):
            module.unet.set_attn_processor(LeanAttention())  # pyright: ignore[reportArgumentType]
            module.text_encoder.set_attn_implementation("eager")
        self.optimizers = make_optimizers(self.model, self.head, self.recipe)
        self.clock = Clock(budget=self.recipe.budget)
        self.alpha_bar = make_scheduler().alphas_cumprod.to(self.device)
        self.nothing = token_ids(self.tokenizer, [""])[0]
        self.fast: Predict = torch.compile(self.model, dynamic=False)
        if self.path.exists():
            self.resume()
        self.clock.pause()

    @property
    def path(self) -> Path:
        return self.folder / "denoiser.safetensors"

    def save(self) -> None:
        facts = {"step": self.clock.step, "worked": self.clock.worked}
        checkpoint.save(self.path, modules=self._kept(), optimizer=self.optimizers, facts=facts)

    def resume(self) -> None:
        facts = checkpoint.load(self.path, modules=self._kept(), optimizer=self.optimizers)
        self.clock.step, self.clock.worked = facts["step"], facts["worked"]

    def _kept(self) -> dict[str, nn.Module]:
        return {"model": self.model, "average": self.average, "head": self.head}

    def step(self, sources: Sources) -> Losses:
        """One optimizer step on pictures of one shape; the losses are those of this process's part of them."""
        rate = self.recipe.rate_at(self.clock.step, self.clock.progress)
        frame = frame_of(self.recipe, self.clock.step)
        size = max(self.together.many, self.recipe.pictures(frame))
        batch = batch_of(sources[frame], self.nothing, self.recipe, size=size, step=self.clock.step)
        batch = batch.part(self.together.rank, self.together.many)
        predict = self.fast if frame in self.compiled else self.model
        found = losses(predict, self.head, batch.to(self.device), self.alpha_bar, self.recipe)
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        found.total.backward()
        self.together.average([*self.model.parameters(), *self.head.parameters()])
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
        self.clock.tick()
        self.clock.worked = self.together.from_first(self.clock.worked)
        decay = power_decay(self.clock.step, self.recipe.horizon)
        follow(self.average, self.model, step=self.clock.step, decay=decay)
        return found


def make_optimizers(
    model: Denoiser, head: MapHead, recipe: Recipe
) -> tuple[torch.optim.Optimizer, ...]:
    """Muon for the matrices inside, AdamW for embeddings, the first and last convolution, the head and all vectors."""
    outside = {model.unet.conv_in.weight, model.unet.conv_out.weight}
    outside |= {m.weight for m in model.modules() if isinstance(m, nn.Embedding)}
    inside = [p for p in model.parameters() if p.ndim >= 2 and p not in outside]
    chosen = set(inside)
    rest = [p for p in model.parameters() if p not in chosen] + list(head.parameters())
    how: dict[str, Any] = {"betas": (0.9, 0.99), "weight_decay": 0.01, "foreach": True}
    return (
        Muon(inside, lr=recipe.rate, weight_decay=recipe.decay),
        torch.optim.AdamW(rest, lr=recipe.rate, **how),
    )
