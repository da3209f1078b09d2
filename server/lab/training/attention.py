# SPDX-License-Identifier: Apache-2.0
"""Attention for training on a CPU: softmax(q kᵀ / √d) v by matrix products in the inputs' own precision.

The flash kernels of PyTorch's CPU backend are slow backward, above all with few tokens; on a CPU that multiplies
bf16 matrices, plain products with the kept probabilities take a third of their time.
"""

from typing import Any, cast

import torch
from diffusers.models.attention_processor import Attention
from torch import Tensor, nn
from torch.nn import functional as F

SCORES_FOR_FLASH = 512 * 512
"""From this many scores per head on, the flash kernel wins: the probabilities no longer fit into a cache."""


@torch.library.custom_op("pullbrush::attend", mutates_args=())
def attend(q: Tensor, k: Tensor, v: Tensor, heads: int) -> tuple[Tensor, Tensor]:
    """q (b, n, c), k and v (b, m, c) to the mixed values (b, n, c) and the probabilities (b heads, n, m)."""
    scale = (q.shape[-1] // heads) ** -0.5
    scores = torch.bmm(_split(q * scale, heads), _split(k, heads).transpose(1, 2))
    shares = scores.softmax(-1)
    return _merged(torch.bmm(shares, _split(v, heads)), heads), shares


@attend.register_fake
def _(q: Tensor, k: Tensor, v: Tensor, heads: int) -> tuple[Tensor, Tensor]:
    del v
    return _dense_like(q), q.new_empty((q.shape[0] * heads, q.shape[1], k.shape[1]))


@torch.library.custom_op("pullbrush::attend_back", mutates_args=())
def attend_back(
    grad: Tensor, q: Tensor, k: Tensor, v: Tensor, shares: Tensor, heads: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients by q, k and v; with P the probabilities, dS = P ∘ (dP - Σ dP ∘ P), dP = g vᵀ."""
    scale = (q.shape[-1] // heads) ** -0.5
    rows = _split(grad, heads)
    by_v = torch.bmm(shares.transpose(1, 2), rows)
    by_shares = torch.bmm(rows, _split(v, heads).transpose(1, 2))
    by_scores = torch.ops.aten._softmax_backward_data(by_shares, shares, -1, shares.dtype)
    by_q = _merged(torch.bmm(by_scores, _split(k, heads)), heads) * scale
    by_k = _merged(torch.bmm(by_scores.transpose(1, 2), _split(q, heads)), heads) * scale
    return by_q, by_k, _merged(by_v, heads)


@attend_back.register_fake
def _(
    grad: Tensor, q: Tensor, k: Tensor, v: Tensor, shares: Tensor, heads: int
) -> tuple[Tensor, Tensor, Tensor]:
    del grad, shares, heads
    return _dense_like(q), _dense_like(k), _dense_like(v)


def _remember(
    ctx: Any, inputs: tuple[Tensor, Tensor, Tensor, int], output: tuple[Tensor, Tensor]
) -> None:
    q, k, v, ctx.heads = inputs
    ctx.save_for_backward(q, k, v, output[1])


def _backward(ctx: Any, grad: Tensor, _: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
    return *attend_back(grad, *ctx.saved_tensors, ctx.heads), None


attend.register_autograd(_backward, setup_context=_remember)


class LeanAttention:
    """Attention processor for training: the same sums as the stock one, by whichever kernel is faster."""

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
    ) -> Tensor:
        """(b, n, c) and optional text (b, m, d) to (b, n, c)."""
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        to_q, to_k, to_v = (cast(nn.Module, part) for part in (attn.to_q, attn.to_k, attn.to_v))
        q, k, v = to_q(hidden_states), to_k(context), to_v(context)
        if q.shape[1] * k.shape[1] >= SCORES_FOR_FLASH or q.device.type != "cpu":
            rows = (row.unflatten(-1, (attn.heads, -1)).transpose(1, 2) for row in (q, k, v))
            mixed = F.scaled_dot_product_attention(*rows).transpose(1, 2).flatten(2)
        else:
            mixed = attend(q, k, v, attn.heads)[0]
        return cast(nn.ModuleList, attn.to_out)[0](mixed)


def _split(x: Tensor, heads: int) -> Tensor:
    """(b, n, c) to (b heads, n, c / heads)."""
    b, n, c = x.shape
    return x.reshape(b, n, heads, c // heads).transpose(1, 2).reshape(b * heads, n, c // heads)


def _merged(x: Tensor, heads: int) -> Tensor:
    """(b heads, n, d) to (b, n, heads d)."""
    many, n, d = x.shape
    return x.view(many // heads, heads, n, d).transpose(1, 2).reshape(many // heads, n, heads * d)


def _dense_like(x: Tensor) -> Tensor:
    return torch.empty_like(x, memory_format=torch.contiguous_format)
