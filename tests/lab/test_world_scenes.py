# SPDX-License-Identifier: Apache-2.0
"""Scenes of world 2: the same for good, varied, and everything in them plainly seen."""

import hashlib
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.lab.scenes import HELD_OUT, Scene, render, sample_scene
from server.lab.scenes.board import shared_area
from server.lab.scenes.describe import describe, say
from server.lab.scenes.dice import Dice
from server.lab.scenes.facts import HIGH, KINDS, facts
from server.lab.scenes.sample_rich import GAP, MOST, is_clear, sample_rich
from server.lab.scenes.sight import LEAST, in_front, in_sight, seen_share
from server.lab.scenes.things import SIDE

MANY = [*range(500), *range(HELD_OUT, HELD_OUT + 200)]
SCENES = {seed: sample_rich(seed) for seed in MANY}
FACTS = {seed: facts(scene) for seed, scene in SCENES.items()}


def test_scenes_and_captions_of_seeds_never_change() -> None:
    summary = hashlib.sha256()
    for seed in MANY[::3]:
        known = FACTS[seed]
        summary.update(f"{SCENES[seed]}{known}{say(known)}{say(known, seed)}".encode())
    assert describe(SCENES[MANY[3]], 3) == say(FACTS[MANY[3]], 3)
    assert summary.hexdigest()[:16] == "ad45a6f0e274b99e"


def test_one_seed_one_scene() -> None:
    assert sample_rich(42) == sample_rich(42)
    assert len(set(SCENES.values())) == len(MANY)
    with pytest.raises(ValueError, match="got -1"):
        sample_rich(-1)


def test_three_in_ten_are_scenes_of_the_first_world() -> None:
    share = np.mean([scene == sample_scene(seed) for seed, scene in SCENES.items()])
    assert 0.25 < share < 0.35


@pytest.mark.parametrize(
    ("what", "values", "least"),
    [
        ("style", ("flat", "outlined", "watercolor", "pencil"), 0.14),
        ("sky", ("day", "sunset", "dusk", "night", "overcast"), 0.10),
        ("light", ("none", "sun", "moon"), 0.15),
        ("ground", ("grass", "sand", "snow"), 0.15),
        ("mountains", (0, 1, 2, 3), 0.12),
        ("clouds", (0, 1, 2, 3), 0.04),
        ("tint", (None, "blue", "gray", "purple", "brown"), 0.10),
        ("snow", (None, True, False), 0.15),
        ("high", (None, True, False), 0.2),
        ("lake", (True, False), 0.4),
        ("reflection", (True, False), 0.10),
        ("path", (True, False), 0.10),
        ("fence", (True, False), 0.08),
    ],
)
def test_every_attribute_appears_often_enough(
    what: str, values: tuple[object, ...], least: float
) -> None:
    met = Counter(getattr(known, what) for known in FACTS.values())
    assert set(met) == set(values)
    assert min(met.values()) > least * len(MANY), met


def test_every_kind_and_color_appears_often_enough() -> None:
    met = Counter((seen.kind, seen.color) for known in FACTS.values() for seen in known.things)
    wanted = {(kind, color) for kind, colors in KINDS.items() for color in colors or ("",)}
    assert set(met) == wanted
    assert min(met.values()) > 0.02 * len(MANY), met
    for style in ("outlined", "watercolor", "pencil"):
        kinds = {
            seen.kind for known in FACTS.values() if known.style == style for seen in known.things
        }
        assert kinds == set(KINDS), style


def test_scenes_hold_few_things_and_some_hold_hardly_any() -> None:
    numbers = [sum(thing.kind != "cloud" for thing in s.things) for s in SCENES.values()]
    assert max(numbers) <= MOST
    assert 0.1 < np.mean(np.array(numbers) <= 2) < 0.25
    assert np.mean(numbers) > 4


