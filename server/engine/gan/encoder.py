# SPDX-License-Identifier: Apache-2.0
"""A first guess of what a picture is: a small network that reads the numbers z begins with off a picture.

For generators whose z means something known (the bundled one's first numbers are those of a head), so the network can
be trained on pictures alone and fits every generator of that world; the generator's own mapping makes w of z. Encoders
as starting points of inversion: Zhu et al. 2016 (arXiv 1609.03552); Tov et al. 2021 (arXiv 2102.02766) for StyleGAN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from server.engine.gan.stylegan2 import Mapping as MappingNetwork

GROUPS = 8
SLOPE = 0.2
LEAST_LEFT = 0.05
"""What is left for the spare numbers of z at least, in parts of its square."""


@dataclass(frozen=True, kw_only=True)
class EncoderConfig:
    """Sizes: pictures of `side` pixels, `widths` of the convolutions that halve them, `hidden`, `numbers` to read."""

    side: int = 64
    widths: tuple[int, ...] = (32, 64, 128, 192)
    hidden: int = 256
    numbers: int = 35

    def __post_init__(self) -> None:
        if not self.widths or any(not 8 <= w <= 1024 or w % GROUPS for w in self.widths):
            raise ValueError(
                f"widths are multiples of {GROUPS} from 8 to 1024, got {list(self.widths)}"
            )
        least = 2 << len(self.widths)
        if self.side % (1 << len(self.widths)) or not least <= self.side <= 1024:
            raise ValueError(
                f"a side of {self.side} pixels cannot be halved {len(self.widths)} times to 2 or more"
            )
        for name in ("hidden", "numbers"):
            if not 1 <= getattr(self, name) <= 4096:
                raise ValueError(f"{name} must be from 1 to 4096, not {getattr(self, name)}")

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"widths": list(self.widths)}

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> EncoderConfig:
        """The inverse of `as_dict`. Raises ValueError for what is unknown or of another type."""
        plain = dict(values)
        widths = plain.pop("widths", [])
        numbers = [*plain.values(), *(widths if isinstance(widths, list) else [None])]
        if set(plain) != {"side", "hidden", "numbers"} or any(type(n) is not int for n in numbers):
            raise ValueError(f"an encoder's configuration cannot be {dict(values)!r}")
        return EncoderConfig(**plain, widths=tuple(widths))


class Encoder(nn.Module):
    """Pictures (b, 3, side, side), about [-1, 1], to the first numbers of their z (b, numbers), of mean square 1."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.halving = nn.ModuleList(
            nn.Conv2d(a, b, 4, stride=2, padding=1) for a, b in pairwise((3, *config.widths))
        )
        self.even = nn.ModuleList(nn.GroupNorm(GROUPS, width) for width in config.widths)
        cells = (config.side >> len(config.widths)) ** 2
        self.hidden = nn.Linear(config.widths[-1] * cells, config.hidden)
        self.read = nn.Linear(config.hidden, config.numbers)

    def forward(self, x: Tensor) -> Tensor:
        for convolve, even in zip(self.halving, self.even, strict=True):
            x = F.leaky_relu(even(convolve(x)), SLOPE)
        return self.read(F.leaky_relu(self.hidden(x.flatten(1)), SLOPE))


class Guess:
    """Where an inversion begins: picture (1, 3, size, size) to w (1, w_dim)."""

    def __init__(self, encoder: Encoder, mapping: MappingNetwork, z_dim: int) -> None:
        if encoder.config.numbers >= z_dim:
            raise ValueError(
                f"an encoder of {encoder.config.numbers} numbers needs a longer z, got {z_dim}"
            )
        self.encoder, self.mapping, self.z_dim = encoder, mapping, z_dim

    @torch.no_grad()
    def __call__(self, picture: Tensor) -> Tensor:
        side = self.encoder.config.side
        small = F.interpolate(picture.float().clamp(-1, 1), size=(side, side), mode="area")
        return self.mapping(completed(self.encoder(small), self.z_dim).to(picture.dtype))


def completed(known: Tensor, z_dim: int) -> Tensor:
    """z (b, z_dim) that begins with `known` (b, n): equal spare numbers make its mean square 1."""
    spare = z_dim - known.shape[1]
    left = (z_dim - known.square().sum(1, keepdim=True)).clamp_min(LEAST_LEFT * z_dim)
    return torch.cat((known, (left / spare).sqrt().expand(-1, spare)), 1)
