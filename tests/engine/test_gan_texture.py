# SPDX-License-Identifier: Apache-2.0
"""Handles on even areas are noticed, and a better place nearby is found."""

from __future__ import annotations

import pytest
import torch

from server.engine.gan.texture import FLAT, grips, texture


def board() -> torch.Tensor:
    """Even gray, an upright edge at column 40, and a checkered patch (rows 8 … 23, columns 8 … 23)."""
    picture = torch.zeros(3, 64, 64)
    picture[:, :, 40:] = 0.8
    checks = (torch.arange(16)[:, None] // 4 + torch.arange(16)[None] // 4) % 2
    picture[:, 8:24, 8:24] = checks * 1.6 - 0.8
    return picture


def test_only_change_in_both_directions_is_texture() -> None:
    strength = texture(board())
    assert float(strength[50, 20]) == 0  # even
    assert float(strength[50, 40]) < FLAT  # an edge can be slid along
    assert float(strength[16, 16]) > 100 * FLAT


def test_flat_handles_are_offered_the_nearest_good_place() -> None:
    good, even, far = grips(board(), [(16, 16), (16.2, 30), (50, 10)], reach=10)
    assert (good.flat, good.better) == (False, (16, 16))
    assert even.flat
    row, column = even.better
    assert 20 <= column < 30
    assert abs(row - 16) <= 4
    assert far.flat
    assert far.better == (50, 10)  # nothing better in reach
    strength = texture(board())
    nearer = [
        (r, c)
        for r in range(64)
        for c in range(64)
        if float(strength[r, c]) >= FLAT
        and (r - 16) ** 2 + (c - 30) ** 2 < (row - 16) ** 2 + (column - 30) ** 2
    ]
    assert not nearer


def test_faint_noise_is_no_texture_and_gray_pictures_are_measured_too() -> None:
    noise = torch.rand(1, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 / 127.5
    assert float(texture(noise).max()) < FLAT
    assert float(texture(board()[:1])[16, 16]) > FLAT


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        grips(board(), [(64, 3)])
    with pytest.raises(ValueError, match="channels"):
        texture(torch.zeros(4, 8, 8))
