# SPDX-License-Identifier: Apache-2.0
"""What a generator left out goes along with what it moved; the flow is measured on motions that are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from server.engine.canvas import apply_map, identity_map, resize
from server.engine.edits.gan_detail import with_detail
from server.engine.gan.flow import flow
from server.lab.heads import Head, draw, portrait, sample_head

Floats = NDArray[np.float32]
HEAD = sample_head(1_000_003).with_(yaw=-8, pitch=0, tilt=0, x=0, y=0)
TURNED = HEAD.with_(yaw=8, x=0.04)


def drawn(head: Head, size: int = 128) -> Floats:
    return draw(head, size).astype(np.float32) / 255


def soft(picture: Floats, by: int = 8) -> Floats:
    """As a generator would draw it that knows no detail."""
    side = picture.shape[0]
    return resize(resize(picture, (side // by, side // by), "area"), (side, side), "bicubic")


def planes(picture: Floats) -> torch.Tensor:
    return torch.from_numpy(picture).permute(2, 0, 1)


def test_a_known_motion_is_found() -> None:
    picture = soft(drawn(HEAD), 4)
    here, turn = identity_map((128, 128)), np.deg2rad(4)
    x, y = np.moveaxis(here - 64, -1, 0)
    back = np.stack(
        (np.cos(turn) * x - np.sin(turn) * y + 58, np.sin(turn) * x + np.cos(turn) * y + 67), -1
    ).astype(np.float32)
    found = flow(planes(picture), planes(apply_map(picture, back)))
    true = resize(back - here, (64, 64), "area")
    apart = np.hypot(*np.moveaxis(found.by.permute(1, 2, 0).numpy() * 128 - true, -1, 0))
    face = (slice(20, 44), slice(20, 44))
    assert np.hypot(*np.moveaxis(true[face], -1, 0)).mean() > 6
    assert np.median(apart[face]) < 0.7


def test_detail_goes_where_the_soft_picture_went() -> None:
    """Against the true re-render: the plain sum leaves the old eyes behind."""
    before, after = drawn(HEAD), drawn(TURNED)
    reconstruction, edited = soft(before), soft(after)
    carried = with_detail(before, reconstruction, edited)
    plain = before + edited - reconstruction
    eyes = [round(v) for v in portrait(TURNED, 128).landmarks["left pupil"]]
    near = (slice(eyes[1] - 8, eyes[1] + 9), slice(eyes[0] - 8, eyes[0] + 9))
    errors = [float(np.abs(one[near] - after[near]).mean()) for one in (carried, plain, edited)]
    assert errors[0] < 0.75 * errors[1]
    assert errors[0] < errors[2]


def test_where_nothing_moved_nothing_changes() -> None:
    before = drawn(HEAD)
    reconstruction = soft(before)
    assert np.array_equal(with_detail(before, reconstruction, reconstruction.copy()), before)
    edited = reconstruction.copy()
    edited[100:, :20] += 0.3
    found = with_detail(before, reconstruction, edited)
    assert float(np.abs(found - before)[:60, 40:].mean()) < 1e-3
    larger = resize(before, (200, 200), "bicubic")
    assert np.array_equal(with_detail(larger, reconstruction, reconstruction), larger)


def test_what_is_something_else_now_is_not_believed() -> None:
    before = drawn(HEAD)
    other = np.random.default_rng(0).random((128, 128, 3), np.float32)
    assert float(flow(planes(before), planes(other)).sure.mean()) < 0.2
    with pytest.raises(ValueError, match="pictures of"):
        flow(planes(before), planes(other)[:, :64])
