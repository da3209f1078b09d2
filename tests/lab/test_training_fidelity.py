# SPDX-License-Identifier: Apache-2.0
"""Figures of an autoencoder: consistent with each other, and right where the answer is known."""

from collections import Counter

import numpy as np
import pytest
import torch

from server.engine.models.autoencoder import AutoencoderConfig, PatchAutoencoder
from server.lab.scenes import HELD_OUT
from server.lab.training.fidelity import DETAIL, DETAILS, detail, measured, widened
from server.lab.training.worlds import RICH

TINY = AutoencoderConfig(width=16, encoder_blocks=1, decoder_blocks=1, middle_width=4, fine_width=4)
PICTURES = 12


def flat_gray() -> PatchAutoencoder:
    """An autoencoder that paints everything in the middle gray, so that its errors are known."""
    model = PatchAutoencoder(TINY).eval()
    for parameter in model.decoder.conv_out.parameters():
        torch.nn.init.zeros_(parameter)
    return model


def test_the_figures_of_a_gray_picture_are_those_of_the_scenes() -> None:
    result, sheet = measured(flat_gray(), RICH, PICTURES)
    styles = Counter(RICH.scene(HELD_OUT + i).style for i in range(PICTURES))
    assert set(result.styles) == set(styles)
    mean = sum(result.styles[style] * n for style, n in styles.items()) / PICTURES
    assert mean == pytest.approx(result.psnr, abs=1e-4)
    assert 2 < result.psnr < 15
    assert all(0 < value < 20 for value in (*result.kinds.values(), result.edges))
    assert result.encode_seconds > 0
    assert result.decode_seconds > 0
    assert sheet.shape == (2 * 8 * DETAIL, 2 * DETAILS * DETAIL, 3)
    assert set(np.unique(sheet[2 * DETAIL : 4 * DETAIL])) <= {0, 128}


def test_a_mask_widens_on_all_sides_and_not_around_the_border() -> None:
    mask = np.zeros((6, 7), bool)
    mask[0, 3] = True
    wide = widened(mask, 2)
    assert wide.sum() == 3 * 5
    assert wide[:3, 1:6].all()


@pytest.mark.parametrize(
    "box", [(-9.0, -4.0, 20.0, 30.0), (100.0, 90.0, 130.0, 120.0), (230.0, 240.0, 260.0, 256.0)]
)
def test_details_lie_inside_the_picture(box: tuple[float, float, float, float]) -> None:
    rows, columns = detail(box)
    for part in (rows, columns):
        assert 0 <= part.start < part.stop <= 256
        assert part.stop - part.start == DETAIL
