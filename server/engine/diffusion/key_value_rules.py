# SPDX-License-Identifier: Apache-2.0
"""The attention rules that dragging needs: record, replace or append keys and values; image prompts.

Keys and values of the source are a memory bank (DragonDiffusion, arXiv 2307.02421, sec. 3.3); an image
prompt adds a second attention with its own projections (arXiv 2308.06721; DiffEditor, arXiv 2402.02583).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as functional
from torch import Tensor

from server.engine.diffusion.attention import KeysValues, Place
from server.engine.diffusion.family import CROSS, DECODER_SELF

Bank = Mapping[str, tuple[Tensor, Tensor]]  # layer name -> keys, values, each (1, tokens, channels)


def token_mask(mask: Tensor, grid: tuple[int, int]) -> Tensor:
    """A mask (1, 1, H, W) on a token grid, flattened to (tokens,) bool, nearest with floor."""
    return functional.interpolate(mask.to(torch.float32), size=grid, mode="nearest").flatten() > 0.5


@dataclass(frozen=True)
class RecordKV:
    """Keeps the keys and values of every layer of the role in ``bank``; changes nothing."""

    bank: dict[str, tuple[Tensor, Tensor]]
    role: str = DECODER_SELF

    def keys_values(self, place: Place, own: KeysValues) -> tuple[Tensor, Tensor]:
        keys, values = own()
        self.bank[place.name] = (keys.detach(), values.detach())
        return keys, values

    def bias(self, place: Place, like: Tensor) -> Tensor | None:
        return None

    def output(self, place: Place, query: Tensor, hidden: Tensor) -> Tensor:
        return hidden


@dataclass(frozen=True, kw_only=True)
class KVSource:
    """A bank, and which of its tokens may be seen: ``keep`` is a mask (1, 1, H, W), None for all."""

    bank: Bank
    keep: Tensor | None = None

    def tokens(self, place: Place) -> tuple[Tensor, Tensor]:
        """Kept keys and values (1, tokens, channels); all of them where the grid leaves none."""
        keys, values = self.bank[place.name]
        if self.keep is None:
            return keys, values
        kept = token_mask(self.keep, place.grid).to(keys.device)
        if not bool(kept.any()):
            return keys, values
        return keys[:, kept], values[:, kept]


@dataclass(frozen=True, kw_only=True)
class UseKV:
    """Keys and values from sources instead of the layer's own, or besides them (``own``).

    ``blind`` is a pair of masks (queries, keys), each (1, 1, H, W): queries inside the first do not see the
    sources' tokens inside the second, e.g. a hole being filled does not look at the object that left it.
    """

    sources: Sequence[KVSource]
    own: bool = False
    role: str = DECODER_SELF
    blind: tuple[Tensor, Tensor] | None = None
    _biases: dict[tuple[int, int], Tensor] = field(
        default_factory=dict[tuple[int, int], Tensor], repr=False
    )

    def __post_init__(self) -> None:
        if not self.sources:
            raise ValueError("a key/value rule needs at least one source")
        if self.blind is not None and any(source.keep is not None for source in self.sources):
            raise ValueError(
                "use either masks that keep tokens or masks that blind queries, not both"
            )

    def keys_values(self, place: Place, own: KeysValues) -> tuple[Tensor, Tensor]:
        parts = [source.tokens(place) for source in self.sources]
        keys = [k.expand(place.rows, -1, -1) for k, _ in parts]
        values = [v.expand(place.rows, -1, -1) for _, v in parts]
        if self.own:
            own_keys, own_values = own()
            keys.insert(0, own_keys)
            values.insert(0, own_values)
        return torch.cat(keys, dim=1), torch.cat(values, dim=1)

    def bias(self, place: Place, like: Tensor) -> Tensor | None:
        if self.blind is None:
            return None
        if place.grid not in self._biases:
            self._biases[place.grid] = self._blindness(place.grid).to(like)
        return self._biases[place.grid]

    def output(self, place: Place, query: Tensor, hidden: Tensor) -> Tensor:
        return hidden

    def _blindness(self, grid: tuple[int, int]) -> Tensor:
        """(queries, keys) with -inf where a query must not look; nothing is hidden where nothing would be left."""
        assert self.blind is not None
        queries, hidden = (token_mask(mask, grid) for mask in self.blind)
        tokens = grid[0] * grid[1]
        seen = torch.zeros(tokens, tokens)
        if self.own or not bool(hidden.all()):
            seen[queries[:, None] & hidden[None, :]] = -torch.inf
        parts = [seen] * len(self.sources)
        if self.own:
            parts.insert(0, torch.zeros(tokens, tokens))
        return torch.cat(parts, dim=1)


@dataclass(frozen=True, kw_only=True)
class ImagePrompt:
    """Adds scale * attention(query, K', V') with K', V' the image tokens under their own projections.

    ``tokens`` (rows, n, d); ``projections`` maps layer name to (key weight, value weight), each (channels, d).
    """

    tokens: Tensor
    projections: Mapping[str, tuple[Tensor, Tensor]]
    scale: float
    role: str = CROSS
    _projected: dict[str, tuple[Tensor, Tensor]] = field(
        default_factory=dict[str, tuple[Tensor, Tensor]], repr=False
    )

    def keys_values(self, place: Place, own: KeysValues) -> tuple[Tensor, Tensor]:
        return own()

    def bias(self, place: Place, like: Tensor) -> Tensor | None:
        return None

    def output(self, place: Place, query: Tensor, hidden: Tensor) -> Tensor:
        if place.name not in self._projected:
            to_key, to_value = self.projections[place.name]
            self._projected[place.name] = (self.tokens @ to_key.T, self.tokens @ to_value.T)
        heads: int = place.site.heads
        keys, values = (_split_heads(x, heads) for x in self._projected[place.name])
        extra = functional.scaled_dot_product_attention(_split_heads(query, heads), keys, values)
        return hidden + self.scale * extra.transpose(1, 2).reshape(hidden.shape)


def _split_heads(x: Tensor, heads: int) -> Tensor:
    """(b, n, heads * c) -> (b, heads, n, c)"""
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)
