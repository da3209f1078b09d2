# SPDX-License-Identifier: Apache-2.0
"""What passes for rounding is rounding: other orders and other kernels do, a wrong weight, layer or step does not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from rounding import assert_same, assert_same_training, assert_same_weights
from torch import nn

SUMS = torch.Generator().manual_seed(0)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16])
def test_another_order_of_a_long_sum_is_the_same_and_one_wrong_term_is_not(
    dtype: torch.dtype,
) -> None:
    terms = torch.randn(4096, 64, generator=SUMS).to(dtype)
    there = terms.sum(0)
    assert_same(terms.flip(0).sum(0), there)
    wrong = terms.clone()
    wrong[0] += 8.0
    with pytest.raises(AssertionError, match="by rounding at most"):
        assert_same(wrong.sum(0), there)


def test_a_network_in_double_is_the_same_and_with_one_wrong_weight_it_is_not() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        layers = [nn.Linear(64, 64) for _ in range(16)]
    network = nn.Sequential(*(part for one in layers for part in (one, nn.Tanh())))
    x = torch.randn(8, 64, generator=SUMS)
    with torch.no_grad():
        found = network(x)
        assert_same(found, network.double()(x.double()))
        layers[7].weight[0, 0] += 0.5
        with pytest.raises(AssertionError, match="apart by"):
            assert_same(network(x.double()), found)


def test_whole_numbers_may_be_rounded_apart() -> None:
    pixels = np.arange(200, dtype=np.uint8)
    assert_same(pixels + 1, pixels)
    with pytest.raises(AssertionError, match="apart by 2"):
        assert_same(pixels + 2, pixels)


def test_what_is_no_number_and_other_shapes_are_not_the_same() -> None:
    with pytest.raises(AssertionError, match="nan"):
        assert_same(torch.tensor([torch.nan]), torch.zeros(1))
    with pytest.raises(AssertionError):
        assert_same(torch.zeros(2), torch.zeros(1, 2))


def test_weights_are_compared_bit_for_bit() -> None:
    one = {"a": torch.ones(3)}
    assert_same_weights(one, {"a": torch.ones(3)})
    with pytest.raises(AssertionError):
        assert_same_weights(one, {"a": torch.ones(3) * (1 + 2**-23)})
    with pytest.raises(AssertionError):
        assert_same_weights(one, one | {"b": torch.ones(1)})


def test_a_training_that_forgets_its_moments_goes_another_way() -> None:
    """What a resumed run is compared for."""

    def trained(forget: bool, scale: float = 1.0) -> list[torch.Tensor]:
        weight, goal = nn.Parameter(torch.zeros(200)), torch.linspace(-1, 1, 200)
        adam = torch.optim.Adam([weight], lr=0.01)
        for step in range(12):
            if forget and step == 6:
                adam = torch.optim.Adam([weight], lr=0.01)
            noise = torch.randn(200, generator=torch.Generator().manual_seed(step))
            adam.zero_grad()
            ((weight - goal + noise).square().sum() * scale).backward()
            adam.step()
        return [weight.detach()]

    start, whole = [torch.zeros(200)], trained(forget=False)
    assert_same_training(trained(forget=False, scale=1 + 1e-6), whole, start)
    with pytest.raises(AssertionError, match="of the way"):
        assert_same_training(trained(forget=True), whole, start)
