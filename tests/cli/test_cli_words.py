# SPDX-License-Identifier: Apache-2.0
"""The command line says which words of a prompt a model knows: before, after, and when asked."""

from __future__ import annotations

import json
from pathlib import Path

from cli_helpers import Run

from server.lab.scenes import vocabulary

PROMPT = "A grey Castle, 2 ballons over the sea 🎈"


def test_the_doctor_reads_a_prompt(pullbrush: Run) -> None:
    done = pullbrush("doctor", "--json", "--prompt", PROMPT)
    assert done.returncode == 0, done.stderr
    reads, unknown, read_as = json.loads(done.stdout)["facts"]
    assert reads["text"] == "two balloons over the lake"
    assert unknown["text"].startswith("The model does not know “castle”, “🎈”")
    assert "models --words scenes" in unknown["hint"]
    assert "“ballons” → “balloons”" in read_as["text"]


def test_the_doctor_says_when_all_is_known_or_the_model_is_not_there(pullbrush: Run) -> None:
    good = pullbrush("doctor", "--prompt", "a red balloon")
    assert (good.returncode, "it knows all of them" in good.stdout) == (0, True)
    missing = pullbrush("doctor", "--prompt", "a", "--model", "nix")
    assert missing.returncode == 2
    assert "There is no model “nix”" in missing.stderr


def test_models_lists_the_words(pullbrush: Run) -> None:
    done = pullbrush("models", "--words", "scenes")
    assert set(done.stdout.split()) >= set(vocabulary())
    assert "words" in pullbrush("models").stdout.splitlines()[0]


def test_an_edit_says_it_once_with_the_plan(pullbrush: Run, scene: Path) -> None:
    """The same sentence comes with the plan and with the result."""
    done = pullbrush(
        *("edit", "move", scene, "--mask", scene.with_name("mask.png"), "--by", "12,4"),
        *("--prompt", "a castle and the sun", "--preset", "quick", "-o", scene.with_name("o.png")),
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Note: The model does not know “castle”") == 1
