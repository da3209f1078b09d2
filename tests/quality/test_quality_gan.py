# SPDX-License-Identifier: Apache-2.0
"""The bundled generator of heads on held-out heads: pulls against the true re-render, and pictures of one's own."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from protocol.edits import DragGan, DragPath
from protocol.edits.drag_gan import BUNDLED_GENERATOR
from server.engine.api import Picture, ignore_step
from server.engine.engine import Engine
from server.engine.gan.invert import InvertSettings
from server.engine.models.bundled_profile import BUNDLED
from server.engine.models.stylegan2 import load_generator
from server.lab.evaluate.gan.figures import measure
from server.lab.evaluate.gan.inversion import measured, pictures
from server.lab.evaluate.landmarks.benchmark import plain_warp, score, unedited
from server.lab.evaluate.landmarks.cases import cases
from server.lab.evaluate.landmarks.drawing import drawing_drag
from server.lab.heads import HELD_OUT, Head, portrait, sample_head

pytestmark = [pytest.mark.quality, pytest.mark.slow]
FOLDER = BUNDLED / BUNDLED_GENERATOR
PULLED = ("nose tip", "left eye outer", "right eye outer", "chin", "crown")

Pixels = NDArray[np.uint8]


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


def cutout(head: Head, side: int = 512) -> Pixels:
    """A head without its ground, as on a layer of its own: (side, side, 4)."""
    large = portrait(head, 2 * side)
    parts = (large.rgb, 255 * large.mask("body", "face", "hair").astype(np.uint8))
    small = [
        np.asarray(Image.fromarray(one).resize((side, side), Image.Resampling.BOX)) for one in parts
    ]
    return np.dstack(small)


def over_magenta(rgba: Pixels) -> NDArray[np.float32]:
    alpha = rgba[..., 3:].astype(np.float32) / 255
    return alpha * rgba[..., :3] + (1 - alpha) * np.float32((255, 0, 255))


@pytest.mark.parametrize("seed", [33, 40])
def test_a_head_on_a_layer_of_its_own_takes_its_outline_along(seed: int) -> None:
    """Moved by five landmarks, against the true re-render; a colored ground shows where an outline is wrong."""
    heads = [sample_head(HELD_OUT + seed).with_(yaw=-12, pitch=0, tilt=0, x=0, y=0)]
    heads.append(heads[0].with_(yaw=-4, x=16, y=6))
    before, true = (cutout(head) for head in heads)
    side = before.shape[0]
    spots = [portrait(head, side).landmarks for head in heads]
    drags = tuple(DragPath(points=tuple(one[name] for one in spots)) for name in PULLED)
    source = Picture(pixels=before, rect=(0, 0, side, side), document=(side, side))
    edit = DragGan(drags=drags, iterations=100, preset="quick")
    result = Engine(device="cpu").run(edit, {"source": source}, ignore_step)
    assert "gan.outside" not in {note.code for note in result.notes}
    (layer,) = result.layers
    assert layer.placement == "instead"
    seen = [one[..., 3] > 127 for one in (before, layer.picture.pixels, true)]
    overlaps = [(one & seen[2]).sum() / (one | seen[2]).sum() for one in seen]
    assert overlaps[0] < 0.88
    assert overlaps[1] > 0.93
    errors = [
        float(np.square(over_magenta(one) - over_magenta(true)).mean())
        for one in (before, layer.picture.pixels)
    ]
    assert errors[1] < 0.5 * errors[0]


def test_pictures_of_another_world_are_called_foreign() -> None:
    generator = load_generator(FOLDER).generator
    scenes = pictures("scenes", 2, generator.config.size)
    assert np.ptp(scenes[0]) > 0
    assert measured("scenes", generator, scenes, InvertSettings(tune_steps=1)).foreign == 1
