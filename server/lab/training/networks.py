# SPDX-License-Identifier: Apache-2.0
"""The bundled model's networks: SD1.5's UNet topology and a CLIP text encoder, both very small."""

from dataclasses import dataclass

from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

TRAIN_STEPS = 1000
BETA_START, BETA_END = 0.00085, 0.012


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Sizes of the denoiser. `heads` per level; a level's channels are shared out among its heads."""

    channels: tuple[int, int, int, int] = (48, 96, 128, 128)
    heads: tuple[int, int, int, int] = (1, 2, 4, 4)
    groups: int = 16
    latent_side: int = 32
    latent_channels: int = 4
    text_width: int = 96
    text_layers: int = 2
    text_heads: int = 4
    positions: int = 77

    def __post_init__(self) -> None:
        for channels, heads in zip(self.channels, self.heads, strict=True):
            if channels % heads or channels % self.groups:
                raise ValueError(
                    f"{channels} channels do not split into {heads} heads and {self.groups} groups"
                )
        if self.text_width % self.text_heads:
            raise ValueError(
                f"text width {self.text_width} does not split into {self.text_heads} heads"
            )


def make_unet(sizes: Sizes) -> UNet2DConditionModel:
    """A stock UNet with SD1.5's blocks: 4 levels, 16 self- and 16 cross-attention layers.

    Of this class `attention_head_dim` is the number of heads, whatever its name says.
    """
    return UNet2DConditionModel(
        sample_size=sizes.latent_side,
        in_channels=sizes.latent_channels,
        out_channels=sizes.latent_channels,
        block_out_channels=sizes.channels,
        layers_per_block=2,
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        cross_attention_dim=sizes.text_width,
        attention_head_dim=sizes.heads,  # pyright: ignore[reportArgumentType] - it takes one per level
        norm_num_groups=sizes.groups,
    )


def make_text_encoder(sizes: Sizes, tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """A stock CLIP text encoder for a tokenizer; padding is the end token, as in SD1.5."""
    start, *_, end = tokenizer("").input_ids
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=sizes.text_width,
        intermediate_size=4 * sizes.text_width,
        projection_dim=sizes.text_width,
        num_hidden_layers=sizes.text_layers,
        num_attention_heads=sizes.text_heads,
        max_position_embeddings=sizes.positions,
        bos_token_id=start,
        eos_token_id=end,
        pad_token_id=end,
    )
    return CLIPTextModel(config)


def make_scheduler() -> DDIMScheduler:
    """SD1.5's noise schedule: 1000 steps, scaled linear 0.00085 … 0.012, noise prediction."""
    return DDIMScheduler(
        num_train_timesteps=TRAIN_STEPS,
        beta_start=BETA_START,
        beta_end=BETA_END,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        prediction_type="epsilon",
    )
