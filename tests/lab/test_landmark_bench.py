# SPDX-License-Identifier: Apache-2.0
"""The landmark benchmark: it measures 0 for the truth, what was moved for the un-edited picture, and knows the warp."""

import numpy as np
import pytest
import torch

from server.engine.gan.config import GeneratorConfig
from server.engine.gan.drag_settings import DragGanSettings
from server.engine.gan.invert import InvertSettings
from server.engine.gan.stylegan2 import Generator
from server.lab.evaluate.gan.inversion import measured, pictures
from server.lab.evaluate.gan.inversion import table as inversion_table
from server.lab.evaluate.landmarks.benchmark import drag_gan, plain_warp, score, table, unedited
from server.lab.evaluate.landmarks.cases import FIVE, LandmarkCase, cases
from server.lab.evaluate.landmarks.diffusion import diffusion_drag
from server.lab.evaluate.landmarks.find import distances, textured


@pytest.fixture(scope="module")
def some() -> list[LandmarkCase]:
    return cases(4, size=128)


def test_cases_are_the_same_again_and_move(some: list[LandmarkCase]) -> None:
    assert [c.z for c in cases(2, size=128)] == [c.z for c in some[:2]]
    for case in some:
        assert set(FIVE) <= set(case.starts) == set(case.ends)
        moved = [np.hypot(*np.subtract(case.ends[n], case.starts[n])) for n in FIVE]
        assert 2 <= np.mean(moved) <= 20
        assert case.before.hair == case.after.hair
        assert not np.array_equal(case.source(), case.truth())


def test_the_truth_is_no_distance_away(some: list[LandmarkCase]) -> None:
    for case in some:
        found = distances(case.truth(), case.truth(), case.ends)
        assert len(found) >= 5
        assert max(found.values()) == 0


def test_a_shift_is_measured_to_the_pixel(some: list[LandmarkCase]) -> None:
    truth = some[0].truth()
    shifted = np.roll(truth, (3, -4), (0, 1))
    found = distances(truth, shifted, {n: some[0].ends[n] for n in FIVE})
    assert list(found.values()) == [5.0] * len(found)


def test_plain_places_are_not_measured() -> None:
    gray = np.full((128, 128, 3), 90, np.uint8)
    edge = gray.copy()
    edge[:, 64:] = 200
    corner = gray.copy()
    corner[64:, 64:] = 200
    spot = {"it": (64.0, 64.0)}
    assert textured(gray, spot) == textured(edge, spot) == ()
    assert textured(corner, spot) == ("it",)


def test_the_unedited_picture_is_as_far_as_the_drag_is_long(some: list[LandmarkCase]) -> None:
    idle, bent = (
        score(name, method, some, "5")
        for name, method in (("idle", unedited), ("warp", plain_warp))
    )
    true = np.mean([np.hypot(*np.subtract(c.ends[n], c.starts[n])) for c in some for n in FIVE])
    assert idle.distance == pytest.approx(true, rel=0.35)
    assert bent.distance < 0.6 * idle.distance
    assert idle.error > 0
    one = score("warp", plain_warp, some, "1")
    assert one.distance < one.everywhere, "a bent nose alone turns no head"
    lines = table([idle, bent]).splitlines()
    assert len(lines) == 4
    assert lines[2].startswith("| idle | ")


def test_a_generator_that_knows_nothing_fails(some: list[LandmarkCase]) -> None:
    torch.manual_seed(0)
    config = GeneratorConfig(z_dim=64, w_dim=16, mapping_layers=2, channels=(16, 16, 16, 8, 8, 8))
    generator = Generator(config).requires_grad_(False)
    drag = drag_gan(generator, DragGanSettings(), 2)
    result = drag(some[0], FIVE)
    assert result.shape == (128, 128, 3)
    assert (
        score("random", drag, some[:1], "5").error
        > 3 * score("idle", unedited, some[:1], "5").error
    )


def test_the_inversion_table_tells_kinds_of_pictures_apart() -> None:
    torch.manual_seed(0)
    config = GeneratorConfig(z_dim=16, w_dim=8, mapping_layers=1, channels=(8, 8, 8))
    generator = Generator(config).requires_grad_(False)
    settings = InvertSettings(candidates=2, w_steps=2, plus_steps=1, tune_steps=2)
    rows = [
        measured(kind, generator, pictures(kind, 1, 16), settings) for kind in ("pencil", "scenes")
    ]
    assert all(row.tuned >= row.projected > 0 for row in rows)
    assert rows[0].projected != rows[1].projected
    assert rows[0].foreign in (0.0, 1.0)
    assert inversion_table(rows).splitlines()[2].startswith("| pencil | ")


@pytest.mark.slow
def test_the_edit_by_diffusion_stands_in_the_table_too() -> None:
    case = cases(1, size=256)[0]
    result = diffusion_drag()(case, ("nose tip",))
    assert result.shape == case.source().shape
    assert not np.array_equal(result, case.source())
