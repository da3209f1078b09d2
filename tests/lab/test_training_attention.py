# SPDX-License-Identifier: Apache-2.0
"""Attention for training gives the stock processor's values and gradients."""

import pytest
import torch
from torch.nn import functional as F

from server.lab.training.attention import LeanAttention, attend
from server.lab.training.networks import Sizes, make_unet

TINY = Sizes(
    channels=(8, 8, 16, 16),
    heads=(1, 1, 2, 2),
    groups=4,
    text_width=16,
    text_heads=2,
    text_layers=1,
)


@pytest.mark.parametrize("side", [8, 32])
def test_a_unet_gives_what_it_gives_with_the_stock_processor(side: int) -> None:
    """At side 32 the first level has 1024 tokens: both kernels are taken."""
    torch.manual_seed(0)
    unet = make_unet(TINY).eval()
    z, text = torch.randn(1, 4, side, side), torch.randn(1, 77, TINY.text_width)
    with torch.no_grad():
        stock = unet(z, 500, text).sample
        unet.set_attn_processor(LeanAttention())  # pyright: ignore[reportArgumentType]
        torch.testing.assert_close(unet(z, 500, text).sample, stock, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("tokens", [5, 9])
def test_values_and_gradients_are_those_of_scaled_dot_product_attention(tokens: int) -> None:
    generator = torch.Generator().manual_seed(tokens)
    shapes = (2, 9, 8), (2, tokens, 8), (2, tokens, 8), (2, 9, 8)
    q, k, v, grad = (torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes)
    ours = [x.clone().requires_grad_() for x in (q, k, v)]
    theirs = [x.clone().requires_grad_() for x in (q, k, v)]
    mixed = attend(*ours, 2)[0]
    rows = [x.unflatten(-1, (2, -1)).transpose(1, 2) for x in theirs]
    stock = F.scaled_dot_product_attention(rows[0], rows[1], rows[2]).transpose(1, 2).flatten(2)
    torch.testing.assert_close(mixed, stock)
    mixed.backward(grad)
    stock.backward(grad)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.grad, other.grad)
