# SPDX-License-Identifier: Apache-2.0
"""Tracking by template: surroundings are found where one feature is not, and nothing leaves window or picture."""

import pytest
import torch

from server.engine.gan.supervision import Start, nearest
from server.engine.gan.template_tracking import Template, fitted

DICE = torch.Generator().manual_seed(2)


def plain_handle() -> torch.Tensor:
    """Features of 64 pixels that are 0 all round the handle at (20, 30), with texture two pixels away."""
    features = torch.randn(1, 2, 64, 64, generator=DICE)
    features[0, :, 16:25, 26:35] = 0
    return features


def test_surroundings_are_found_where_the_feature_alone_is_not() -> None:
    features = plain_handle()
    start = Start.of(features, 64, torch.tensor([[20, 30]]))
    moved = torch.roll(features, (3, -2), (2, 3))
    assert Template(half=6)(moved, 64, start, start.handles, 5).tolist() == [[23, 28]]
    assert nearest(moved, 64, start, start.handles, 5).tolist() != [[23, 28]]


def test_several_handles_at_once_and_on_maps_of_another_size() -> None:
    features = torch.randn(1, 3, 32, 32, generator=DICE)
    start = Start.of(features, 64, torch.tensor([[20, 30], [41, 12]]))
    moved = torch.roll(features, (2, 1), (2, 3))
    found = Template()(moved, 64, start, start.handles, 6)
    assert found.tolist() == [[24, 32], [45, 14]]
    on_from_there = Template()(moved, 64, start, found, 3)
    assert torch.equal(on_from_there, found)


def test_a_handle_stays_in_its_window_and_on_the_picture() -> None:
    picture = torch.randn(1, 3, 16, 16, generator=DICE)
    corner, far = torch.tensor([[0, 15]]), torch.roll(picture, (-5, 5), (2, 3))
    found = fitted(picture, far, 16, origins=corner, handles=corner, radius=3, half=2)
    assert 0 <= int(found[0, 0]) <= 3
    assert 12 <= int(found[0, 1]) <= 15
    with pytest.raises(ValueError, match="got 0"):
        Template(half=0)
