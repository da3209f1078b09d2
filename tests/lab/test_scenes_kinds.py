# SPDX-License-Identifier: Apache-2.0
"""Cars, people, fences, paths, mirrors and overcast skies: what is said of them is what is drawn."""

import numpy as np
import pytest
from numpy.typing import NDArray

from server.lab.scenes import (
    CLASSES,
    Ground,
    Hill,
    Path,
    Render,
    Scene,
    Sky,
    may_change,
    objects,
    render,
    sample_scene,
)
from server.lab.scenes.mirror import SHINE
from server.lab.scenes.palette import PAINT
from server.lab.scenes.things import Balloon, Boat, Mountain, Sun, Thing
from server.lab.scenes.things_road import Car, Fence, Person

FAR = Hill(top=150, crest=80, sag=3)
MEADOW = Ground(kind="grass", horizon=152, far=FAR, near=Hill(top=176, crest=150, sag=6))
LAKE = Ground(
    kind="grass",
    horizon=160,
    far=Hill(top=152, crest=128, sag=2),
    near=Hill(top=236, crest=128, sag=4),
    lake=True,
)
MIRROR = Ground(kind="grass", horizon=160, far=LAKE.far, near=LAKE.near, lake=True, reflection=True)
NEW: tuple[Thing, ...] = (
    Fence(name="fence1", x=196, y=208, size=88, color="white"),
    Person(name="person1", x=122, y=222, size=56, coat="yellow"),
    Car(name="car1", x=56, y=224, size=62, color="red"),
)


def by_day(ground: Ground, *things: Thing) -> Scene:
    return Scene(sky=Sky(kind="day"), ground=ground, things=things)


def classes_at(drawn: Render, name: str) -> NDArray[np.uint8]:
    return drawn.segmentation == CLASSES.index(name)


@pytest.mark.parametrize("name", ["fence1", "person1", "car1"])
@pytest.mark.parametrize("flipped", [False, True])
def test_boxes_and_masks_of_new_things_agree(name: str, flipped: bool) -> None:
    things = [
        t if t.kind == "fence" or not flipped else type(t)(**{**vars(t), "flipped": True})
        for t in NEW
    ]
    scene = by_day(MEADOW, *things)
    drawn = render(scene)
    ys, xs = np.nonzero(drawn.full_masks[name] > 127)
    found = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
    assert np.abs(np.array(found) - drawn.boxes[name]).max() <= 2.5
    seen = {o.name: o for o in objects(scene)}[name]
    x, y = (int(v) for v in seen.handle)
    assert drawn.full_masks[name][y, x] == 255
    assert drawn.centers[name] == seen.center


@pytest.mark.parametrize("name", ["fence1", "person1", "car1"])
def test_new_things_move_scale_and_go(name: str) -> None:
    scene = by_day(MEADOW, *NEW)
    before, after = render(scene), render(scene.moved(name, 9, -5))
    shifted = np.roll(before.full_masks[name], (-5, 9), (0, 1))
    assert np.abs(shifted.astype(int) - after.full_masks[name]).max() <= 1
    small = render(scene.scaled(name, 0.75)).full_masks[name].sum(dtype=float)
    assert small / before.full_masks[name].sum(dtype=float) == pytest.approx(0.5625, rel=0.05)
    gone = render(scene.without(name))
    changed = (gone.rgb != before.rgb).any(-1)
    assert changed[before.masks[name] == 255].mean() > 0.9
    assert not changed[~may_change(scene, scene.without(name))].any()


@pytest.mark.parametrize("color", ["red", "yellow", "blue", "green"])
@pytest.mark.parametrize("sky", ["day", "sunset", "dusk", "night", "overcast"])
def test_a_cars_and_a_coats_color_are_plain_in_every_light(color: str, sky: str) -> None:
    things = (
        Person(name="person1", x=160, y=222, size=56, coat=color),  # pyright: ignore[reportArgumentType]
        Car(name="car1", x=56, y=224, size=62, color=color),  # pyright: ignore[reportArgumentType]
    )
    scene = Scene(sky=Sky(kind=sky), ground=MEADOW, things=things)  # pyright: ignore[reportArgumentType]
    drawn = render(scene)
    paints = {
        name: hue_of(PAINT[name].ravel() * 255) for name in ("red", "yellow", "blue", "green")
    }
    for x, y in ((160, 222 - 26), (44, 224 - 14)):
        there = hue_of(drawn.rgb[y, x].astype(float))
        nearest = min(paints, key=lambda name: float(np.abs(paints[name] - there).sum()))
        assert nearest == color, (drawn.rgb[y, x], sky)


def hue_of(rgb: NDArray[np.floating]) -> NDArray[np.floating]:
    """A color without its lightness."""
    rest = rgb - rgb.min()
    return rest / rest.max()


def test_the_segmentation_map_agrees_with_the_masks() -> None:
    for seed in range(12):
        scene = sample_scene(seed)
        drawn = render(scene)
        for kind in {t.kind for t in scene.things}:
            area = np.zeros((256, 256), int)
            for thing in scene.things:
                if thing.kind == kind:
                    area += drawn.masks[thing.name]
            here = classes_at(drawn, kind)
            assert here[area > 140].all(), (seed, kind)
            assert not here[area < 60].any(), (seed, kind)
        assert classes_at(drawn, "lake").any() == scene.ground.lake
        assert classes_at(drawn, "sky")[0].mean() > 0.5
    assert len(set(CLASSES)) == len(CLASSES) == 15


