# SPDX-License-Identifier: Apache-2.0
"""Four styles of one scene: other pixels, the same places, textures an autoencoder can learn."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from server.lab.scenes import (
    CLASSES,
    STYLES,
    Ground,
    Hill,
    Path,
    Scene,
    Sky,
    Style,
    may_change,
    render,
)
from server.lab.scenes.contact_sheet import CLASS_COLORS, style_sheet
from server.lab.scenes.page import to_byte
from server.lab.scenes.paper import PAPER, hatched, washed
from server.lab.scenes.scene import SkyKind
from server.lab.scenes.styles import reach
from server.lab.scenes.things import Balloon, Boat, Cloud, House, Moon, Mountain, Sun, Thing, Tree
from server.lab.scenes.things_road import Car, Fence, Person

STROKED = STYLES[1:]
PEAK = Mountain(name="mountain1", x=120, y=160, size=190, peak_x=112, peak_y=60)
LAND: tuple[Thing, ...] = (
    Sun(name="sun", x=206, y=40, size=38),
    Cloud(name="cloud1", x=52, y=52, size=80),
    PEAK,
    Fence(name="fence1", x=58, y=214, size=88),
    Person(name="person1", x=176, y=232, size=54, coat="red"),
    Tree(name="tree1", x=232, y=226, size=60, shape="round"),
    Car(name="car1", x=60, y=246, size=60, color="blue"),
    Balloon(name="balloon1", x=176, y=84, size=50, color="green"),
)
LAKE: tuple[Thing, ...] = (
    Moon(name="moon", x=206, y=40, size=38),
    replace(PEAK, snow=0.0, tint="purple"),
    Boat(name="boat1", x=84, y=192, size=50, sail="red"),
    House(name="house1", x=184, y=246, size=52, roof="blue"),
    Tree(name="tree1", x=232, y=246, size=60, shape="pine"),
    Balloon(name="balloon1", x=60, y=100, size=44, color="yellow", plain=True),
)


def land(style: Style, kind: SkyKind = "day") -> Scene:
    """Everything that stands on land, a path between."""
    ground = Ground(
        kind="grass",
        horizon=160,
        far=Hill(top=156, crest=80, sag=4),
        near=Hill(top=186, crest=150, sag=8),
        path=Path(head=150, foot=110, width=48, bend=-30),
    )
    return Scene(sky=Sky(kind=kind), ground=ground, things=LAND, style=style)


def lake(style: Style) -> Scene:
    """A lake that mirrors a mountain, a balloon and a boat by dusk."""
    ground = Ground(
        kind="sand",
        horizon=164,
        far=Hill(top=157, crest=128, sag=2),
        near=Hill(top=228, crest=190, sag=6),
        lake=True,
        reflection=True,
    )
    return Scene(sky=Sky(kind="dusk", blend=0.25), ground=ground, things=LAKE, style=style)


GOLDEN: dict[tuple[str, Style], str] = {
    ("land", "flat"): "0992cf56e9d7349e",
    ("land", "outlined"): "20ec7f807a25d728",
    ("land", "watercolor"): "0473585435b79216",
    ("land", "pencil"): "91d274f6eaa0034c",
    ("lake", "flat"): "a769bcc9c36a34a9",
    ("lake", "outlined"): "df10a7b0378a5809",
    ("lake", "watercolor"): "5f7ba8cbd966fd93",
    ("lake", "pencil"): "9d6efb76acee72ff",
}
"""SHA-256 of the pixels: the bundled models were trained on exactly this drawing."""


@pytest.mark.parametrize(("which", "style"), GOLDEN)
def test_pixels_of_a_style_never_change(which: str, style: Style) -> None:
    scene = {"land": land, "lake": lake}[which](style)
    pixels = render(scene).rgb
    assert hashlib.sha256(pixels.tobytes()).hexdigest()[:16] == GOLDEN[which, style]


@pytest.mark.parametrize("style", STROKED)
@pytest.mark.parametrize("make", [land, lake])
def test_a_style_changes_the_colors_and_nothing_else(
    make: Callable[[Style], Scene], style: Style
) -> None:
    flat, drawn = render(make("flat")), render(make("flat").drawn_as(style))
    assert np.abs(flat.rgb.astype(int) - drawn.rgb).mean() > 4
    for name, mask in flat.masks.items():
        assert np.array_equal(mask, drawn.masks[name])
        assert np.array_equal(flat.full_masks[name], drawn.full_masks[name])
    for one, other in (
        (flat.depth, drawn.depth),
        (flat.edges, drawn.edges),
        (flat.normals, drawn.normals),
        (flat.segmentation, drawn.segmentation),
    ):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("make", "style", "size"),
    [*((make, style, 256) for make in (land, lake) for style in STYLES), (lake, "watercolor", 128)],
)
def test_edits_change_only_what_they_may(
    make: Callable[[Style], Scene], style: Style, size: int
) -> None:
    scene = make(style)
    before = render(scene, size).rgb
    for name in scene.names:
        edits = [scene.without(name), scene.moved(name, 14.25, -8.5).scaled(name, 1.25)]
        if name == "mountain1":
            edits.append(scene.with_peak(name, 20, -12))
        for after in edits:
            changed = (render(after, size).rgb != before).any(-1)
            allowed = may_change(scene, after, size)
            assert changed.any(), name
            assert not changed[~allowed].any(), name
            if name not in ("sun", "moon", "mountain1"):
                assert changed.sum() > 0.45 * allowed.sum(), (name, changed.sum(), allowed.sum())


@pytest.mark.parametrize("style", STYLES)
def test_strokes_leave_a_thing_by_their_reach_at_most(style: Style) -> None:
    scene = land(style)
    gone = scene.without("balloon1")
    changed = (render(scene).rgb != render(gone).rgb).any(-1)
    ys, xs = np.nonzero(render(scene).full_masks["balloon1"])
    far = reach(style, 256)
    assert far <= 6
    around = np.zeros_like(changed)
    around[ys.min() - far : ys.max() + far + 1, xs.min() - far : xs.max() + far + 1] = True
    assert not changed[~around].any()
    assert (far > 0) == (style != "flat")


def test_another_style_has_no_bounded_change() -> None:
    with pytest.raises(ValueError, match="flat and pencil"):
        may_change(land("flat"), land("pencil"))
    with pytest.raises(ValueError, match="one of flat, outlined, watercolor, pencil, got 'oil'"):
        replace(land("flat"), style="oil")


def test_outlines_are_dark_watercolor_leaves_gaps_and_pencil_pales() -> None:
    light = {style: render(land(style)).rgb.mean(-1) for style in STYLES}
    drawn = render(land("flat"))
    ring = (drawn.full_masks["balloon1"] > 64) & (drawn.full_masks["balloon1"] < 192)
    ring[:, 165:187] = False  # the ropes have no lines
    flat = light["flat"][ring].mean()
    assert light["outlined"][ring].mean() < 0.4 * flat
    assert light["watercolor"][ring].mean() > flat + 15
    assert light["pencil"][ring].mean() < flat - 15
    inside = drawn.masks["mountain1"] == 255
    assert light["pencil"][inside].mean() > light["flat"][inside].mean() + 20


def one_color(red: float, green: float, blue: float) -> NDArray[np.floating]:
    plane = np.ones((1, 256, 256), np.float32)
    return np.concatenate([plane * red, plane * green, plane * blue])


@pytest.mark.parametrize("paint", [(0.86, 0.25, 0.22), (0.05, 0.08, 0.22), (0.58, 0.76, 0.42)])
def test_pencil_strokes_look_alike_in_every_cell_of_eight(paint: tuple[float, ...]) -> None:
    cells = hatched(one_color(*paint)).reshape(3, 32, 8, 32, 8)
    assert np.array_equal(cells, np.broadcast_to(cells[:, :1, :, :1], cells.shape))
    assert 0.02 < cells.std((1, 2, 3, 4)).max() < 0.1


@pytest.mark.parametrize("paint", [(0.86, 0.25, 0.22), (0.05, 0.08, 0.22), (0.58, 0.76, 0.42)])
def test_a_wash_is_smooth_and_weak(paint: tuple[float, ...]) -> None:
    wash = washed(one_color(*paint))
    assert 0.005 < wash.std((1, 2)).max() < 0.06
    assert max(np.abs(np.diff(wash, axis=axis)).max() for axis in (1, 2)) < 0.02


def test_bare_paper_stays_paper() -> None:
    sheet = np.broadcast_to(PAPER, (3, 256, 256))
    assert np.array_equal(washed(sheet), sheet)
    assert np.array_equal(hatched(sheet), sheet)


@pytest.mark.parametrize("style", STYLES)
def test_every_size_shows_the_same_picture(style: Style) -> None:
    large = render(lake(style), 512).rgb.reshape(256, 2, 256, 2, 3).mean((1, 3))
    small = render(lake(style), 128).rgb
    whole = render(lake(style)).rgb
    assert np.abs(large - whole).mean() < 1.6
    assert np.abs(whole.reshape(128, 2, 128, 2, 3).mean((1, 3)) - small).mean() < 4.0


def test_rounding_to_bytes_holds_the_ends() -> None:
    ends = to_byte(np.array([-0.2, 0.0, 0.5, 1.0, 1.3], np.float32))
    assert ends.tolist() == [0, 0, 128, 255, 255]


def test_a_style_sheet_shows_a_scene_in_every_style() -> None:
    sheet = np.asarray(style_sheet([land("flat"), lake("pencil")], size=64, gap=4))
    assert sheet.shape == (2 * 68 + 4, 4 * 68 + 4, 3)
    assert np.array_equal(sheet[72:136, 4:68], render(lake("flat"), 64).rgb)
    assert np.array_equal(sheet[4:68, 208:272], render(land("pencil"), 64).rgb)
    assert len(np.unique(CLASS_COLORS, axis=0)) == len(CLASSES)
