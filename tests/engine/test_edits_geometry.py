# SPDX-License-Identifier: Apache-2.0
"""Where drags and moves take things, and what may change: the promises, on real scenes, without any model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from protocol.edits import Drag, DragPath, GuidedEdit, Move
from server.engine.api import EngineError, Picture, Pictures, Rect, Size
from server.engine.canvas import ModelGrid, flatten
from server.engine.edits.guided.functions import GuidedTask
from server.engine.edits.guided.geometry import pasted, similarity
from server.engine.edits.guided.object_mask import thing_under, thing_within
from server.engine.edits.guided.result import painted
from server.engine.edits.guided.runner import GuidedRunner
from server.engine.edits.guided.task import guided_task
from server.engine.edits.guided.task import region_of as region_by
from server.engine.edits.guided.warp_preview import warped
from server.engine.edits.runners import RUNNERS
from server.lab.evaluate.cases import Case, draw_cases

GRID = ModelGrid(native=256, multiple=64, aspect=1.0)


def guided(edit: GuidedEdit) -> GuidedRunner:
    runner = RUNNERS[type(edit)]
    assert isinstance(runner, GuidedRunner)
    return runner


def begin(edit: GuidedEdit, pictures: Pictures, grid: ModelGrid) -> GuidedTask:
    return guided_task(guided(edit).functions, edit, pictures, grid)


def region_of(edit: GuidedEdit, document: Size, selection: Rect | None) -> Rect:
    return region_by(guided(edit).functions, edit, document, selection)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return draw_cases(seed=11, count=6)


def picture(pixels: np.ndarray, rect=None, document=None) -> Picture:
    height, width = pixels.shape[:2]
    return Picture(
        pixels=pixels, rect=rect or (0, 0, width, height), document=document or (width, height)
    )


def plain_scene() -> tuple[np.ndarray, np.ndarray]:
    """A red disc of radius 14 at (90, 100) on a smooth sky; the picture in bytes and the disc's mask."""
    y, x = np.mgrid[0:256, 0:256] + 0.5
    sky = np.stack([60 + y / 4, 90 + y / 4, 200 - y / 8], axis=-1)
    disc = np.hypot(x - 90, y - 100) < 14
    sky[disc] = (220, 30, 20)
    return sky.astype(np.uint8), disc


def test_handles_that_turn_scale_and_shift_are_followed_exactly() -> None:
    starts, turned = [(0.0, 0.0), (10.0, 0.0)], [(5.0, 5.0), (5.0, 25.0)]
    matrix = similarity(starts, turned)
    moved = [matrix[:, :2] @ p + matrix[:, 2] for p in np.array(starts)]
    assert np.allclose(moved, turned)
    assert np.allclose(similarity([(3.0, 4.0)], [(10.0, 1.0)]), [[1, 0, 7], [0, 1, -3]])


def test_a_handle_holds_the_whole_disc_and_nothing_else() -> None:
    pixels, disc = plain_scene()
    area = np.zeros((256, 256), dtype=bool)
    area[60:160, 50:220] = True
    thing = thing_under(pixels / np.float32(255), area, [(88.0, 97.0)])
    assert thing is not None
    assert (thing[disc] > 0.9).all()
    assert (thing > 0.5).sum() < 1.5 * disc.sum()


def test_a_handle_on_the_bare_sky_holds_nothing() -> None:
    pixels, _ = plain_scene()
    area = np.zeros((256, 256), dtype=bool)
    area[60:160, 50:220] = True
    assert thing_under(pixels / np.float32(255), area, [(180.0, 80.0)]) is None


def test_what_runs_out_of_the_area_is_not_taken_along() -> None:
    pixels, _ = plain_scene()
    area = np.zeros((256, 256), dtype=bool)
    area[60:100, 50:220] = True  # cuts the disc in half
    assert thing_under(pixels / np.float32(255), area, [(90.0, 94.0)]) is None


def test_a_rough_selection_means_the_thing_in_it() -> None:
    pixels, disc = plain_scene()
    rough = np.zeros((256, 256), dtype=np.float32)
    rough[78:122, 70:112] = 1.0
    thing = thing_within(pixels / np.float32(255), rough)
    assert thing is not None
    assert (thing[disc] > 0.9).all()
    assert (thing > 0.5).sum() < 1.5 * disc.sum()


