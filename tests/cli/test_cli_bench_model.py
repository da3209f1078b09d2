# SPDX-License-Identifier: Apache-2.0
"""`bench model` in small: every column and figure is there, and what is no model is refused in a sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cli_helpers import Run

from server.engine.models.bundled_profile import BUNDLED, SCENES
from server.lab.evaluate.prompts.held_out import Share
from server.lab.evaluate.prompts.paint import Time
from server.lab.evaluate.prompts.row import Inversion, Row, read_earlier


def test_the_model_bench_writes_its_figures(pullbrush: Run, tmp_path: Path) -> None:
    place, sheet = tmp_path / "model.json", tmp_path / "sheets" / "made.png"
    options = ("--prompts", "3", "--steps", "2", "--inversions", "0", "--sheet", sheet)
    done = pullbrush("bench", "model", "--model", BUNDLED / SCENES, *options, "--json", place)
    assert done.returncode == 0, done.stderr
    assert "guidance 3" in done.stdout
    assert sheet.read_bytes().startswith(b"\x89PNG")
    figures = json.loads(place.read_text())
    assert (figures["prompts"], figures["steps"], figures["inversion"]) == (3, 2, None)
    assert figures["shapes"] == []
    true, encoded, other, made = figures["rows"][:4]
    assert made["name"] == SCENES
    assert made["seconds"]["computing"] > 0
    assert made["frechet"] is None  # three pictures have no covariance
    assert true["claims"]["all claims"]["part"] >= 0.85
    assert encoded["name"] == "through the autoencoder"
    assert other["claims"]["all claims"]["part"] < true["claims"]["all claims"]["part"]
    assert true["claims"]["all claims"]["made"] == made["claims"]["all claims"]["made"]
    speed = figures["speed"]
    assert 0 < speed["encode"]["computing"] < speed["full"]["computing"]


def test_earlier_figures_stand_beside_the_newer_ones(tmp_path: Path) -> None:
    claims = {"style": Share(held=1, made=4)}
    rows = [Row(name=name, claims=claims, frechet=None) for name in ("a", "b", "c")]
    made = Row(name="scenes", claims=claims, frechet=2.5, time=Time(clock=1.0, computing=2.0))
    inversion = {"pictures": 2, "steps": 50, "psnr": 30.0, "ceiling": 36.0}
    stored = {"prompts": 4, "rows": [r.as_dict() for r in (*rows, made)], "inversion": inversion}
    place = tmp_path / "old.json"
    place.write_text(json.dumps(stored), encoding="utf-8")
    found = read_earlier(place)
    assert (found.prompts, found.inversion) == (4, Inversion(**inversion))  # pyright: ignore[reportArgumentType]
    assert found.rows == (replace(made, name="before: scenes"),)
    place.write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match="not written by"):
        read_earlier(place)


def test_the_model_bench_refuses_what_is_no_model(pullbrush: Run, tmp_path: Path) -> None:
    done = pullbrush("bench", "model", "--model", tmp_path, "--prompts", "1")
    assert done.returncode == 2
    assert "no model_index.json" in " ".join(done.stderr.split())
    done = pullbrush("bench", "model", "--model", "rembrandt", "--prompts", "1")
    assert done.returncode == 2
    assert "no model “rembrandt” here" in " ".join(done.stderr.split())
    done = pullbrush("bench", "model", "--scale", "0.5", "--prompts", "1")
    assert done.returncode == 2
    assert "0.5" in done.stderr
