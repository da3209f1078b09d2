# SPDX-License-Identifier: Apache-2.0
"""Our published mode computes the numbers of the plain algorithm with less work (50 steps: tests/quality)."""

from __future__ import annotations

from pathlib import Path

from tiny_model import tiny_catalogue

from server.engine.engine import Engine
from server.lab.evaluate.cases import draw_cases
from server.lab.evaluate.cost import compare


def test_twenty_published_steps_give_the_same(tmp_path: Path) -> None:
    engine = Engine(tiny_catalogue(tmp_path), device="cpu")
    found = compare(engine, draw_cases(seed=3, count=1)[0], steps=20)
    assert found.apart < 1e-3
    assert found.again.rows < found.first.rows < found.naive.rows
