# SPDX-License-Identifier: Apache-2.0
"""The procedural world is the same for good, and refuses what it cannot draw."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from server.lab.scenes import HELD_OUT, Scene, Sky, caption, render, sample_scene
from server.lab.scenes.contact_sheet import contact_sheet, truth_sheet
from server.lab.scenes.things import Balloon, Cloud, Mountain

GOLDEN = {
    0: "be703157dbfc1820",
    1: "a0558122073c6ab3",
    2: "d6b8f0887ab968ad",
    3: "526ec85410c3ea18",
    5: "1ab8f69641899615",
    8: "f87384eb0c843dff",
    13: "ebc0575d29cefa77",
    21: "62f03e8225d9c9e1",
    HELD_OUT: "51697ba2aeca5166",
    HELD_OUT + 7: "d2881958455d5044",
}
"""SHA-256 of the pixels: the bundled models were trained on exactly these scenes."""

MANY = [*range(1200), *range(HELD_OUT, HELD_OUT + 300)]


@pytest.mark.parametrize(("seed", "digest"), GOLDEN.items())
def test_pixels_of_a_seed_never_change(seed: int, digest: str) -> None:
    pixels = render(sample_scene(seed)).rgb
    assert hashlib.sha256(pixels.tobytes()).hexdigest()[:16] == digest


def test_scenes_and_captions_of_seeds_never_change() -> None:
    summary = hashlib.sha256()
    for seed in MANY:
        scene = sample_scene(seed)
        places = [(t.name, t.x, t.y, t.size) for t in scene.things]
        summary.update(f"{places}{caption(scene)}{caption(scene, seed)}".encode())
    assert summary.hexdigest()[:16] == "6cb77e79675e17eb"


def test_one_seed_one_scene() -> None:
    assert sample_scene(42) == sample_scene(42)
    assert len({sample_scene(seed) for seed in range(200)}) == 200
    one, two = render(sample_scene(42)), render(sample_scene(42))
    assert np.array_equal(one.rgb, two.rgb)
    assert np.array_equal(one.edges, two.edges)


def test_every_scene_has_something_to_pull() -> None:
    for seed in MANY:
        kinds = {thing.kind for thing in sample_scene(seed).things}
        assert kinds & {"sun", "moon", "balloon", "boat"}, seed
        assert not {"sun", "moon"} <= kinds, seed


def test_the_world_is_varied() -> None:
    scenes = [sample_scene(seed) for seed in MANY]
    for kind, least in (("sun", 0.5), ("moon", 0.15), ("boat", 0.3), ("balloon", 0.4)):
        assert np.mean([any(t.kind == kind for t in s.things) for s in scenes]) > least, kind
    assert 0.04 < np.mean([len(s.things) <= 2 for s in scenes]) < 0.2
    assert {s.sky.kind for s in scenes} == {"day", "sunset", "dusk", "night"}
    assert {(s.ground.kind, s.ground.lake) for s in scenes} == {
        (kind, lake) for kind in ("grass", "sand", "snow") for lake in (False, True)
    }


def test_things_are_large_enough_for_an_eightfold_autoencoder() -> None:
    for seed in MANY:
        for thing in sample_scene(seed).things:
            x0, y0, x1, y1 = thing.box
            assert min(x1 - x0, y1 - y0) >= 12, (seed, thing)
            assert max(x1 - x0, y1 - y0) >= 24, (seed, thing)


def test_sun_and_moon_are_mostly_seen() -> None:
    shares: list[float] = []
    for seed in range(150):
        drawn = render(sample_scene(seed))
        for name in {"sun", "moon"} & set(drawn.masks):
            shares.append(drawn.masks[name].sum() / drawn.full_masks[name].sum(dtype=float))
    assert np.mean(np.array(shares) > 0.5) > 0.93
    assert np.mean(shares) > 0.9


def test_other_sizes_show_the_same_picture() -> None:
    scene = sample_scene(11)
    large = render(scene, 512)
    halved = large.rgb.reshape(256, 2, 256, 2, 3).mean((1, 3))
    assert np.abs(halved - render(scene).rgb).mean() < 0.5
    assert large.centers["sun"][0] == pytest.approx(2 * render(scene).centers["sun"][0])


def test_a_contact_sheet_holds_the_renders() -> None:
    sheet = np.asarray(contact_sheet(range(3, 7), columns=2, size=64, gap=4))
    assert sheet.shape == (2 * 68 + 4, 2 * 68 + 4, 3)
    assert np.array_equal(sheet[72:136, 4:68], render(sample_scene(5), 64).rgb)


def test_impossible_values_are_refused_with_their_numbers() -> None:
    with pytest.raises(ValueError, match="got -1"):
        sample_scene(-1)
    with pytest.raises(ValueError, match="got 8"):
        render(sample_scene(0), 8)
    with pytest.raises(ValueError, match=r"sky blend is 1\.5"):
        Sky(kind="day", blend=1.5)
    with pytest.raises(ValueError, match="balloon1: size is -3"):
        Balloon(name="balloon1", x=1, y=1, size=-3)
    with pytest.raises(ValueError, match=r"cloud1: lobe radius is 0\.4"):
        Cloud(name="cloud1", x=1, y=1, size=40, lobes=((0.0, 0.4),))
    with pytest.raises(ValueError, match="mountain1: height is -10"):
        Mountain(name="mountain1", x=1, y=100, size=90, peak_x=1, peak_y=110)
    scene = sample_scene(0)
    with pytest.raises(ValueError, match="own name"):
        replace(scene, things=(scene.things[0], scene.things[0]))


def test_a_wrong_name_is_answered_with_the_names_there_are() -> None:
    scene = sample_scene(11)
    with pytest.raises(KeyError, match=r"'dragon'.*sun"):
        scene.moved("dragon", 1, 1)
    with pytest.raises(TypeError, match="only a mountain"):
        scene.with_peak("sun", 1, 1)
    with pytest.raises(ValueError, match="factor is 0"):
        scene.scaled("sun", 0)
    with pytest.raises(KeyError, match="no things"):
        Scene(sky=scene.sky, ground=scene.ground).thing("sun")


def test_a_truth_sheet_starts_with_the_scene_and_its_edits() -> None:
    scene = sample_scene(313)
    sheet = np.asarray(truth_sheet(scene, size=64, gap=4))
    assert sheet.shape == (2 * 68 + 4, 4 * 68 + 4, 3)
    assert np.array_equal(sheet[4:68, 4:68], render(scene, 64).rgb)
    pulled = render(scene.with_peak("mountain1", 34, -18), 64).rgb
    assert np.array_equal(sheet[4:68, 208:272], pulled)
