# SPDX-License-Identifier: Apache-2.0
"""What a generator left out goes along with what it moved; the flow is measured on motions that are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from server.engine.canvas import apply_map, identity_map, resize
from server.engine.edits.drag_gan.detail import carried
from server.engine.gan.optical_flow import flow
from server.lab.heads import Head, draw, portrait, sample_head

Floats = NDArray[np.float32]
HEAD = sample_head(1_000_003).with_(yaw=-8, pitch=0, tilt=0, x=0, y=0)
TURNED = HEAD.with_(yaw=8, x=0.04)

GRAY = np.float32(0.5)


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
    found = carried(before, reconstruction, edited).colors
    plain = before + edited - reconstruction
    eyes = [round(v) for v in portrait(TURNED, 128).landmarks["left pupil"]]
    near = (slice(eyes[1] - 8, eyes[1] + 9), slice(eyes[0] - 8, eyes[0] + 9))
    errors = [float(np.abs(one[near] - after[near]).mean()) for one in (found, plain, edited)]
    assert errors[0] < 0.75 * errors[1]
    assert errors[0] < errors[2]


def test_where_nothing_moved_nothing_changes() -> None:
    before = drawn(HEAD)
    reconstruction = soft(before)
    still = carried(before, reconstruction, reconstruction.copy())
    assert np.array_equal(still.colors, before)
    assert still.alpha is None
    edited = reconstruction.copy()
    edited[100:, :20] += 0.3
    found = carried(before, reconstruction, edited).colors
    assert float(np.abs(found - before)[:60, 40:].mean()) < 1e-3
    larger = resize(before, (200, 200), "bicubic")
    assert np.array_equal(carried(larger, reconstruction, reconstruction).colors, larger)
    alpha = resize(before[..., 0], (200, 200), "bilinear")
    cut = carried(larger, reconstruction, reconstruction, alpha=alpha)
    assert np.array_equal(cut.colors, larger)
    assert cut.alpha is not None
    assert np.array_equal(cut.alpha, alpha)


def test_an_outline_goes_along() -> None:
    """A head of its own, on nothing; the generator saw it on gray."""
    both = [portrait(head, 128) for head in (HEAD, HEAD.with_(yaw=2, x=12, y=4))]
    alphas = [one.mask("face", "hair").astype(np.float32) for one in both]
    on_gray = [
        GRAY + alpha[..., None] * (one.rgb.astype(np.float32) / 255 - GRAY)
        for one, alpha in zip(both, alphas, strict=True)
    ]
    found = carried(drawn(HEAD), soft(on_gray[0], 4), soft(on_gray[1], 4), alpha=alphas[0])
    assert found.alpha is not None

    def overlap(alpha: Floats) -> float:
        one, other = alpha > 0.5, alphas[1] > 0.5
        return float((one & other).sum() / (one | other).sum())

    assert overlap(alphas[0]) < 0.8
    assert overlap(found.alpha) > 0.96


def test_the_ground_leaves_no_rim() -> None:
    """The ground that the generator saw a red disc on gets lighter: nothing of that is seen at the disc's edge."""
    y, x = np.mgrid[:128, :128] - 63.5
    alpha = (np.hypot(x, y) < 40).astype(np.float32)
    red = np.broadcast_to(np.float32((0.8, 0.1, 0.1)), (128, 128, 3)).copy()
    before, after = (
        soft(ground + alpha[..., None] * (red - ground))
        for ground in (GRAY, GRAY + np.float32(0.3))
    )
    found = carried(red, before, after, alpha=alpha)
    assert np.abs(found.colors - red)[alpha > 0].max() < 0.04
    assert np.abs(carried(red, before, after).colors - red)[alpha > 0].max() > 0.1


def test_what_is_something_else_now_is_not_believed() -> None:
    before = drawn(HEAD)
    other = np.random.default_rng(0).random((128, 128, 3), np.float32)
    assert float(flow(planes(before), planes(other)).sure.mean()) < 0.2
    with pytest.raises(ValueError, match="pictures of"):
        flow(planes(before), planes(other)[:, :64])