def test_results_stay_in_their_region_bit_exactly(cases: list[Case]) -> None:
    for case in cases:
        layer = warped(begin(case.edit, case.pictures(), GRID))
        shown = flatten(case.pictures()["source"], [layer]).pixels[..., :3]
        outside = ~case.allowed()
        assert (shown[outside] == case.source[outside]).all(), case.name
        assert (shown != case.source).any(), case.name


def test_a_plan_promises_at_least_what_changes(cases: list[Case]) -> None:
    for case in cases:
        box = np.nonzero(case.mask)
        selection = (
            int(box[1].min()),
            int(box[0].min()),
            int(np.ptp(box[1]) + 1),
            int(np.ptp(box[0]) + 1),
        )
        x, y, width, height = region_of(case.edit, (256, 256), selection)
        changed = warped(begin(case.edit, case.pictures(), GRID)).picture.rect
        assert x <= changed[0]
        assert y <= changed[1]
        assert changed[0] + changed[2] <= x + width
        assert changed[1] + changed[3] <= y + height


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16", "float32"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_depth_is_moved_in_its_own_depth(dtype: str, channels: int) -> None:
    pixels, disc = plain_scene()
    values = pixels[..., :1] if channels <= 2 else pixels
    if channels in (2, 4):
        values = np.concatenate([values, np.full((256, 256, 1), 255, np.uint8)], axis=-1)
    unit = values / 255.0
    scaled = np.round(unit * np.iinfo(dtype).max) if dtype.startswith("u") else unit
    source = picture(scaled.astype(dtype))
    pictures = {"source": source, "mask": picture((disc * 255).astype(np.uint8)[..., None])}
    layer = warped(begin(Move(dx=60, dy=20), pictures, GRID))
    assert layer.picture.pixels.dtype == np.dtype(dtype)
    shown = flatten(source, [layer]).pixels
    assert np.abs(
        shown[120, 150, 0].astype(float) - source.pixels[100, 90, 0].astype(float)
    ) <= 0.01 * (np.iinfo(dtype).max if dtype.startswith("u") else 1.0)
    assert (shown[:40] == source.pixels[:40]).all()


def test_what_leaves_a_transparent_layer_leaves_it_transparent() -> None:
    _, disc = plain_scene()
    pixels = np.zeros((256, 256, 4), np.uint8)
    pixels[disc] = (220, 30, 20, 255)
    pictures = {
        "source": picture(pixels),
        "mask": picture((disc * 255).astype(np.uint8)[..., None]),
    }
    layer = warped(begin(Move(dx=60, dy=0), pictures, GRID))
    assert layer.placement == "instead"
    shown = flatten(pictures["source"], [layer]).pixels
    assert shown[100, 90, 3] == 0
    assert tuple(shown[100, 150]) == (220, 30, 20, 255)


def test_pins_bend_instead_of_carrying() -> None:
    pixels, _ = plain_scene()
    drag = DragPath(points=((90.0, 100.0), (110.0, 100.0)))
    area = np.zeros((256, 256, 1), np.uint8)
    area[60:160, 50:220] = 255
    pictures = {"source": picture(pixels), "mask": picture(area)}
    free = begin(Drag(drags=(drag,)), pictures, GRID)
    held = begin(Drag(drags=(drag, DragPath(points=((80.0, 100.0),)))), pictures, GRID)
    assert free.geometry.thing is not None
    assert held.geometry.thing is None


def test_objects_leaving_the_picture_do_not_come_back_on_the_other_side() -> None:
    pixels, disc = plain_scene()
    pictures = {
        "source": picture(pixels),
        "mask": picture((disc * 255).astype(np.uint8)[..., None]),
    }
    layer = warped(begin(Move(dx=-90, dy=0), pictures, GRID))
    shown = flatten(pictures["source"], [layer]).pixels
    assert (shown[:, 200:] == pixels[:, 200:]).all()
    assert tuple(shown[100, 2]) == (220, 30, 20)


def test_an_object_moved_out_of_the_picture_is_gone_and_its_place_filled() -> None:
    pixels, disc = plain_scene()
    pictures = {
        "source": picture(pixels),
        "mask": picture((disc * 255).astype(np.uint8)[..., None]),
    }
    layer = warped(begin(Move(dx=900, dy=0), pictures, GRID))
    shown = flatten(pictures["source"], [layer]).pixels
    assert abs(int(shown[100, 90, 0]) - int(pixels[100, 60, 0])) < 12