@given(seed=st.integers(0, 2_000_000))
def test_everything_in_a_scene_is_in_sight(seed: int) -> None:
    scene = sample_rich(seed)
    assert is_clear(scene)
    assert in_sight(scene) == scene.things
    known = facts(scene)
    assert len(known.things) == len(scene.things)
    assert known.mountains == known.count("mountain") == len(known.of("mountain"))
    assert known.clouds == len(known.of("cloud"))
    rise = scene.ground.horizon - min((peak.y for peak in known.of("mountain")), default=0.0)
    assert known.high is None or abs(rise - HIGH) >= GAP
    assert known.high in (None, rise > HIGH)


def seen_parts(scene: Scene) -> dict[str, float]:
    """What is seen of each thing, of that part of it that lies in the picture, as drawn."""
    drawn = render(scene, 128)
    return {
        name: float(drawn.masks[name].sum(dtype=float) / max(full.sum(dtype=float), 1.0))
        for name, full in drawn.full_masks.items()
    }


def test_the_drawn_pictures_agree_that_all_is_seen() -> None:
    parts = [share for seed in MANY[::12] for share in seen_parts(SCENES[seed]).values()]
    assert min(parts) >= LEAST
    assert np.mean(parts) > 0.9


def test_geometry_and_pixels_agree_on_how_much_is_seen() -> None:
    apart: list[float] = []
    for seed in range(40):
        scene = sample_scene(seed)
        drawn = seen_parts(scene)
        for thing in scene.things:
            x0, y0, x1, y1 = thing.box
            if x0 >= 0 and y0 >= 0 and x1 <= SIDE and y1 <= SIDE and thing.kind != "mountain":
                guess = seen_share(thing, in_front(scene, thing), scene.ground)
                apart.append(abs(guess - drawn[thing.name]))
    assert np.percentile(apart, 95) < 0.12
    assert max(apart) < 0.3


def test_hidden_things_are_no_facts() -> None:
    scene = next(s for s in SCENES.values() if any(t.kind == "house" for t in s.things))
    house = next(thing for thing in scene.things if thing.kind == "house")
    assert (
        facts(scene.moved(house.name, 600.0, 0.0)).count("house") == facts(scene).count("house") - 1
    )
    sunny = next(s for s in SCENES.values() if facts(s).light == "sun")
    assert facts(sunny.moved("sun", 0.0, 200.0)).light == "none"


def test_things_are_large_enough_and_in_the_picture() -> None:
    first = {seed for seed, scene in SCENES.items() if scene == sample_scene(seed)}
    for seed, scene in SCENES.items():
        for thing in scene.things:
            x0, y0, x1, y1 = thing.box
            assert max(x1 - x0, y1 - y0) >= 24, (seed, thing)
            assert min(x1 - x0, y1 - y0) >= 12, (seed, thing)
            if thing.kind == "person":
                assert y1 - y0 >= 34, (seed, thing)
            if seed not in first and thing.kind != "mountain":
                assert x0 >= 0.0, (seed, thing)
                assert x1 <= SIDE, (seed, thing)


def test_things_stand_where_they_belong() -> None:
    for seed, scene in SCENES.items():
        ground = scene.ground
        for thing in scene.things:
            if thing.kind in ("house", "tree", "car", "person", "fence"):
                assert thing.y > ground.near.height_at(thing.x), (seed, thing)
                assert thing.y <= SIDE, (seed, thing)
            if thing.kind == "boat":
                assert ground.lake, (seed, thing)
                assert ground.horizon < thing.y < ground.near.top, (seed, thing)
            if thing.kind in ("sun", "moon", "cloud", "balloon"):
                assert thing.y < ground.horizon, (seed, thing)
        assert not (ground.reflection and not facts(scene).mountains), seed


def test_little_overlaps() -> None:
    for seed, scene in SCENES.items():
        near = [t for t in scene.things if t.kind in ("boat", "car", "person", "fence", "balloon")]
        for one, other in combinations(near, 2):
            assert shared_area(one.box, other.box) <= 0.0, (seed, one, other)


def test_dice_fall_the_same_everywhere() -> None:
    dice = Dice(7)
    assert [dice.pick({"a": 1, "b": 3}) for _ in range(8)] == list("bbbbbbba")
    assert dice.between(0.0, 10.0) == 3.0
    assert dice.shuffled("abcd") == ["b", "c", "d", "a"]
