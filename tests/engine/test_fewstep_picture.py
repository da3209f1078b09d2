# SPDX-License-Identifier: Apache-2.0
"""A picture from words in four evaluations, by the real engine on a tiny real model with a few-step LoRA."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from tiny_model import tiny_catalogue

from server.engine.api import Cancelled, EngineError, Step
from server.engine.diffusion.sd15 import Sd15
from server.engine.engine import Engine
from server.lab.training.fewstep.lora import add_lora, write_lora
from server.lab.training.sampling import load_parts


def with_fast(folder: Path, *, jumps: bool = False) -> Engine:
    """An engine whose bundled model has a random few-step LoRA, for consistency sampling or for jumps."""
    catalogue = tiny_catalogue(folder)
    model = folder / "bundled" / "scenes"
    unet = load_parts(model).unet
    with torch.random.fork_rng():
        torch.manual_seed(1)
        added = add_lora(unet, rank=2)
        for one in added.values():
            torch.nn.init.normal_(one.up, std=0.3)
    written = write_lora(model, added, unet)
    if not jumps:
        config = '{"original_inference_steps": 20}'
        (written.parent / "scheduler_config.json").write_text(config, encoding="utf-8")
    return Engine(catalogue, device="cpu")


@pytest.fixture(scope="module", params=["consistency", "jumps"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return with_fast(tmp_path_factory.mktemp("fast"), jumps=request.param == "jumps")


def test_four_evaluations_of_one_row_and_no_guidance(engine: Engine) -> None:
    made = engine.picture("the sun", size=(64, 64))
    assert made.pixels.shape == (64, 64, 3)
    assert made.pixels.dtype == np.float32
    assert 0 <= made.pixels.min() <= made.pixels.max() <= 1
    numbers = made.counter.as_dict()
    assert (numbers["denoise_calls"], numbers["denoise_rows"]) == (4, 4)
    assert made.counter.evaluations == 4


def test_words_seed_and_lora_decide_the_picture(engine: Engine) -> None:
    first = engine.picture("sun", size=(64, 64)).pixels
    assert (engine.picture("the Sun!", size=(64, 64)).pixels == first).all()
    assert (engine.picture("boat", size=(64, 64)).pixels != first).any()
    assert (engine.picture("sun", size=(64, 64), seed=1).pixels != first).any()
    assert engine.picture("sun", size=(64, 64), steps=1).counter.evaluations == 1


def test_sizes_other_than_square(engine: Engine) -> None:
    assert engine.picture("", size=(128, 64)).pixels.shape == (64, 128, 3)
    with pytest.raises(EngineError, match="multiples of 64 pixels, not 100 × 64"):
        engine.picture("", size=(100, 64))


def test_impossible_wishes_are_refused(engine: Engine) -> None:
    for wrong in ({"seed": -1}, {"steps": 0}, {"steps": 17}):
        with pytest.raises(ValueError, match=r"seed|few steps"):
            engine.picture("", **wrong)  # pyright: ignore[reportArgumentType]


def test_the_model_is_itself_again_afterwards(engine: Engine) -> None:
    unet = cast("Sd15", engine.family("scenes")).unet
    before = {name: weight.clone() for name, weight in unet.state_dict().items()}
    engine.picture("sun", size=(64, 64))
    assert all(torch.equal(weight, before[name]) for name, weight in unet.state_dict().items())


def test_each_step_can_be_seen_and_is_the_last_when_stopped(engine: Engine) -> None:
    seen: list[Step] = []

    def on_step(step: Step) -> None:
        seen.append(step)
        if step.phase == "edit" and step.step == 2:
            raise Cancelled

    unet = cast("Sd15", engine.family("scenes")).unet
    calls: list[int] = []
    handle = unet.register_forward_pre_hook(lambda *_: calls.append(1))
    with pytest.raises(Cancelled):
        engine.picture("sun", size=(64, 64), on_step=on_step)
    handle.remove()
    assert len(calls) == 2
    preview = seen[-1].preview
    assert preview is not None
    assert preview().picture.pixels.shape == (64, 64, 3)


def test_unknown_words_are_told(engine: Engine) -> None:
    (note,) = engine.picture("a castle, the sun", size=(64, 64)).notes
    assert "“castle”" in note.message


def test_a_model_without_a_fast_path_says_what_to_do(tmp_path: Path) -> None:
    engine = Engine(tiny_catalogue(tmp_path), device="cpu")
    with pytest.raises(EngineError, match="Put an LCM-LoRA"):
        engine.picture("sun", size=(64, 64))


def test_a_lora_of_another_model_is_refused(tmp_path: Path) -> None:
    engine = with_fast(tmp_path)
    file = tmp_path / "bundled" / "scenes" / "fast" / "pytorch_lora_weights.safetensors"
    raw = file.read_bytes()
    file.write_bytes(raw.replace(b"unet.mid_block", b"unet.mad_block"))
    with pytest.raises(EngineError, match="another network"):
        engine.picture("sun", size=(64, 64))
