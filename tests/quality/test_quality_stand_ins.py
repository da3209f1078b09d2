# SPDX-License-Identifier: Apache-2.0
"""What a sound measure must fail: the un-edited picture, a plain warp, no guidance, random noise, random weights.

In a file of its own, so that two processes share the work.
"""

from __future__ import annotations

import pytest
from quality_tables import FEW, shown, tables_of

from server.engine.engine import Engine
from server.lab.evaluate.methods import MUST_FAIL

MORE = (2027, 18)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.mark.parametrize("method", MUST_FAIL)
def test_few_scenes(method: str, engine: Engine) -> None:
    _fails(method, engine, *FEW)


@pytest.mark.quality
@pytest.mark.slow
@pytest.mark.parametrize("method", MUST_FAIL)
def test_more_scenes(method: str, engine: Engine) -> None:
    _fails(method, engine, *MORE)


@pytest.mark.quality
@pytest.mark.slow
def test_the_instant_warp_is_measured_beside_it(engine: Engine) -> None:
    """Shown for comparing; it keeps what is outside."""
    assert all(table.summary["outside"] == 0 for table in tables_of("preview", engine, *MORE))


def _fails(method: str, engine: Engine, seed: int, count: int) -> None:
    for table in tables_of(method, engine, seed, count):
        assert not table.passed, shown(table)
