# SPDX-License-Identifier: Apache-2.0
"""Heads: the same for good, and their landmarks lie where the picture shows them."""

import hashlib
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.lab.heads import (
    FIELDS,
    HELD_OUT,
    NAMES,
    Head,
    draw,
    head_at,
    head_of_z,
    landmarks,
    portrait,
    sample_head,
    z_of_head,
)
from server.lab.scenes.scene import STYLES

SEEDS = (0, 1, 2, 9, 104, HELD_OUT)


def test_what_a_seed_shows_never_changes() -> None:
    """Models are trained on exactly these heads."""
    pixels = hashlib.sha256()
    for seed in SEEDS:
        pixels.update(draw(sample_head(seed)).tobytes())
    assert pixels.hexdigest()[:16] == "496c159cfeb8601c"
    numbers = hashlib.sha256()
    for seed in range(200):
        numbers.update(repr([f"{v:.6f}" for v in sample_head(seed).places()]).encode())
        spots = [f"{v:.3f}" for one in landmarks(sample_head(seed)) for v in one.spot]
        numbers.update(repr(spots).encode())
    assert numbers.hexdigest()[:16] == "c2588b63fc9c8048"


def test_the_other_styles_never_change_either() -> None:
    drawn = hashlib.sha256()
    for style in STYLES:
        drawn.update(draw(sample_head(9).drawn_as(style), 128).tobytes())
    assert drawn.hexdigest()[:16] == "f5e8df272add56c4"


def test_one_seed_one_head() -> None:
    heads = {sample_head(seed) for seed in range(300)}
    assert len(heads) == 300
    with pytest.raises(ValueError, match="got -1"):
        sample_head(-1)


@given(places=st.lists(st.floats(0, 1), min_size=len(FIELDS), max_size=len(FIELDS)))
def test_places_and_values_are_the_same_thing(places: list[float]) -> None:
    assert np.allclose(head_at(places).places(), places, atol=1e-9)


@given(
    z=st.lists(st.floats(-2.2, 2.2), min_size=64, max_size=64).filter(
        lambda z: sum(v * v for v in z) > 10
    )
)
def test_z_means_a_head_and_can_be_read_back(z: list[float]) -> None:
    head = head_of_z(z)
    known = np.array(head.places())
    again = np.array(head_of_z([3 * v for v in z]).places())
    assert np.allclose(known, again, atol=1e-9)


def test_a_head_gives_a_z_that_means_it() -> None:
    for seed in range(20):
        head = sample_head(seed)
        z = z_of_head(head, 128)
        assert len(z) == 128
        assert np.mean(np.square(z)) == pytest.approx(1)
        assert np.allclose(head_of_z(z).places(), head.places(), atol=1e-6)
    with pytest.raises(ValueError, match="coordinates"):
        head_of_z([0.1] * 3)
    with pytest.raises(ValueError, match="zero"):
        head_of_z([0.0] * 64)


def test_impossible_heads_are_refused_with_the_number() -> None:
    with pytest.raises(ValueError, match=r"yaw lies in -42 … 42, got 50"):
        Head(yaw=50.0)
    assert Head().with_(yaw=50.0).yaw == 42.0
    with pytest.raises(ValueError, match="no hat"):
        Head().with_(hat=1.0)


def test_every_field_shows() -> None:
    """A number that changes nothing would teach a generator nothing."""
    plain = draw(Head(freckles=0.5, bun=0.5), 96).astype(int)
    for field in FIELDS:
        value = (
            field.high
            if getattr(Head(), field.name) < 0.5 * (field.low + field.high)
            else field.low
        )
        other = draw(Head(freckles=0.5, bun=0.5).with_(**{field.name: value}), 96)
        assert (np.abs(other - plain) > 8).sum() > 15, field.name


def test_a_turned_head_moves_its_nose_before_its_ears() -> None:
    """Parallax: what lies nearer moves farther."""
    before, after = (dict(_spots(Head(yaw=yaw))) for yaw in (0.0, 20.0))
    moved = {name: after[name][0] - before[name][0] for name in before}
    assert moved["nose tip"] > moved["left eye inner"] > moved["left ear"]
    assert moved["nose tip"] > 15
    up = dict(_spots(Head(pitch=15.0)))
    assert up["nose tip"][1] < before["nose tip"][1] - 8


