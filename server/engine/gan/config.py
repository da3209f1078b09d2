# SPDX-License-Identifier: Apache-2.0
"""The shape of a StyleGAN2 generator (config F, skip architecture), without torch.

Karras et al., "Analyzing and Improving the Image Quality of StyleGAN" (arXiv 1912.04958).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

SMALLEST, LARGEST = 8, 1024
TAPS = (1.0, 3.0, 3.0, 1.0)
"""The low-pass filter, in each direction."""


@dataclass(frozen=True, kw_only=True)
class GeneratorConfig:
    """Sizes of a generator.

    z_dim, w_dim     lengths of the latents z and w
    mapping_layers   fully connected layers from z to w
    channels         of the blocks at 4, 8, 16 … pixels; the last one is the image's size
    image_channels   3 for color
    clamp            activations are kept within ±clamp; None for networks trained without
    lr_multiplier    stored mapping weights are used times this (the learning rate's factor)
    """

    z_dim: int = 512
    w_dim: int = 512
    mapping_layers: int = 8
    channels: tuple[int, ...]
    image_channels: int = 3
    clamp: float | None = 256.0
    lr_multiplier: float = 0.01

    def __post_init__(self) -> None:
        size = 4 << max(len(self.channels) - 1, 0)
        if not SMALLEST <= size <= LARGEST:
            raise ValueError(
                f"{len(self.channels)} blocks make pictures of {size} pixels; "
                f"{SMALLEST} to {LARGEST} are possible"
            )
        for name in ("z_dim", "w_dim", "mapping_layers", "image_channels"):
            if not 1 <= getattr(self, name) <= 8192:
                raise ValueError(f"{name} must be from 1 to 8192, not {getattr(self, name)}")
        if not all(1 <= width <= 8192 for width in self.channels):
            raise ValueError(f"channels must be from 1 to 8192, not {self.channels}")
        if self.clamp is not None and not self.clamp > 0:
            raise ValueError(f"clamp must be above 0, not {self.clamp}")
        if not 0 < self.lr_multiplier <= 100:
            raise ValueError(f"lr_multiplier must be above 0, not {self.lr_multiplier}")

    @property
    def blocks(self) -> int:
        """How many blocks: 4, 8, … pixels."""
        return len(self.channels)

    @property
    def size(self) -> int:
        """Side of the picture in pixels."""
        return self.resolution(self.blocks - 1)

    @property
    def num_ws(self) -> int:
        """Rows of w in W+: two per block."""
        return 2 * self.blocks

    @staticmethod
    def resolution(block: int) -> int:
        """Side of a block's features in pixels."""
        return 4 << block

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"channels": list(self.channels)}

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> GeneratorConfig:
        """The inverse of `as_dict`. Raises ValueError for what is unknown, missing or of another type."""
        fields = GeneratorConfig.__dataclass_fields__
        unknown = sorted(set(values) - set(fields))
        if unknown:
            raise ValueError(f"unknown in a generator's configuration: {', '.join(unknown)}")
        for name, value in values.items():
            if not _fits(name, value):
                raise ValueError(f"{name} of a generator's configuration cannot be {value!r}")
        if "channels" not in values:
            raise ValueError("a generator's configuration needs channels")
        plain: dict[str, Any] = dict(values)
        plain["channels"] = tuple(plain["channels"])
        return GeneratorConfig(**plain)


def _fits(name: str, value: Any) -> bool:
    """Whether a value is of the field's type; True is no number here."""
    if name == "channels":
        return isinstance(value, list | tuple) and all(type(n) is int for n in value)
    if name == "clamp" and value is None:
        return True
    return type(value) in ((int, float) if name in {"clamp", "lr_multiplier"} else (int,))


def widths(size: int, *, base: int = 32768, most: int = 512) -> tuple[int, ...]:
    """The channels of config F for pictures of ``size`` pixels: base / resolution, at most ``most``.

    Raises ValueError when size is not a power of two from 8 to 1024.
    """
    blocks = size.bit_length() - 2
    if size < SMALLEST or size > LARGEST or size != 4 << (blocks - 1):
        raise ValueError(f"size must be a power of two from {SMALLEST} to {LARGEST}, not {size}")
    return tuple(max(1, min(base // (4 << block), most)) for block in range(blocks))
