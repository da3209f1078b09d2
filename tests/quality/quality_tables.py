# SPDX-License-Identifier: Apache-2.0
"""Tables of one method on drawn cases, shown where a test fails and by `-s`."""

from __future__ import annotations

from server.engine.engine import Engine
from server.lab.evaluate.cases import draw_cases
from server.lab.evaluate.quality import Table, tables

FEW = (2026, 6)
"""Seed and number of cases; a third of them drags of mountain tops, boats and things in the air each."""


def shown(table: Table) -> str:
    """One line of figures."""
    numbers = "  ".join(f"{name} {value:.2f}" for name, value in table.summary.items())
    return f"{table.method} {table.kind}: {numbers}  failed: {', '.join(table.failed) or 'nothing'}"


def tables_of(method: str, engine: Engine, seed: int, count: int) -> list[Table]:
    """A table for moves and one for drags."""
    found = tables(method, draw_cases(seed, count), engine)
    for table in found:
        print(shown(table))  # noqa: T201 - shown by pytest when a test fails, and by `-s`
    assert {table.kind for table in found} == {"move", "drag"}
    return found