def _spots(head: Head) -> list[tuple[str, tuple[float, float]]]:
    return [(one.name, one.spot) for one in landmarks(head)]


def test_opening_the_mouth_moves_lip_and_chin_only() -> None:
    shut, opened = (dict(_spots(Head(mouth_open=o, smile=0.0))) for o in (0.0, 1.0))
    moved = {name for name in shut if np.hypot(*np.subtract(opened[name], shut[name])) > 1.0}
    assert {"lip lower", "chin"} <= moved
    assert not {name for name in moved if "eye" in name or "brow" in name or "ear" in name}
    assert opened["lip lower"][1] > shut["lip lower"][1] + 10


def test_a_wink_closes_one_eye() -> None:
    spots = dict(_spots(Head(left_eye=0.0)))
    assert np.hypot(*np.subtract(spots["left lid upper"], spots["left lid lower"])) < 1.0
    assert np.hypot(*np.subtract(spots["right lid upper"], spots["right lid lower"])) > 20
    white = (draw(Head(left_eye=0.0)) > 235).all(2)
    x, y = (round(v) for v in spots["left pupil"])
    assert not white[y - 8 : y + 9, x - 10 : x + 11].any()
    x, y = (round(v) for v in spots["right pupil"])
    assert white[y - 12 : y + 13, x - 12 : x + 13].sum() > 20


@pytest.mark.parametrize("seed", [3, 10, 33])
def test_pupils_are_where_the_landmarks_say(seed: int) -> None:
    head = sample_head(seed).with_(left_eye=1.0, right_eye=1.0, fringe=0.0, parting=0.0, yaw=10.0)
    drawn = portrait(head)
    for name in ("left pupil", "right pupil"):
        x, y = drawn.landmarks[name]
        near = drawn.rgb[round(y) - 2 : round(y) + 3, round(x) - 2 : round(x) + 3].astype(int)
        assert np.median(near.max(2)) < 110, (seed, name)


def test_landmarks_scale_with_the_picture() -> None:
    head = sample_head(4)
    small, large = portrait(head, 64).landmarks, portrait(head, 256).landmarks
    assert len(small) == 27
    for name, (x, y) in small.items():
        assert (4 * x, 4 * y) == pytest.approx(large[name])


def test_hidden_landmarks_are_not_seen() -> None:
    front, turned = portrait(Head(fringe=0.2)), portrait(Head(yaw=42.0, fringe=0.2))
    assert {"nose tip", "chin", "mouth left", "mouth right", "left pupil"} <= front.seen
    assert "right ear" not in turned.seen
    assert "left ear" in turned.seen
    share = Counter(name for seed in range(40) for name in portrait(sample_head(seed), 64).seen)
    assert share["nose tip"] == 40
    assert min(share[name] for name in front.landmarks) >= 10, share


def test_parts_are_where_they_belong() -> None:
    drawn = portrait(Head())
    face = drawn.mask("face")
    x, y = (round(v) for v in drawn.landmarks["nose tip"])
    assert face[y, x]
    assert not face[10, 10]
    assert drawn.mask("hair")[70, 128]
    assert drawn.mask("body")[250, 128]
    total = sum(drawn.mask(part).sum() for part in ("background", "body", "face", "hair"))
    assert total == 256 * 256


def test_styles_leave_the_geometry_alone() -> None:
    flat, outlined = portrait(sample_head(5)), portrait(sample_head(5).drawn_as("outlined"))
    assert flat.landmarks == outlined.landmarks
    assert np.array_equal(flat.part, outlined.part)
    assert not np.array_equal(flat.rgb, outlined.rgb)


def test_small_and_large_pictures_agree() -> None:
    head = sample_head(11)
    large = draw(head, 256).reshape(128, 2, 128, 2, 3).mean((1, 3))
    assert np.abs(large - draw(head, 128)).mean() < 3
    with pytest.raises(ValueError, match="got 8"):
        draw(head, 8)


def test_fields_are_named_once() -> None:
    assert len(set(NAMES)) == len(FIELDS) == 35
