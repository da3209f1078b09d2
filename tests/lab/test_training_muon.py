# SPDX-License-Identifier: Apache-2.0
"""Muon: its matrices are nearly orthogonal, its steps as long as said, and it refuses vectors."""

import pytest
import torch
from torch import nn

from server.lab.training.layout import channels_last
from server.lab.training.muon import Muon, orthogonalized


@pytest.mark.parametrize("shape", [(3, 16, 16), (2, 8, 40), (2, 40, 8)])
def test_singular_values_come_close_to_one_and_directions_stay(shape: tuple[int, int, int]) -> None:
    g = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    found = orthogonalized(g).float()
    values = torch.linalg.svdvals(found)
    strong = torch.linalg.svdvals(g) > 0.1 * torch.linalg.svdvals(g)[:, :1]
    assert values.max() < 1.35
    assert values[strong].min() > 0.5
    u, _, v = torch.linalg.svd(g, full_matrices=False)
    assert torch.nn.functional.cosine_similarity(found.flatten(1), (u @ v).flatten(1)).min() > 0.9


def test_the_first_step_has_the_length_of_an_adam_step_times_a_fifth() -> None:
    weight = nn.Parameter(torch.zeros(48, 32))
    optimizer = Muon([weight], lr=0.01)
    weight.grad = torch.randn(48, 32, generator=torch.Generator().manual_seed(0))
    optimizer.step()
    rms = weight.detach().square().mean().sqrt()
    assert float(rms) == pytest.approx(0.2 * 0.01, rel=0.25)


def test_a_convolution_is_stepped_as_its_matrix_is() -> None:
    """Wherever its channels lie in memory, and together with others of its shape."""
    torch.manual_seed(0)
    convs = [channels_last(nn.Conv2d(6, 5, 3, bias=False)) for _ in "ab"]
    rows = [c.weight.detach().permute(0, 2, 3, 1).flatten(1).clone() for c in convs]
    flat = [nn.Parameter(one.clone()) for one in rows]
    one, other = (Muon(list(p), lr=0.1) for p in ([c.weight for c in convs], flat))
    for conv, matrix in zip(convs, flat, strict=True):
        grad = torch.randn(5, 6, 3, 3)
        conv.weight.grad, matrix.grad = grad, grad.permute(0, 2, 3, 1).flatten(1)
    one.step()
    other.step()
    for conv, matrix, old in zip(convs, flat, rows, strict=True):
        assert not torch.equal(matrix, old)
        torch.testing.assert_close(conv.weight.permute(0, 2, 3, 1).flatten(1), matrix)


def test_muon_finds_a_matrix() -> None:
    generator = torch.Generator().manual_seed(0)
    wanted, found = torch.randn(8, 8, generator=generator), nn.Parameter(torch.zeros(8, 8))
    optimizer = Muon([found], lr=0.05)
    for _ in range(200):
        optimizer.zero_grad()
        (found - wanted).square().sum().backward()
        optimizer.step()
    assert (found.detach() - wanted).square().mean() < 0.05 * wanted.square().mean()


def test_vectors_are_refused() -> None:
    with pytest.raises(ValueError, match=r"matrices and convolutions.*\(7,\)"):
        Muon([nn.Parameter(torch.zeros(7))], lr=0.1)
