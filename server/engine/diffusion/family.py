# SPDX-License-Identifier: Apache-2.0
"""What the engine asks of any kind of diffusion model, and nothing more.

A family knows its modules; everybody else names *roles* ("semantic", "decoder_self", "cross(side/4)").
How SDXL and a flow transformer fit is written down in docs/adr/0003-model-families.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor, nn

from server.engine.api import Check, proceed
from server.engine.diffusion.schedule import Betas

Prediction = Literal["epsilon", "v", "flow"]

SEMANTIC = "semantic"  # features that say what something is, at half the latent's size
GEOMETRIC = "geometric"  # features that say where it is, at the latent's size
SELF = "self"
CROSS = "cross"
DECODER_SELF = "decoder_self"


def at_side(role: str, divisor: int) -> str:
    """The role of those attention layers whose token grid is the latent's side / ``divisor``.

    >>> at_side("cross", 4)
    'cross(side/4)'
    """
    return f"{role}(side/{divisor})"


@dataclass(frozen=True)
class Cond:
    """What a prompt became. Opaque: only the family that made it looks inside.

    ``tokens`` is (rows, n, d); ``extra`` holds whatever else the network wants, each with rows first
    (SDXL: pooled text and size ids).
    """

    tokens: Tensor
    extra: tuple[tuple[str, Tensor], ...] = ()

    @property
    def rows(self) -> int:
        return self.tokens.shape[0]

    @staticmethod
    def stack(conds: Sequence[Cond]) -> Cond:
        """One condition with the rows of all, in order. Raises ValueError if they cannot share a batch."""
        if not conds:
            raise ValueError("no conditions to stack")
        if len({c.tokens.shape[1:] for c in conds}) > 1:
            raise ValueError(
                f"conditions of shapes {[tuple(c.tokens.shape) for c in conds]} cannot share a batch"
            )
        extra = tuple(
            (name, torch.cat([dict(c.extra)[name] for c in conds])) for name, _ in conds[0].extra
        )
        return Cond(torch.cat([c.tokens for c in conds]), extra)


@dataclass(frozen=True)
class Site:
    """One attention layer: its module's name, its module, latent side / token side, and number of heads."""

    name: str
    module: nn.Module
    divisor: int
    heads: int

    def grid(self, latent_size: tuple[int, int]) -> tuple[int, int]:
        """Rows and columns of the token grid for a latent of (h, w); odd sizes round up as the network does."""
        h, w = latent_size
        return -(-h // self.divisor), -(-w // self.divisor)


class Family(Protocol):
    """A loaded model. Implementations keep their modules frozen and in evaluation mode."""

    @property
    def name(self) -> str: ...
    @property
    def prediction(self) -> Prediction: ...
    @property
    def betas(self) -> Betas: ...
    @property
    def stride(self) -> int: ...  # pixels per latent cell
    @property
    def device(self) -> torch.device: ...
    @property
    def dtype(self) -> torch.dtype: ...

    @property
    def blocks(self) -> Sequence[nn.Module]:
        """The network's residual and attention layers and the like, together nearly all of an evaluation."""
        ...

    def encode_text(self, prompts: Sequence[str], check: Check = proceed) -> Cond:
        """One row per prompt. ``check`` runs between layers where it takes long, as in the next two; it may raise."""
        ...

    def encode(self, pixels: Tensor, check: Check = proceed) -> Tensor:
        """Pixels (b, 3, H, W) in [-1, 1] to the scaled latent mean (b, c, H/stride, W/stride)."""
        ...

    def decode(self, latent: Tensor, check: Check = proceed) -> Tensor:
        """The reverse of ``encode``; values are clamped to [-1, 1]."""
        ...

    def network(self, z: Tensor, t: int, cond: Cond) -> Tensor:
        """The raw prediction for ``z`` (b, c, h, w) at timestep ``t``."""
        ...

    def feature(self, role: str) -> nn.Module:
        """The module whose output is the feature map of ``role``; in the order in which the network runs."""
        ...

    def sites(self, role: str) -> tuple[Site, ...]:
        """The attention layers of ``role``. Raises KeyError with the known roles."""
        ...
