# SPDX-License-Identifier: Apache-2.0
"""What is said of a generator of heads: figures know good from bad, the moving picture shows real steps."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from server.engine.engine import Engine
from server.engine.gan.config import GeneratorConfig
from server.engine.gan.drag import Drag
from server.engine.gan.drag_settings import DragGanSettings
from server.engine.gan.stylegan2 import Generator
from server.engine.models.catalogue import Catalogue
from server.lab.evaluate.gan.figures import heads, landmark_errors, latents, measure, text
from server.lab.evaluate.gan.movie import HANDLE, REST, SHOWN, frames, story, write
from server.lab.evaluate.landmarks.trackers import TRACKERS, PictureTemplate
from server.lab.heads import draw, landmarks
from server.lab.scenes.things import SIDE
from server.lab.training.gan.export import write_model

TINY = GeneratorConfig(z_dim=128, w_dim=16, mapping_layers=1, channels=(8, 8, 8, 8))
SETTINGS = DragGanSettings(block=3)


@pytest.fixture(scope="module")
def generator() -> Generator:
    torch.manual_seed(3)
    return Generator(TINY).requires_grad_(False)


def test_true_landmarks_are_no_distance_away_and_shifted_ones_are() -> None:
    known = heads(latents(2, 64))
    true = np.stack([draw(head, 128) for head in known])
    assert float(landmark_errors(known, true).max()) == 0
    shifted = landmark_errors(known, np.roll(true, 3, axis=2))
    assert np.median(shifted) == pytest.approx(6)
    assert not np.array_equal(latents(1, 64), latents(1, 64, first=1))


def test_the_renderers_own_pictures_are_nearer_than_random_weights(generator: Generator) -> None:
    found = measure(generator, 36)
    assert 0 <= found.frechet_best < 0.5 * found.frechet_worst
    assert found.frechet > 2 * found.frechet_best
    assert 0 < found.psnr < 15
    assert found.landmark_pixels > 1
    assert text(found).count("\n") == 7


def test_every_tracker_begins_where_the_handle_is(generator: Generator) -> None:
    used: list[object] = []
    for exchange in TRACKERS.values():
        ws = generator.mapping.ws(torch.randn(1, 128))
        drag = Drag(generator, ws, [(16, 14)], [(20, 14)], settings=SETTINGS)
        exchange(drag)
        assert drag.step().handles.tolist() == [[16, 14]]
        assert not bool(drag.step().stopped)
        used.append(drag.track)
    assert isinstance(used[-1], PictureTemplate)
    assert len(set(map(type, used))) == len(TRACKERS)


def test_a_story_begins_at_the_landmarks_and_moves_them() -> None:
    told = story(7, "pencil")
    spots = {one.name: one.spot for one in landmarks(told.start)}
    x, y = spots["nose tip"]
    (begin, end), *others = (drag.points for drag in told.drags(0))
    assert begin == pytest.approx((x * SHOWN / SIDE, y * SHOWN / SIDE))
    assert end[0] > begin[0] + 20
    assert len(others) == 3
    assert told.drags(1)[0].points[0] == begin
    assert told.drags(1)[0].points[1] != end
    assert told.start.style == "pencil"


def test_the_moving_picture_shows_previews_of_the_edit(
    generator: Generator, tmp_path: Path
) -> None:
    write_model(tmp_path / "models" / "tiny", generator, how="", found=0.0)
    catalogue = Catalogue(bundled=tmp_path, folder=lambda: tmp_path / "models", named=dict)
    engine = Engine(catalogue, device="cpu")
    shown = frames(engine, story(7), 3, model="tiny", preset="quick")
    assert len(shown) >= len(story(7).acts) * REST
    assert all(one.size == (SHOWN, SHOWN) for one in shown)
    assert HANDLE in {color for _, color in shown[0].getcolors(SHOWN * SHOWN) or ()}
    size = write(tmp_path / "it.webp", shown[::4], quality=50, milliseconds=50)
    assert 1_000 < size < 500_000
    with Image.open(tmp_path / "it.webp") as file:
        assert file.n_frames > 1  # pyright: ignore[reportAttributeAccessIssue]
        assert file.info["loop"] == 0
