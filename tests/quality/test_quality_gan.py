# SPDX-License-Identifier: Apache-2.0
"""The bundled generator of heads on held-out heads: pulls against the true re-render, and pictures of one's own."""

from __future__ import annotations

import numpy as np
import pytest

from protocol.edits.drag_gan import BUNDLED_GENERATOR
from server.engine.gan.invert import InvertSettings
from server.engine.models.bundled_profile import BUNDLED
from server.engine.models.stylegan2 import load_generator
from server.lab.evaluate.gan_figures import measure
from server.lab.evaluate.gan_inversion import measured, pictures
from server.lab.evaluate.landmark_cases import cases
from server.lab.evaluate.landmark_drawing import drawing_drag
from server.lab.evaluate.landmarks import plain_warp, score, unedited

pytestmark = [pytest.mark.quality, pytest.mark.slow, pytest.mark.timeout(1800)]
FOLDER = BUNDLED / BUNDLED_GENERATOR


def test_it_draws_the_heads_that_latents_mean() -> None:
    found = measure(load_generator(FOLDER).generator, 64)
    assert found.psnr >= 23.5
    assert found.landmark_pixels <= 11
    assert found.frechet <= 4 * found.frechet_best


def test_pulled_drawings_come_nearer_to_the_true_ones() -> None:
    """Five landmarks of five heads: all landmarks that are seen, and the picture; a warp helps neither as much."""
    chosen = cases(5, z_dim=64, size=256)
    before, warped, pulled = (
        score(name, method, chosen, "5")
        for name, method in (
            ("un-edited", unedited),
            ("plain warp", plain_warp),
            ("drag-gan", drawing_drag(FOLDER, 100)),
        )
    )
    assert pulled.distance <= 0.7 * before.distance
    assert pulled.everywhere <= 0.52 * before.everywhere
    assert pulled.everywhere <= warped.everywhere
    assert pulled.error <= 0.85 * before.error
    assert warped.error > before.error


@pytest.mark.parametrize(("kind", "least"), [("flat", 26.5), ("watercolor", 28.0)])
def test_a_picture_of_ones_own_is_met(kind: str, least: float) -> None:
    generator = load_generator(FOLDER).generator
    settings = InvertSettings()
    row = measured(kind, generator, pictures(kind, 2, generator.config.size), settings)
    assert row.tuned >= least
    assert row.tuned > row.projected
    assert row.foreign == 0


def test_pictures_of_another_world_are_called_foreign() -> None:
    generator = load_generator(FOLDER).generator
    scenes = pictures("scenes", 2, generator.config.size)
    assert np.ptp(scenes[0]) > 0
    assert measured("scenes", generator, scenes, InvertSettings(tune_steps=1)).foreign == 1
