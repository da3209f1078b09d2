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
from server.lab.training.batches import batch_of, frame_of, is_inner, token_ids
from server.lab.training.clock import Clock
from server.lab.training.features import READ_FROM, MapHead, PooledHead, Seen, noise_and_features
from server.lab.training.frames import Frame
from server.lab.training.layout import channels_last
from server.lab.training.losses import Losses, Predict, PredictPooled, losses, pooled_losses
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

    def forward(self, z_t: Tensor, t: Tensor, ids: Tensor) -> Seen:
        """z_t (b, 4, h, w), t (b,) in 0 … 999, ids (b, positions) to eps (b, 4, h, w) and features for the heads."""
        return noise_and_features(self.unet, z_t, t, self.text(ids))

    def text(self, ids: Tensor) -> Tensor:
        """ids (b, positions) to hidden states (b, positions, width)."""
        return self.text_encoder(ids).last_hidden_state


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
        outer, inner, *_ = self.recipe.sizes.channels
        latent, groups = self.recipe.sizes.latent_channels, self.recipe.sizes.groups
        self.pooled = PooledHead(latent, outer, inner, groups)
        for module in (self.model, self.head, self.pooled):
            channels_last(module, self.device)
        self.average = shadow(self.model)
        for module in (self.model, self.average):
            module.unet.set_attn_processor(LeanAttention())  # pyright: ignore[reportArgumentType]
            module.text_encoder.set_attn_implementation("eager")
        self.optimizers = make_optimizers(self.model, (self.head, self.pooled), self.recipe)
        self.clock = Clock(budget=self.recipe.budget)
        self.alpha_bar = make_scheduler().alphas_cumprod.to(self.device)
        self.nothing = token_ids(self.tokenizer, [""])[0]
        self.fast: Predict = torch.compile(self.model, dynamic=False)
        self.fast_pooled: PredictPooled = torch.compile(self.predict_pooled, dynamic=False)
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
        return {
            "model": self.model,
            "average": self.average,
            "head": self.head,
            "pooled": self.pooled,
        }

    def step(self, sources: Sources) -> Losses:
        """One optimizer step on pictures of one shape; the losses are those of this process's part of them."""
        rate = self.recipe.rate_at(self.clock.step, self.clock.progress)
        found = self._losses(sources)
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        found.total.backward()
        self.together.average(
            [p for one in (self.model, self.head, self.pooled) for p in one.parameters()]
        )
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

    def predict_pooled(self, z_t: Tensor, t: Tensor, ids: Tensor) -> tuple[Tensor, Tensor]:
        """As the model, by the inner levels alone: pooled eps (b, 4, h/2, w/2) and features."""
        return self.pooled.alone(self.model.unet, z_t, t, self.model.text(ids))

    def _losses(self, sources: Sources) -> Losses:
        """The losses of this process's part of a step's batch."""
        step, recipe = self.clock.step, self.recipe
        frame, inner = frame_of(recipe, step), is_inner(recipe, step)
        size = max(self.together.many, recipe.pictures(frame) * (2 if inner else 1))
        batch = batch_of(sources[frame], self.nothing, recipe, size=size, step=step)
        batch = batch.part(self.together.rank, self.together.many).to(self.device)
        compiled = frame in self.compiled
        if inner:
            predict = self.fast_pooled if compiled else self.predict_pooled
            return pooled_losses(predict, self.head, batch, self.alpha_bar, recipe)
        predict_all = self.fast if compiled else self.model
        return losses(predict_all, self.head, self.pooled, batch, self.alpha_bar, recipe)


def make_optimizers(
    model: Denoiser, heads: tuple[nn.Module, ...], recipe: Recipe
) -> tuple[torch.optim.Optimizer, ...]:
    """Muon for the matrices inside, AdamW for embeddings, the first and last convolution, heads and all vectors."""
    outside = {model.unet.conv_in.weight, model.unet.conv_out.weight}
    outside |= {m.weight for m in model.modules() if isinstance(m, nn.Embedding)}
    inside = [p for p in model.parameters() if p.ndim >= 2 and p not in outside]
    chosen = set(inside)
    rest = [p for p in model.parameters() if p not in chosen]
    rest += [p for head in heads for p in head.parameters()]
    how: dict[str, Any] = {"betas": (0.9, 0.99), "weight_decay": 0.01, "foreach": True}
    return (
        Muon(inside, lr=recipe.rate, weight_decay=recipe.decay),
        torch.optim.AdamW(rest, lr=recipe.rate, **how),
    )
