# SPDX-License-Identifier: Apache-2.0
"""Unknown words do not reach the text encoder, and plan and result say which ones they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from tiny_model import tiny_catalogue

from protocol.edits import Move
from server.engine.api import Note, Picture, Ready, ignore_step
from server.engine.diffusion.sd15 import Sd15
from server.engine.edits.runner import PlanContext
from server.engine.edits.runners import runner_of
from server.engine.engine import Engine
from server.engine.models.catalogue import Catalogue
from server.engine.models.prompt_notes import CUT, READ_AS, UNKNOWN
from server.engine.models.prompt_vocabulary import WORDS
from server.engine.timing.learned import LearnedTimes
from server.lab.scenes import HELD_OUT, caption, sample_scene

EDIT = Move(dx=20, dy=8, prompt="sun", preset="quick")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(tiny_catalogue(tmp_path_factory.mktemp("words")), device="cpu")


@pytest.fixture(scope="module")
def family(engine: Engine) -> Sd15:
    return cast("Sd15", engine.family("scenes"))


@pytest.fixture(scope="module")
def bundled() -> Sd15:
    return cast("Sd15", Engine(Catalogue(), device="cpu").family("scenes"))


def pictures() -> dict[str, Picture]:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (64, 64, 3), np.uint8)
    mask = np.zeros((64, 64, 1), np.uint8)
    mask[10:30, 10:30] = 255
    where = {"rect": (0, 0, 64, 64), "document": (64, 64)}
    return {"source": Picture(pixels=pixels, **where), "mask": Picture(pixels=mask, **where)}


@pytest.mark.parametrize(
    ("prompt", "same_as"),
    [
        ("a castle, the SUN!", "sun"),
        ("boats on the lake 🎈", "boat lake"),
        ("дракон", ""),
        ("dragon " * 5000, ""),
    ],
)
def test_a_model_of_few_words_encodes_only_those(family: Sd15, prompt: str, same_as: str) -> None:
    told, known = (family.encode_text([text]).tokens for text in (prompt, same_as))
    assert torch.equal(told, known)


def test_captions_reach_the_bundled_model_as_they_were_trained(bundled: Sd15) -> None:
    """The same tokens as without any reading: nothing that was tuned or measured changes."""
    for seed in range(HELD_OUT, HELD_OUT + 50):
        said = caption(sample_scene(seed), seed)
        assert bundled.tokenizer(bundled.read(said)).input_ids == bundled.tokenizer(said).input_ids


def test_an_unknown_word_no_longer_moves_the_prediction(bundled: Sd15) -> None:
    """In front of a caption they shifted the first model's by 15 to 90 % of what the caption does, today's by 5 %."""
    said = "a red balloon over snowy mountains at sunset, a calm lake"
    z = torch.randn((1, 4, 32, 32), generator=torch.Generator().manual_seed(0))

    def eps(text: str) -> torch.Tensor:
        return bundled.network(z, 600, bundled.encode_text([text]))

    plain, empty = eps(said), eps("")
    for word in ("masterpiece, ", "trending on artstation, ", "дракон, "):
        assert torch.equal(eps(word + said), plain)
    bundled_read, bundled.read = bundled.read, lambda prompt: prompt
    try:
        shift = (eps("trending on artstation, " + said) - plain).norm() / (plain - empty).norm()
    finally:
        bundled.read = bundled_read
    assert shift > 0.02


def test_a_model_without_a_list_is_told_everything(tmp_path: Path) -> None:
    catalogue = tiny_catalogue(tmp_path)
    folder = tmp_path / "bundled" / "scenes"
    (folder / WORDS).unlink()
    (folder / "hashes.json").unlink()
    engine = Engine(catalogue, device="cpu")
    family = cast("Sd15", engine.family("scenes"))
    castle, empty = (family.encode_text([text]).tokens for text in ("castle", ""))
    assert not torch.equal(castle, empty)
    assert family.beyond("sun, " * 20) == ""
    assert family.beyond("sun, " * 39 + "lake") == "sun, lake"
    notes = engine.run(replace(EDIT, prompt="sun, " * 40 + "Castle"), pictures(), ignore_step).notes
    assert [note.code for note in notes] == [CUT]


def remarks(edit: Move, catalogue: Catalogue) -> tuple[Note, ...]:
    where = {"document": (64, 64), "selection": (10, 10, 20, 20)}
    context = PlanContext(catalogue=catalogue, times=LearnedTimes(), ready=Ready())
    return runner_of(edit).plan(edit, **where, context=context).notes


def test_plan_and_result_name_the_words(engine: Engine) -> None:
    edit = replace(EDIT, prompt="A Castle 🐉, suns")
    said = remarks(edit, engine.catalogue)
    notes = engine.run(edit, pictures(), ignore_step).notes
    assert [note.code for note in notes] == [UNKNOWN, READ_AS]
    assert notes[0].detail == {"words": "“castle”, “🐉”"}
    assert notes[1].message == "The model was told “suns” → “sun”."
    assert set(map(repr, notes)) <= set(map(repr, said))


def test_known_words_and_plain_warps_have_no_remarks(engine: Engine) -> None:
    assert engine.run(EDIT, pictures(), ignore_step).notes == ()
    warp = replace(EDIT, prompt="castle", method="warp")
    assert engine.run(warp, pictures(), ignore_step).notes == ()
    assert remarks(warp, engine.catalogue) == ()


def test_a_prompt_of_unknown_words_costs_what_none_costs(engine: Engine) -> None:
    metrics = engine.run(replace(EDIT, prompt="castle"), pictures(), ignore_step).metrics
    assert metrics["denoise_rows"] == metrics["denoise_calls"]
