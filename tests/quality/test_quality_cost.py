# SPDX-License-Identifier: Apache-2.0
"""Fifty published steps with the bundled model: the same numbers as the plain algorithm, for less (DESIGN §8)."""

from __future__ import annotations

import pytest

from server.engine.engine import Engine
from server.lab.evaluate.cases import draw_cases
from server.lab.evaluate.cost import compare


@pytest.mark.quality
@pytest.mark.slow
def test_fifty_published_steps_cost_less_and_give_the_same() -> None:
    found = compare(Engine(device="cpu"), draw_cases(seed=3, count=1)[0], steps=50)
    assert found.apart < 1e-3
    assert found.ratios["first_forward_equivalents"] <= 0.97
    assert found.ratios["again_forward_equivalents"] <= 0.72