def test_a_path_lies_on_the_near_land_and_narrows_towards_its_head() -> None:
    path = Path(head=150, foot=90, width=50, bend=20)
    ground = Ground(kind="grass", horizon=152, far=FAR, near=MEADOW.near, path=path)
    drawn, bare = render(by_day(ground, *NEW)), render(by_day(MEADOW, *NEW))
    here = classes_at(drawn, "path")
    rows = here.sum(1)
    assert rows[:175].sum() == 0
    assert rows[-1] == pytest.approx(50, abs=2)
    assert 0 < rows[182] < 20
    assert np.nonzero(here[-1])[0].mean() == pytest.approx(90, abs=1.5)
    assert classes_at(bare, "land")[here].all()
    assert (drawn.rgb != bare.rgb).any(-1)[here].all()
    assert np.array_equal(drawn.depth, bare.depth)
    assert not here[drawn.masks["person1"] == 255].any()


def test_a_calm_lake_mirrors_what_stands_behind_it() -> None:
    mountain = Mountain(name="mountain1", x=120, y=170, size=170, peak_x=110, peak_y=100)
    scene = by_day(MIRROR, mountain)
    drawn, dull = render(scene).rgb.astype(float), render(by_day(LAKE, mountain)).rgb.astype(float)
    rows = np.arange(164, 230)
    above = drawn[319 - rows]
    expected = dull[rows] + SHINE * (above - dull[rows])
    assert np.abs(drawn[rows] - expected)[:, 4:-4].max() <= 2.0


@pytest.mark.parametrize(
    "thing",
    [
        Sun(name="it", x=60, y=110, size=30),
        Balloon(name="it", x=150, y=100, size=40),
        Boat(name="it", x=128, y=182, size=44),
        Mountain(name="it", x=120, y=166, size=170, peak_x=110, peak_y=96),
    ],
)
def test_a_mirror_image_goes_and_moves_with_its_thing(thing: Thing) -> None:
    scene = by_day(MIRROR, thing)
    gone = scene.without("it")
    changed = (render(scene).rgb != render(gone).rgb).any(-1)
    own = render(scene).full_masks["it"] > 0
    assert changed[190:234][~own[190:234]].sum() > 40, "its image shows in the lake"
    assert not changed[~may_change(scene, gone)].any()
    moved = scene.moved("it", 12, 0)
    both = (render(moved).rgb != render(scene).rgb).any(-1)
    assert not both[~may_change(scene, moved)].any()
    before, after = render(scene).rgb.astype(int), render(moved).rgb.astype(int)
    image = np.roll(changed & ~own, 12, 1)[190:232, 20:-20]
    assert np.abs(np.roll(before, 12, 1) - after)[190:232, 20:-20][image].max() <= 1


def test_a_house_on_the_near_shore_has_no_image() -> None:
    scene = by_day(MIRROR, Car(name="it", x=128, y=246, size=60))
    changed = (render(scene).rgb != render(scene.without("it")).rgb).any(-1)
    assert not changed[render(scene).full_masks["it"] == 0].any()


def test_normals_are_unit_vectors_that_face_the_eye_or_up() -> None:
    ball = Sun(name="sun", x=60, y=60, size=40)
    drawn = render(by_day(MEADOW, ball, *NEW))
    normals = drawn.normals
    assert normals.shape == (256, 256, 3)
    assert normals.dtype == np.float32
    assert np.abs((normals**2).sum(-1) - 1).max() < 1e-5
    assert normals[..., 2].min() >= 0
    assert (normals[classes_at(drawn, "land")] == (0, 1, 0)).all()
    assert (normals[classes_at(drawn, "sky")] == (0, 0, 1)).all()
    assert normals[60, 60] == pytest.approx((0, 0, 1), abs=0.05)
    assert normals[60, 74] == pytest.approx((0.72, 0, 0.69), abs=0.04)
    assert normals[46, 60] == pytest.approx((0, 0.68, 0.73), abs=0.05)


def test_the_two_sides_of_a_mountain_face_apart() -> None:
    mountain = Mountain(name="mountain1", x=128, y=170, size=170, peak_x=128, peak_y=80)
    drawn = render(by_day(MEADOW, mountain))
    row = drawn.normals[130]
    inside = classes_at(drawn, "mountain")[130]
    left, right = np.nonzero(inside)[0][[6, -6]]
    assert row[left][0] < -0.3
    assert row[right][0] > 0.3


def test_an_overcast_sky_is_gray_and_so_is_its_light() -> None:
    gray = render(Scene(sky=Sky(kind="overcast"), ground=MEADOW)).rgb.astype(int)
    blue = render(Scene(sky=Sky(kind="day"), ground=MEADOW)).rgb.astype(int)
    assert np.ptp(gray[20], axis=-1).max() < 30
    assert np.ptp(blue[20], axis=-1).max() > 100
    assert gray[220].mean() < blue[220].mean()


def test_impossible_grounds_are_refused_with_their_numbers() -> None:
    with pytest.raises(ValueError, match="only a lake reflects"):
        Ground(kind="sand", horizon=150, far=FAR, near=MEADOW.near, reflection=True)
    with pytest.raises(ValueError, match="begins at 250"):
        Ground(
            kind="sand",
            horizon=150,
            far=FAR,
            near=Hill(top=250, crest=128, sag=0),
            path=Path(head=128, foot=128),
        )
    with pytest.raises(ValueError, match="path width is 5"):
        Path(head=100, foot=100, width=5)
    with pytest.raises(ValueError, match="path bend is 120"):
        Path(head=100, foot=100, bend=120)
    with pytest.raises(ValueError, match="car1: size is 1"):
        Car(name="car1", x=10, y=10, size=1)
