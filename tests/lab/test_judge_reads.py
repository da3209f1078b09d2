# SPDX-License-Identifier: Apache-2.0
"""The bundled evaluator reads held-out renders, clean and harmed, and is not talked into seeing what is not there."""

import numpy as np
import pytest

from server.lab.evaluate.frechet import frechet_distance
from server.lab.evaluate.judge.data import Album, drawn
from server.lab.evaluate.judge.facts import WORLD, labels_of
from server.lab.evaluate.judge.judge import WEIGHTS, Judge
from server.lab.evaluate.judge.report import harmed
from server.lab.evaluate.judge.score import Score, score
from server.lab.evaluate.prompts.held_out import drawings, keep, prompts
from server.lab.scenes import HELD_OUT, render
from server.lab.scenes.facts import facts
from server.lab.scenes.sample_rich import sample_rich

COUNT = 48


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge.load()


@pytest.fixture(scope="module")
def album() -> Album:
    return drawn(HELD_OUT + 50_000, COUNT)


@pytest.fixture(scope="module")
def verdict(judge: Judge, album: Album) -> Score:
    return score(judge, album)


def test_the_weights_are_small_and_know_this_world(judge: Judge) -> None:
    assert WEIGHTS.stat().st_size <= 2_500_000
    assert sum(p.numel() for p in judge.net.parameters()) <= 1_000_000
    assert judge.fields == WORLD


def test_it_reads_held_out_scenes(verdict: Score) -> None:
    """The published figures are over 1000 scenes; a few may fall a little lower by chance."""
    assert verdict.mean >= 0.985
    assert verdict.worst[1] >= 0.9, verdict.worst
    assert verdict.found >= 0.98


def test_it_finds_things_where_they_are(verdict: Score) -> None:
    assert verdict.median_error <= 1.2
    assert verdict.error_95 <= 5.0


def test_it_reads_harmed_pictures_nearly_as_well(judge: Judge, album: Album) -> None:
    rough = score(judge, harmed(album, seed=1))
    assert rough.mean >= 0.96
    assert rough.median_error <= 2.0


def test_it_reads_pictures_of_another_shape(judge: Judge) -> None:
    """A wide picture, made of a scene and a quarter of another one, holds what the scene holds."""
    found = all_ = 0
    for seed in range(HELD_OUT + 60_000, HELD_OUT + 60_008):
        scene = sample_rich(seed)
        wide = np.concatenate(
            [render(scene).rgb, render(sample_rich(seed + 50)).rgb[:, :64]], axis=1
        )
        seen = judge.labels(wide[None])[0]
        for spot in labels_of(facts(scene)).spots:
            if spot.x < 208:
                all_ += 1
                found += any(abs(s.x - spot.x) + abs(s.y - spot.y) < 12 for s in seen.of(spot.kind))
    assert found >= 0.85 * all_ > 10


def test_blank_and_noisy_pictures_hold_no_things(judge: Judge) -> None:
    rng = np.random.default_rng(0)
    flat = np.full((6, 256, 256, 3), 0, np.uint8)
    flat += rng.integers(0, 256, (6, 1, 1, 3)).astype(np.uint8)
    noise = rng.integers(0, 256, (4, 256, 256, 3)).astype(np.uint8)
    found = [len(labels.spots) for labels in judge.labels(np.concatenate([flat, noise]))]
    assert np.mean(found) <= 0.5


def test_prompts_hold_of_their_own_pictures_only(judge: Judge) -> None:
    """Renders of the prompts' own scenes, of others, and gray pages: near 1, low, and no thing at all."""
    asked = prompts(COUNT)
    pictures = drawings([prompt.scene for prompt in asked])
    own = keep(asked, judge.facts(pictures))
    other = keep(asked, judge.facts(np.roll(pictures, 1, axis=0)))
    gray = keep(asked, judge.facts(np.full_like(pictures, 150)))
    for sort in ("what is named", "colors of things", "count"):
        assert own[sort].part >= 0.95, sort
        assert other[sort].part <= 0.65, sort
    assert gray["colors of things"].part <= 0.1
    assert gray["presence"].part <= 0.25


def test_features_tell_how_far_pictures_are_from_scenes(judge: Judge) -> None:
    """Distances grow with the harm: other renders, harmed ones, pictures upside down."""
    one, two = drawn(HELD_OUT + 70_000, 96), drawn(HELD_OUT + 71_000, 96)
    base = judge.features(one.pictures)
    assert base.shape == (96, 32)
    near = frechet_distance(base, judge.features(two.pictures))
    rough = frechet_distance(base, judge.features(harmed(two).pictures))
    upside_down = frechet_distance(base, judge.features(two.pictures[:, ::-1].copy()))
    assert near < rough < upside_down
    assert near < upside_down / 2.5


def test_wrong_pictures_are_refused(judge: Judge) -> None:
    with pytest.raises(ValueError, match="uint8"):
        judge.facts(np.zeros((1, 256, 256, 3), np.float32))  # pyright: ignore[reportArgumentType]
