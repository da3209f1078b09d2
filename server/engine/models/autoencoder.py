# SPDX-License-Identifier: Apache-2.0
"""PatchAutoencoder: pictures to 8x smaller latents and back, cheap enough to train on one CPU thread.

An 8x8 patch becomes the channels of one latent pixel (space-to-depth), everything heavy runs at 1/8 of the
resolution, and pixel shuffles bring the picture back (Shi et al. 2016, arXiv 1609.05158). All operations are
local: convolutions, and a normalization over the channels of one pixel. So a latent pixel depends only on
the picture near it, tiles can be decoded apart, and any size that is a multiple of 8 works.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

PATCH = 8
CONFIG_NAME = "config.json"
WEIGHTS_NAME = "diffusion_pytorch_model.safetensors"


@dataclass(frozen=True, kw_only=True)
class AutoencoderConfig:
    """Sizes of a PatchAutoencoder; the same names as the keys of its config.json."""

    width: int = 128
    encoder_blocks: int = 3
    decoder_blocks: int = 5
    middle_width: int = 32
    fine_width: int = 12
    latent_channels: int = 4
    scaling_factor: float = 1.0
    stem: int = 1
    """Kernel of the encoder's first convolution: 1 sees one patch, 3 also its neighbors."""
    middle_blocks: int = 1
    """Residual blocks at half of the resolution."""

    def __post_init__(self) -> None:
        for name in (
            "width",
            "encoder_blocks",
            "decoder_blocks",
            "middle_width",
            "fine_width",
            "latent_channels",
            "middle_blocks",
        ):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.stem not in (1, 3):
            raise ValueError(f"stem must be 1 or 3, got {self.stem}")
        if self.middle_width % 4:
            raise ValueError(f"middle_width must be a multiple of 4, got {self.middle_width}")
        if not self.scaling_factor > 0:
            raise ValueError(f"scaling_factor must be positive, got {self.scaling_factor}")


class PixelNorm(nn.Module):
    """Layer normalization over the channels of each pixel; local, unlike a group norm."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(b, c, h, w) to the same shape."""
        last = x.permute(0, 2, 3, 1)
        return F.layer_norm(last, (x.shape[1],), self.weight, self.bias).permute(0, 3, 1, 2)


class Residual(nn.Module):
    """x + conv(silu(conv(silu(norm(x))))), two 3x3 convolutions; the second starts at zero."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = PixelNorm(channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm(x)))
        return x + self.conv2(F.silu(h))


class Encoder(nn.Module):
    """Picture (b, 3, h, w) in [-1, 1] to raw latents (b, latent_channels, h/8, w/8)."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.patches = nn.PixelUnshuffle(PATCH)
        stem = config.stem
        self.conv_in = nn.Conv2d(3 * PATCH * PATCH, config.width, stem, padding=stem // 2)
        self.blocks = nn.Sequential(*(Residual(config.width) for _ in range(config.encoder_blocks)))
        self.conv_out = nn.Conv2d(config.width, config.latent_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv_out(self.blocks(self.conv_in(self.patches(x))))


class Decoder(nn.Module):
    """Raw latents to a picture: residual blocks at 1/8, some at 1/2, a light refinement at full resolution."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(config.latent_channels, config.width, 1)
        self.blocks = nn.Sequential(*(Residual(config.width) for _ in range(config.decoder_blocks)))
        self.to_middle = nn.Conv2d(config.width, config.middle_width * 16, 1)
        self.middle = Residual(config.middle_width)
        self.more_middle = nn.Sequential(
            *(Residual(config.middle_width) for _ in range(config.middle_blocks - 1))
        )
        self.to_fine = nn.Conv2d(config.middle_width, config.fine_width * 4, 3, padding=1)
        self.refine = nn.Conv2d(config.fine_width, config.fine_width, 3, padding=1)
        self.conv_out = nn.Conv2d(config.fine_width, 3, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        h = F.pixel_shuffle(self.to_middle(self.blocks(self.conv_in(z))), 4)
        fine = F.pixel_shuffle(self.to_fine(self.more_middle(self.middle(h))), 2)
        return self.conv_out(fine + self.refine(F.silu(fine)))


class PatchAutoencoder(nn.Module):
    """8x autoencoder with scaled latents of mean 0 and variance 1 over the pictures it was trained on."""

    def __init__(self, config: AutoencoderConfig | None = None) -> None:
        super().__init__()
        self.config = config or AutoencoderConfig()
        self.encoder = Encoder(self.config)
        self.decoder = Decoder(self.config)

    def encode(self, x: Tensor) -> Tensor:
        """Picture (b, 3, h, w) in [-1, 1] to scaled latents (b, latent_channels, h/8, w/8).

        Raises ValueError when h or w is not a multiple of 8.
        """
        if x.ndim != 4 or x.shape[1] != 3 or x.shape[2] % PATCH or x.shape[3] % PATCH:
            raise ValueError(
                f"expected (b, 3, h, w) with h and w multiples of {PATCH}, got {tuple(x.shape)}"
            )
        return self.encoder(x) * self.config.scaling_factor

    def decode(self, z: Tensor) -> Tensor:
        """Scaled latents (b, latent_channels, h, w) to a picture (b, 3, 8h, 8w), about [-1, 1], not clamped."""
        if z.ndim != 4 or z.shape[1] != self.config.latent_channels:
            raise ValueError(
                f"expected (b, {self.config.latent_channels}, h, w), got {tuple(z.shape)}"
            )
        return self.decoder(z / self.config.scaling_factor)

    def save_pretrained(
        self, folder: str | os.PathLike[str], dtype: torch.dtype = torch.float16
    ) -> None:
        """Write config.json and the weights as safetensors into a folder, made if missing."""
        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        config = {"_class_name": type(self).__name__, **asdict(self.config)}
        (path / CONFIG_NAME).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        weights = {
            k: v.detach().to("cpu", dtype).contiguous() for k, v in self.state_dict().items()
        }
        save_file(weights, path / WEIGHTS_NAME, metadata={"format": "pt"})

    @classmethod
    def from_pretrained(
        cls, folder: str | os.PathLike[str], dtype: torch.dtype = torch.float32
    ) -> "PatchAutoencoder":
        """Read what save_pretrained wrote.

        Raises ValueError when config.json describes another class or the weights do not fit it.
        """
        path = Path(folder)
        raw = json.loads((path / CONFIG_NAME).read_text(encoding="utf-8"))
        found = raw.pop("_class_name", None)
        if found != cls.__name__:
            raise ValueError(f"{path / CONFIG_NAME} describes {found!r}, not {cls.__name__!r}")
        model = cls(AutoencoderConfig(**raw))
        try:
            model.load_state_dict(load_file(path / WEIGHTS_NAME))
        except RuntimeError as wrong:
            raise ValueError(
                f"{path / WEIGHTS_NAME} does not fit its config.json: {wrong}"
            ) from wrong
        return model.to(dtype).eval()