@pytest.mark.parametrize(
    ("edit", "roles", "words"),
    [
        (Move(dx=5, dy=0), {"source"}, "selected"),
        (
            Drag(drags=(DragPath(points=((5.27, 4.851), (9.0, 9.0))),)),
            {"source", "mask"},
            "outside the selected area, 5 px from the left and 5 px from the top",
        ),
        (Move(dx=5, dy=0), {"mask"}, "no picture"),
        (
            Drag(drags=(DragPath(points=((900.0, 900.0), (909.0, 909.0))),)),
            {"source"},
            "outside the picture",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(edit, roles, words: str) -> None:
    pixels, disc = plain_scene()
    known = {"source": picture(pixels), "mask": picture((disc * 255).astype(np.uint8)[..., None])}
    with pytest.raises(EngineError, match=words) as caught:
        begin(edit, {role: known[role] for role in roles}, GRID)
    assert caught.value.code == "param.invalid"


def test_a_crop_of_a_large_document_is_enough() -> None:
    """16 384 pixels a side: the job holds only what the plan asked for, and gives the same as the whole."""
    pixels, disc = plain_scene()
    rect, document = (9000, 7000, 256, 256), (16384, 16384)
    pictures = {
        "source": picture(pixels, rect, document),
        "mask": picture((disc * 255).astype(np.uint8)[..., None], rect, document),
    }
    there = warped(begin(Move(dx=40, dy=10), pictures, GRID)).picture
    here = warped(
        begin(
            Move(dx=40, dy=10),
            {
                role: replace(p, rect=(0, 0, 256, 256), document=(256, 256))
                for role, p in pictures.items()
            },
            GRID,
        )
    ).picture
    assert there.rect == (here.rect[0] + 9000, here.rect[1] + 7000, *here.rect[2:])
    assert (there.pixels == here.pixels).all()


def sprite(shape: str, dtype: str = "uint8") -> np.ndarray:
    """A red thing about (90, 100) alone on its layer: a soft disc, or a square of half opacity."""
    y, x = np.mgrid[0:256, 0:256] + 0.5
    soft = np.clip((24 - np.hypot(x - 90, y - 100)) / 16, 0, 1)
    square = 128 / 255 * ((abs(x - 90) < 16) & (abs(y - 100) < 16))
    alpha = {"soft disc": soft, "square": square}[shape]
    top = np.iinfo(dtype).max
    pixels = np.zeros((256, 256, 4), dtype)
    pixels[..., 3] = np.rint(alpha * top)
    pixels[pixels[..., 3] > 0, :3] = np.array([0.9, 0.1, 0.1]) * top
    return pixels


def shown_after(edit: Move, pixels: np.ndarray, mask: np.ndarray, *, by_model: bool) -> np.ndarray:
    """The layer after an edit: bent only, or with a model that paints the warp exactly."""
    pictures = {"source": picture(pixels), "mask": picture(mask[..., None])}
    work = begin(edit, pictures, GRID)
    layer = (
        painted(work, pasted(work.frame.view, work.motion), work.frame.view)
        if by_model
        else warped(work)
    )
    return flatten(pictures["source"], [layer]).pixels


@pytest.mark.parametrize("by_model", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("shape", ["soft disc", "square"])
def test_a_selection_of_a_layers_own_transparency_takes_all_of_it_along(
    shape: str, dtype: str, by_model: bool
) -> None:
    pixels = sprite(shape, dtype)
    top = np.iinfo(dtype).max
    mask = np.rint(pixels[..., 3] / top * 255).astype(np.uint8)
    shown = shown_after(Move(dx=60, dy=0), pixels, mask, by_model=by_model)
    off = np.abs(np.roll(pixels[..., 3], 60, axis=1).astype(int) - shown[..., 3]).max()
    assert off <= top / 255, "it arrives with its own opacity and leaves nothing behind"
    seen = shown[..., 3] > 0.1 * top
    assert np.abs(shown[seen][:, 0] / top - 0.9).max() < 0.05


@pytest.mark.parametrize("by_model", [False, True])
def test_what_of_an_object_was_not_selected_stays_where_it_is(by_model: bool) -> None:
    pixels = sprite("square")
    pixels[pixels[..., 3] > 0, 3] = 255
    mask = (pixels[..., 3] * (64 / 255)).astype(np.uint8)
    shown = shown_after(Move(dx=60, dy=0), pixels, mask, by_model=by_model)
    assert shown[100, 150].tolist()[3] == 64
    assert shown[100, 90].tolist()[3] == 191
    assert int(shown[..., 3].astype(int).sum()) == pytest.approx(
        int(pixels[..., 3].astype(int).sum()), rel=0.01
    )


@pytest.mark.parametrize("by_model", [False, True])
@pytest.mark.parametrize("place", [(130, 60, 70, 60), (80, 118, 82, 50), (150, 160, 80, 40)])
def test_nothing_is_left_where_an_object_was_alone(
    place: tuple[int, int, int, int], by_model: bool
) -> None:
    """No haze of what lies beside it on its layer: it would darken what is below, and make the bounds too large."""
    y, x, wide, high = place
    pixels = sprite("soft disc")
    right = pixels[..., 3].copy()
    mask = np.zeros(right.shape, np.uint8)
    pixels[y : y + high, x : x + wide], mask[y : y + high, x : x + wide] = (220, 40, 30, 255), 255
    shown = shown_after(Move(dx=0, dy=-60), pixels, mask, by_model=by_model)
    right[y - 60 : y - 60 + high, x : x + wide] = 255
    assert not shown[right == 0][:, 3].any()
    assert np.abs(shown[..., 3].astype(int) - right).max() <= 1


@pytest.mark.parametrize("by_model", [False, True])
def test_half_of_an_object_arrives_over_what_is_there(by_model: bool) -> None:
    """A half-opaque thing put onto an opaque one of its layer makes no hole in it."""
    pixels = sprite("square")
    pixels[60:140, 140:230] = (20, 200, 20, 255)
    mask = pixels[..., 3].copy()
    mask[:, 130:] = 0
    shown = shown_after(Move(dx=90, dy=0), pixels, mask, by_model=by_model)
    assert shown[100, 180, 3] == 255
    assert shown[100, 90, 3] == 0
    if not by_model:
        assert shown[100, 180, :2] == pytest.approx(np.array([125, 113]), abs=3)


@pytest.mark.parametrize("by_model", [False, True])
def test_a_softly_selected_part_of_an_opaque_layer_is_taken_as_ever(by_model: bool) -> None:
    """Its place is filled from around, as nothing can be left half there."""
    pixels, _ = plain_scene()
    y, x = np.mgrid[0:256, 0:256] + 0.5
    mask = np.clip((26 - np.hypot(x - 90, y - 100)) / 12 * 255, 0, 255).astype(np.uint8)
    own = np.concatenate([pixels, np.full((256, 256, 1), 255, np.uint8)], axis=-1)
    edit = Move(dx=60, dy=0)
    without = shown_after(edit, pixels, mask, by_model=by_model)
    with_alpha = shown_after(edit, own, mask, by_model=by_model)
    assert (with_alpha[..., 3] == 255).all()
    assert np.abs(with_alpha[..., :3].astype(int) - without).max() <= 1
    assert abs(int(without[100, 90, 0]) - int(pixels[100, 50, 0])) < 12
    assert tuple(without[100, 150]) == pytest.approx((220, 30, 20), abs=1)


@pytest.mark.parametrize(
    "edit",
    [
        Move(dx=60, dy=0),
        Drag(drags=(DragPath(points=((90.0, 100.0), (120.0, 100.0))),)),
    ],
)
def test_where_a_layer_is_empty_there_is_nothing_to_take_hold_of(edit) -> None:
    pixels = sprite("square")
    nowhere = np.roll(pixels, 90, axis=0)
    area = np.zeros((256, 256, 1), np.uint8)
    area[80:120, 70:125] = 255
    pictures = {"source": picture(nowhere), "mask": picture(area)}
    with pytest.raises(EngineError, match=r"9\d px from the left .* the layer is empty there"):
        begin(edit, pictures, GRID)
    begin(edit, {**pictures, "source": picture(pixels)}, GRID)
