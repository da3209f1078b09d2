# SPDX-License-Identifier: Apache-2.0
"""Edits of held-out scenes against their true answers."""

from __future__ import annotations

import pytest
from quality_tables import FEW, shown, tables_of

from server.engine.engine import Engine

MANY = (2027, 42)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def test_few_scenes(engine: Engine) -> None:
    _passes(engine, *FEW)


@pytest.mark.quality
@pytest.mark.slow
def test_many_scenes(engine: Engine) -> None:
    _passes(engine, *MANY)


def _passes(engine: Engine, seed: int, count: int) -> None:
    for table in tables_of("ours", engine, seed, count):
        assert table.passed, shown(table)
