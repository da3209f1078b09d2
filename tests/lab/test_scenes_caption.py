# SPDX-License-Identifier: Apache-2.0
"""Captions say what is there, in words that the vocabulary lists."""

import re

import pytest

from server.lab.scenes import caption, sample_scene, vocabulary

SEEDS = [*range(700), *range(1_000_000, 1_000_100)]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text)


def test_the_vocabulary_covers_every_caption_and_nothing_more() -> None:
    known = set(vocabulary())
    used: set[str] = set()
    for seed in SEEDS:
        scene = sample_scene(seed)
        for say in (None, seed, seed + 1):
            text = caption(scene, say)
            assert re.fullmatch(r"[a-z]+((, | )[a-z]+)*", text), text
            used.update(words(text))
    assert used <= known, used - known
    assert known <= used, known - used
    assert len(known) <= 120
    assert list(vocabulary()) == sorted(known)


def test_captions_fit_a_text_encoder() -> None:
    longest = max(
        len(re.findall(r"[a-z]+|,", caption(sample_scene(seed), say)))
        for seed in SEEDS
        for say in (None, seed)
    )
    assert longest <= 62  # of 77 places, two go to start and end


@pytest.mark.parametrize("say", [None, 1, 2])
def test_captions_name_what_is_there_and_nothing_else(say: int | None) -> None:
    for seed in SEEDS[:300]:
        scene = sample_scene(seed)
        said = set(words(caption(scene, say)))
        kinds = {thing.kind for thing in scene.things}
        assert ("moon" in said) == ("moon" in kinds), seed
        assert ("sun" in said) == ("sun" in kinds), seed
        assert ("boat" in said) == ("boat" in kinds), seed
        assert bool(said & {"balloon", "balloons"}) == ("balloon" in kinds), seed
        assert bool(said & {"mountain", "mountains"}) == ("mountain" in kinds), seed
        assert bool(said & {"house", "houses"}) == ("house" in kinds), seed
        assert bool(said & {"tree", "trees"}) == ("tree" in kinds), seed
        assert bool(said & {"lake", "water"}) == scene.ground.lake, seed
        for thing in scene.things:
            if thing.kind in ("balloon", "boat"):
                assert thing.colors[0] in said, seed


def test_canonical_phrases() -> None:
    assert caption(sample_scene(311)) == (
        "the sun over a snowy brown mountain by day, "
        "a house with a red roof and three round trees on green meadow"
    )
    assert caption(sample_scene(311)) == caption(sample_scene(311), None)


def test_seeds_vary_the_phrase() -> None:
    scene = sample_scene(311)
    assert caption(scene, 5) == caption(scene, 5)
    assert len({caption(scene, say) for say in range(40)}) >= 15
