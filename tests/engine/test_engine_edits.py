# SPDX-License-Identifier: Apache-2.0
"""The engine on a tiny real checkpoint: what an edit costs, when it stops, what it remembers."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest
import torch
from tiny_model import tiny_catalogue

from protocol.edits import Drag, DragPath, GuidedEdit, Move
from protocol.edits.guided import Method
from server.engine.api import Cancelled, EngineError, Picture, Result, Step, ignore_step
from server.engine.diffusion.sd15 import Sd15
from server.engine.engine import Engine
from server.engine.models.catalogue import Catalogue


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return tiny_catalogue(tmp_path_factory.mktemp("model"))


@pytest.fixture
def engine(catalogue: Catalogue) -> Engine:
    return Engine(catalogue, device="cpu")


def pictures() -> dict[str, Picture]:
    y, x = np.mgrid[0:256, 0:256] + 0.5
    sky = np.stack([60 + y / 4, 90 + y / 4, 200 - y / 8], axis=-1)
    disc = np.hypot(x - 90, y - 100) < 14
    sky[disc] = (220, 30, 20)
    area = np.zeros((256, 256, 1), np.uint8)
    area[60:160, 50:220] = 255
    where = {"rect": (0, 0, 256, 256), "document": (256, 256)}
    return {
        "source": Picture(pixels=sky.astype(np.uint8), **where),
        "mask": Picture(pixels=(disc[..., None] * np.uint8(255)), **where),
        "area": Picture(pixels=area, **where),
    }


def moved() -> tuple[GuidedEdit, dict[str, Picture]]:
    known = pictures()
    return Move(dx=60, dy=20, prompt="the sun", preset="quick"), {
        role: known[role] for role in ("source", "mask")
    }


def dragged() -> tuple[GuidedEdit, dict[str, Picture]]:
    known = pictures()
    path = DragPath(points=((90.0, 100.0), (160.0, 110.0)))
    edit = Drag(drags=(path,), prompt="the sun", preset="quick")
    return edit, {"source": known["source"], "mask": known["area"]}


def layer(result: Result) -> np.ndarray:
    return result.layers[0].picture.pixels


@pytest.mark.parametrize("make", [moved, dragged])
def test_an_edit_at_fifty_steps_costs_what_the_papers_need_and_no_more(
    engine: Engine, make
) -> None:
    """dragging.md 14.2: prepare 50; then 58 guided calls, 8 pushes back, 28 truncated, references once."""
    edit, images = make()
    edit = replace(edit, preset="faithful")
    engine.prepare(edit, images, ignore_step)
    first = engine.run(edit, images, ignore_step).metrics
    again = engine.run(replace(edit, seed=7), images, ignore_step).metrics
    assert "invert_calls" not in first
    assert (first["denoise_calls"], first["renoise_calls"], first["guide_calls"]) == (58, 8, 28)
    assert first["reference_calls"] == 20
    assert "reference_calls" not in again
    assert again["guide_calls"] == 28
    assert again["denoise_rows"] == 116
    assert again["backwards"] == 28


def test_without_a_prompt_the_second_row_is_not_computed(engine: Engine) -> None:
    edit, images = moved()
    metrics = engine.run(replace(edit, prompt=""), images, ignore_step).metrics
    assert metrics["denoise_rows"] == metrics["denoise_calls"]


@pytest.mark.parametrize("make", [moved, dragged])
def test_the_same_recipe_gives_the_same_pixels(engine: Engine, catalogue: Catalogue, make) -> None:
    edit, images = make()
    first = layer(engine.run(edit, images, ignore_step))
    fresh = layer(Engine(catalogue, device="cpu").run(edit, images, ignore_step))
    other = layer(engine.run(replace(edit, seed=5), images, ignore_step))
    assert (first == fresh).all()
    assert (first != other).any()


def test_a_moved_handle_does_not_invert_again(engine: Engine) -> None:
    edit, images = dragged()
    engine.run(edit, images, ignore_step)
    further = replace(edit, drags=(DragPath(points=((90.0, 100.0), (150.0, 90.0))),))
    assert "invert_calls" not in engine.run(further, images, ignore_step).metrics


def test_another_picture_or_prompt_does(engine: Engine) -> None:
    edit, images = moved()
    engine.prepare(edit, images, ignore_step)
    assert (
        engine.run(replace(edit, prompt="a boat"), images, ignore_step).metrics["invert_calls"] == 8
    )
    changed = images["source"].pixels.copy()
    changed[0, 0] += 1
    other = {**images, "source": replace(images["source"], pixels=changed)}
    assert engine.run(edit, other, ignore_step).metrics["invert_calls"] == 8


@pytest.mark.parametrize("stop_at", [1, 5, 12, 20])
def test_cancel_takes_effect_before_the_next_evaluation(engine: Engine, stop_at: int) -> None:
    """Once asked to stop, the engine may not begin another evaluation."""
    edit, images = moved()
    engine.load("scenes", ignore_step)
    calls = 0
    unet = cast("Sd15", engine.family("scenes")).unet
    evaluated: list[int] = []
    handle = unet.register_forward_pre_hook(lambda *_: evaluated.append(calls))

    def on_step(_step: Step) -> None:
        nonlocal calls
        calls += 1
        if calls >= stop_at:
            raise Cancelled

    try:
        with pytest.raises(Cancelled):
            engine.run(edit, images, on_step)
    finally:
        handle.remove()
    assert all(seen < stop_at for seen in evaluated)
    assert engine.run(edit, images, ignore_step).layers


def test_every_step_is_reported_with_a_picture_to_look_at(engine: Engine) -> None:
    edit, images = moved()
    seen: list[Step] = []
    engine.run(edit, images, seen.append)
    phases = list(dict.fromkeys(step.phase for step in seen))
    assert phases == ["load", "encode", "invert", "edit", "decode"]
    last = [step for step in seen if step.phase == "edit"][-1]
    assert last.step == last.steps
    assert last.preview is not None
    shown = last.preview().picture
    assert shown.pixels.dtype == np.uint8
    assert shown.pixels.shape[-1] == 4


@pytest.mark.parametrize(("alpha", "placement"), [(0, "instead"), (255, "over")])
def test_a_step_is_placed_as_the_result_is(engine: Engine, alpha: int, placement: str) -> None:
    """A disc that is moved away on nothing is not seen twice while it is computed."""
    edit, images = moved()
    pixels = images["source"].pixels
    opaque = np.maximum(images["mask"].pixels, np.uint8(alpha))
    images["source"] = replace(images["source"], pixels=np.concatenate([pixels, opaque], axis=-1))
    seen: list[Step] = []
    result = engine.run(edit, images, seen.append)
    shown = [step.preview() for step in seen if step.preview is not None]
    assert {one.placement for one in (*shown, *result.layers)} == {placement}


@pytest.mark.parametrize(("method", "phase"), [
    ("guided", "invert"), ("guided", "edit"), ("guided", "decode"), ("warp", "warp"),
])  # fmt: skip
def test_a_change_while_it_runs_gives_what_the_changed_edit_alone_gives(
    catalogue: Catalogue, method: Method, phase: str
) -> None:
    """However late it comes: the recipe says the changed edit, and has to give the same pixels."""
    engine = Engine(catalogue, device="cpu")
    edit, images = moved()
    edit = replace(edit, method=method)
    newer = replace(edit, dx=30.0)
    told = 0

    def on_step(step: Step):
        nonlocal told
        last = step.step == min(3, step.steps) or phase == "decode"
        if step.phase == phase and last and step.fraction != 1 and not told:
            told += 1
            return newer
        return None

    found = layer(engine.run(edit, images, on_step))
    assert (found == layer(engine.run(newer, images, ignore_step))).all()
    assert told == 1


@pytest.mark.parametrize("make", [moved, dragged])
def test_nothing_changes_outside_the_region(engine: Engine, make) -> None:
    edit, images = make()
    found = engine.run(edit, images, ignore_step).layers[0].picture
    x, y, width, height = found.rect
    if isinstance(edit, Drag):
        allowed = images["mask"].pixels[y : y + height, x : x + width, 0] > 0
        assert not np.asarray(found.pixels)[..., 3][~allowed].any()
    else:
        assert x >= 76 - edit.grow
        assert x + width <= 164 + edit.grow + 1


def test_the_published_form_runs_and_refuses_what_the_reference_refuses(engine: Engine) -> None:
    edit, images = moved()
    published = replace(edit, reference_compat=True)
    assert engine.run(published, images, ignore_step).layers
    with pytest.raises(EngineError, match="As the reference"):
        engine.run(replace(published, dx=200.0, scale=2.0), images, ignore_step)


def test_the_network_is_left_as_it_was(engine: Engine) -> None:
    edit, images = moved()
    engine.load("scenes", ignore_step)
    unet = cast("Sd15", engine.family("scenes")).unet
    before = {name: id(p) for name, p in unet.attn_processors.items()}
    weights = {name: value.clone() for name, value in unet.state_dict().items()}
    engine.run(edit, images, ignore_step)
    assert {name: id(p) for name, p in unet.attn_processors.items()} == before
    assert all(torch.equal(weights[name], value) for name, value in unet.state_dict().items())
    assert not any(p.requires_grad for p in unet.parameters())


def test_unloading_forgets_model_and_inversions(engine: Engine) -> None:
    edit, images = moved()
    engine.run(edit, images, ignore_step)
    assert engine.facts()["models"] == ["scenes"]
    engine.unload("scenes")
    assert engine.facts()["models"] == []
    assert engine.facts()["inversions"] == 0
