# SPDX-License-Identifier: Apache-2.0
"""DDIM in both directions on a model folder: sample pictures from words, invert and rebuild given pictures.

Song et al. 2021 (arXiv 2010.02502), eq. 12 with σ = 0. Kept apart from the engine's own loop, so that a model can
be judged without it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from server.engine.models.autoencoder import PatchAutoencoder
from server.lab.training.batches import token_ids
from server.lab.training.networks import TRAIN_STEPS
from server.lab.training.pictures import Pictures, as_pixels, as_tensor

Predictor = Callable[[Tensor, int], Tensor]


@dataclass(frozen=True, kw_only=True)
class Parts:
    """A model folder, loaded with the stock classes."""

    unet: UNet2DConditionModel
    vae: PatchAutoencoder
    text_encoder: CLIPTextModel
    tokenizer: CLIPTokenizer
    alpha_bar: Tensor


def load_parts(folder: Path) -> Parts:
    """Read a folder in diffusers' layout in fp32."""
    wide = {"torch_dtype": torch.float32}
    raw = json.loads((folder / "scheduler" / "scheduler_config.json").read_text("utf-8"))
    config = {name: value for name, value in raw.items() if not name.startswith("_")}
    return Parts(
        unet=UNet2DConditionModel.from_pretrained(folder / "unet", **wide).eval(),
        vae=PatchAutoencoder.from_pretrained(folder / "vae"),
        text_encoder=CLIPTextModel.from_pretrained(folder / "text_encoder").float().eval(),
        tokenizer=CLIPTokenizer.from_pretrained(folder / "tokenizer"),
        alpha_bar=DDIMScheduler(**config).alphas_cumprod,
    )


def timesteps(steps: int) -> list[int]:
    """SD1.5's spacing, descending: 1 + k 1000/steps, k from steps - 1 down to 0."""
    return [1 + k * (TRAIN_STEPS // steps) for k in range(steps)][::-1]


def ddim_move(z: Tensor, eps: Tensor, now: Tensor, then: Tensor) -> Tensor:
    """From the noise level alpha_bar `now` to `then`, in either direction."""
    x0 = (z - (1 - now).sqrt() * eps) / now.sqrt()
    return then.sqrt() * x0 + (1 - then).sqrt() * eps


def predictor(
    parts: Parts, texts: list[str], scale: float = 1.0, *, half: bool = False
) -> Predictor:
    """eps(z_t, t) with classifier-free guidance; scale 1 is one network call per step; half: the network in bf16."""
    many = texts if scale == 1.0 else ["" for _ in texts] + texts
    cond = parts.text_encoder(token_ids(parts.tokenizer, many)).last_hidden_state

    def predict(z: Tensor, t: int) -> Tensor:
        both = z if scale == 1.0 else torch.cat((z, z))
        with torch.autocast(z.device.type, torch.bfloat16, enabled=half):
            eps = parts.unet(both, t, cond, return_dict=False)[0].float()
        if scale == 1.0:
            return eps
        nothing, wanted = eps.chunk(2)
        return nothing + scale * (wanted - nothing)

    return predict


@torch.no_grad()
def sample(
    parts: Parts,
    texts: list[str],
    *,
    steps: int,
    scale: float,
    seed: int,
    shape: tuple[int, int] | None = None,
    half: bool = False,
) -> Pictures:
    """Pictures uint8 (n, 8 h, 8 w, 3) for n texts; latents of the model's own size unless `shape` (h, w) is given."""
    side = parts.unet.config["sample_size"]
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn((len(texts), 4, *(shape or (side, side))), generator=generator)
    predict, levels = predictor(parts, texts, scale, half=half), parts.alpha_bar
    times = timesteps(steps)
    for t, then in zip(times, [*times[1:], 0], strict=True):
        z = ddim_move(z, predict(z, t), levels[t], levels[then])
    return as_pixels(parts.vae.decode(z))


@torch.no_grad()
def rebuild(parts: Parts, pictures: Pictures, *, steps: int) -> Pictures:
    """Invert with the empty prompt and sample again without guidance: what a do-nothing edit would return."""
    z = parts.vae.encode(as_tensor(pictures))
    predict, levels = predictor(parts, ["" for _ in pictures]), parts.alpha_bar
    up = timesteps(steps)[::-1]
    for now, then in zip([0, *up[:-1]], up, strict=True):
        z = ddim_move(z, predict(z, then), levels[now], levels[then])
    for t, then in zip(up[::-1], [*up[-2::-1], 0], strict=True):
        z = ddim_move(z, predict(z, t), levels[t], levels[then])
    return as_pixels(parts.vae.decode(z))
