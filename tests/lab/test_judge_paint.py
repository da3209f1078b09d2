# SPDX-License-Identifier: Apache-2.0
"""Painting many prompts: the same pictures however many processes share the work, in every shape, by either path."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rounding import assert_same

from server.engine.models.bundled_profile import BUNDLED, SCENES
from server.lab.evaluate.judge.judge import Judge
from server.lab.evaluate.prompts.held_out import keep
from server.lab.evaluate.prompts.paint import Job, Way, paint, paint_all, read_as
from server.lab.evaluate.prompts.shapes import SHAPES, at_world_size, shaped_prompts
from server.lab.evaluate.prompts.speed import shortest
from server.lab.training.frames import Frame

FOLDER = BUNDLED / SCENES
SMALL = Frame(width=64, height=32)
TEXTS = ["the moon", "a boat on a lake", "two clouds", "snow", "a house"]


def test_processes_change_nothing_but_the_time() -> None:
    way, heard = Way(steps=1, scale=1.0), list[int]()
    alone, taken = paint_all(
        FOLDER, TEXTS, way, frame=SMALL, on_pictures=lambda done, _p: heard.append(done)
    )
    shared, _ = paint_all(FOLDER, TEXTS, way, frame=SMALL, processes=2)
    assert alone.shape == (5, 32, 64, 3)
    assert_same(shared, alone)
    assert heard == [4, 5]
    assert taken.computing > 0
    assert len({picture.tobytes() for picture in alone}) == 5


def test_half_precision_is_nearly_the_same() -> None:
    ways = (Way(steps=2), Way(steps=2, half=True))
    jobs = [Job(folder=FOLDER, way=w, frame=SMALL, texts=("snow",), seed=1) for w in ways]
    full, half = (paint(job)[0].astype(np.float32) for job in jobs)
    assert 0 < np.abs(full - half).mean() < 4


def test_a_fast_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for name in ("unet", "vae", "text_encoder", "tokenizer", "scheduler"):
        (tmp_path / name).symlink_to(FOLDER / name)
    with pytest.raises(ValueError, match="no few-step LoRA"):
        paint_all(tmp_path, ["snow"], Way(fast=True), frame=SMALL)


def test_words_go_to_a_model_as_the_engine_gives_them() -> None:
    assert read_as(FOLDER, ["a castle, the moon"]) == ["the moon"]


@pytest.mark.parametrize("frame", SHAPES, ids=str)
def test_the_evaluator_reads_renders_of_other_shapes(frame: Frame) -> None:
    asked, true = shaped_prompts(frame, 8)
    assert true.shape == (8, frame.height, frame.width, 3)
    seen = at_world_size(true)
    assert max(seen.shape[1:3]) == 256
    shares = keep(asked, Judge.load().facts(seen))
    assert shares["all claims"].part >= 0.88


def test_impossible_ways_are_refused() -> None:
    with pytest.raises(ValueError, match="steps"):
        Way(steps=0)
    with pytest.raises(ValueError, match="guidance"):
        Way(scale=0.5)
    with pytest.raises(ValueError, match="process"):
        paint_all(FOLDER, ["snow"], Way(), processes=0)


def test_the_shortest_run_counts_and_the_first_only_warms_up() -> None:
    runs: list[int] = []
    taken = shortest(lambda: runs.append(1), repeats=2)
    assert len(runs) == 3
    assert 0 <= taken.computing < 1
