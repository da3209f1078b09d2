# SPDX-License-Identifier: Apache-2.0
"""`pullbrush models convert`: a checkpoint from a person's folder, good and evil."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from cli_helpers import Run
from rounding import assert_same, assert_same_weights

from server.engine.gan.config import GeneratorConfig
from server.engine.gan.stylegan2 import Generator
from server.engine.models.stylegan2 import load_generator

CONFIG = GeneratorConfig(z_dim=8, w_dim=12, mapping_layers=2, channels=(8, 8, 4))
EVIL = b"cos\nsystem\n(S'touch unpickled'\ntR."


def test_a_checkpoint_becomes_a_model_that_is_listed(pullbrush: Run, tmp_path: Path) -> None:
    file, models = tmp_path / "Lions 2.pt", tmp_path / "models"
    torch.manual_seed(0)
    generator = Generator(CONFIG)
    torch.save(generator.state_dict(), file)  # noqa: TID251 - what other people's programs write
    done = pullbrush("models", "convert", file, "--license", "CC0", PULLBRUSH_MODELS=str(models))
    assert done.returncode == 0, done.stderr
    assert "16 x 16" in done.stdout
    loaded = load_generator(models / "Lions-2")
    assert loaded.about["source"]["license"] == "CC0"
    z = torch.ones(1, 8)
    assert_same_weights(loaded.generator.state_dict(), generator.state_dict())
    assert_same(loaded.generator(z), generator.requires_grad_(False)(z))
    listed = pullbrush("models", "--check", PULLBRUSH_MODELS=str(models), COLUMNS="200")
    assert "Lions-2" in listed.stdout
    assert loaded.sha256[:16] in listed.stdout
    config = models / "Lions-2" / "config.json"
    config.write_text(json.dumps({"family": "stylegan2", "generator": {}}), encoding="utf-8")
    spoiled = pullbrush("models", PULLBRUSH_MODELS=str(models), COLUMNS="200")
    assert "Convert the checkpoint again" in spoiled.stdout


def test_a_checkpoint_that_runs_something_is_refused_by_name(
    pullbrush: Run, tmp_path: Path
) -> None:
    file = tmp_path / "lions.pkl"
    file.write_bytes(EVIL)
    done = pullbrush("models", "convert", file, PULLBRUSH_MODELS=str(tmp_path / "models"))
    assert done.returncode == 1
    assert "os.system" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "models").iterdir())
    assert not Path("unpickled").exists()


def test_a_drag_is_measured_beside_the_published_loop(pullbrush: Run, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    done = pullbrush("bench", "draggan", "--size", "128", "--steps", "2", "--json", figures)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(figures.read_text(encoding="utf-8"))
    assert found["passed"]
    assert found["same_handles"]
    assert found["operations_ratio"] < 0.7
    assert found["ours_ms"] > 0
    for wrong in (("--size", "9"), ("--width", "huge"), ("--steps", "0"), ("--model", "nobody")):
        refused = pullbrush("bench", "draggan", *wrong)
        assert refused.returncode == (1 if "nobody" in wrong else 2), refused.stderr
        assert "Traceback" not in refused.stderr
