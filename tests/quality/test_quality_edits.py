# SPDX-License-Identifier: Apache-2.0
"""Edits of held-out scenes against their true answers; stand-ins must fail where ours passes."""

from __future__ import annotations

import pytest

from server.engine.engine import Engine
from server.lab.evaluate.cases import Case, draw_cases
from server.lab.evaluate.methods import METHODS, MUST_FAIL
from server.lab.evaluate.quality import Table, tables

FEW = (2026, 6)
MANY = (2027, 42)
"""Seed and number of cases; a third of them drags of mountain tops, boats and things in the air each."""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def _shown(table: Table) -> str:
    numbers = "  ".join(f"{name} {value:.2f}" for name, value in table.summary.items())
    return f"{table.method} {table.kind}: {numbers}  failed: {', '.join(table.failed) or 'nothing'}"


def _tables(method: str, engine: Engine, cases: list[Case]) -> list[Table]:
    found = tables(method, cases, engine)
    for table in found:
        print(_shown(table))  # noqa: T201 - shown by pytest when a test fails, and by `-s`
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("method", [m for m in METHODS if m != "preview"])
def test_few_scenes(method: str, engine: Engine) -> None:
    _verdict(method, _tables(method, engine, draw_cases(*FEW)))


@pytest.mark.quality
@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("method", METHODS)
def test_many_scenes(method: str, engine: Engine) -> None:
    _verdict(method, _tables(method, engine, draw_cases(*MANY)))


def _verdict(method: str, found: list[Table]) -> None:
    assert {table.kind for table in found} == {"move", "drag"}
    for table in found:
        if method == "ours":
            assert table.passed, _shown(table)
        elif method in MUST_FAIL:
            assert not table.passed, _shown(table)
