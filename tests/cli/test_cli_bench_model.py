# SPDX-License-Identifier: Apache-2.0
"""`bench model` in small: every column and figure is there, and what is no model is refused in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_helpers import Run

from server.engine.models.bundled_profile import BUNDLED, SCENES

pytestmark = pytest.mark.timeout(240)


def test_the_model_bench_writes_its_figures(pullbrush: Run, tmp_path: Path) -> None:
    place, sheet = tmp_path / "model.json", tmp_path / "sheets" / "made.png"
    options = ("--prompts", "3", "--steps", "2", "--inversions", "0", "--sheet", sheet)
    done = pullbrush("bench", "model", "--model", BUNDLED / SCENES, *options, "--json", place)
    assert done.returncode == 0, done.stderr
    assert "guidance 3" in done.stdout
    assert sheet.read_bytes().startswith(b"\x89PNG")
    figures = json.loads(place.read_text())
    assert (figures["prompts"], figures["steps"], figures["inversion"]) == (3, 2, None)
    true, encoded, other, made = figures["rows"][:4]
    assert made["name"] == SCENES
    assert made["seconds"]["computing"] > 0
    assert made["frechet"] is None  # three pictures have no covariance
    assert true["claims"]["all claims"]["part"] >= 0.85
    assert encoded["name"] == "through the autoencoder"
    assert other["claims"]["all claims"]["part"] < true["claims"]["all claims"]["part"]
    assert true["claims"]["all claims"]["made"] == made["claims"]["all claims"]["made"]


def test_the_model_bench_refuses_what_is_no_model(pullbrush: Run, tmp_path: Path) -> None:
    done = pullbrush("bench", "model", "--model", tmp_path, "--prompts", "1")
    assert done.returncode == 2
    assert "no model_index.json" in " ".join(done.stderr.split())
    done = pullbrush("bench", "model", "--model", "rembrandt", "--prompts", "1")
    assert done.returncode == 2
    assert "no model called “rembrandt”" in " ".join(done.stderr.split())
    done = pullbrush("bench", "model", "--scale", "0.5", "--prompts", "1")
    assert done.returncode == 2
    assert "0.5" in done.stderr
