# SPDX-License-Identifier: Apache-2.0
"""`bench edits`: new scenes from a seed, done by one method and judged, and what an edit costs beside the papers'."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.engine.engine import Engine
from server.lab.evaluate.cases import draw_cases
from server.lab.evaluate.cost import Comparison, compare
from server.lab.evaluate.quality import Row, Table, tables


@dataclass(frozen=True, kw_only=True)
class EditsReport:
    """The tables of one method on scenes drawn from `seed`; `cost` compares with the plain algorithm."""

    seed: int
    scenes: int
    method: str
    tables: tuple[Table, ...]
    cost: Comparison | None

    @property
    def passed(self) -> bool:
        """Whether every table meets its thresholds."""
        return bool(self.tables) and all(table.passed for table in self.tables)

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "seed": self.seed,
            "scenes": self.scenes,
            "method": self.method,
            "passed": self.passed,
            "tables": [table.as_dict() for table in self.tables],
            "cost": None if self.cost is None else self.cost.as_dict(),
        }


def bench_edits(
    *,
    seed: int,
    scenes: int,
    method: str = "ours",
    cost_steps: int = 50,
    engine: Engine | None = None,
    on_case: Callable[[Row], None] = lambda _row: None,
) -> EditsReport:
    """Draw held-out scenes, do them by `method`, measure. `cost_steps` 0 leaves the cost comparison out.

    Raises ValueError for an unknown method or fewer than one scene.
    """
    if scenes < 1:
        raise ValueError(f"at least one scene is needed, not {scenes}")
    engine = engine or Engine()
    cases = draw_cases(seed, scenes)
    found = tables(method, cases, engine, on_case)
    cost = compare(engine, cases[0], cost_steps) if method == "ours" and cost_steps else None
    return EditsReport(seed=seed, scenes=scenes, method=method, tables=tuple(found), cost=cost)
