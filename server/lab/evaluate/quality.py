# SPDX-License-Identifier: Apache-2.0
"""The quality tables: cases done by a method, measured against their true answers, and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from server.engine.engine import Engine
from server.lab.evaluate.cases import Case
from server.lab.evaluate.measures import Measures, measure
from server.lab.evaluate.methods import doer


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """What a method must reach on the cases of one kind: medians of displacement, means of the rest."""

    displacement: float
    ghost: float
    hole: float
    seam: float
    region: float
    outside: int = 0


THRESHOLDS = {
    "move": Thresholds(displacement=0.5, ghost=0.05, hole=15.5, seam=16.0, region=12.0),
    "drag": Thresholds(displacement=0.5, ghost=0.13, hole=18.0, seam=22.0, region=24.0),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One case, measured."""

    case: str
    measures: Measures


@dataclass(frozen=True, kw_only=True)
class Table:
    """One method on the cases of one kind: `summary` holds what the thresholds are about."""

    method: str
    kind: str
    rows: tuple[Row, ...]
    summary: dict[str, float]
    failed: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every threshold is met."""
        return not self.failed

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        rows = [{"case": row.case, **asdict(row.measures)} for row in self.rows]
        return {
            "method": self.method,
            "kind": self.kind,
            **self.summary,
            "failed": self.failed,
            "rows": rows,
        }


def tables(
    method: str,
    cases: Sequence[Case],
    engine: Engine,
    on_case: Callable[[Row], None] = lambda _row: None,
) -> list[Table]:
    """Do and measure all cases by one method; one table per kind of edit."""
    do = doer(method, engine)
    rows: dict[str, list[Row]] = {}
    for case in cases:
        row = Row(case=case.name, measures=measured(case, do(case)))
        on_case(row)
        rows.setdefault(case.edit.KIND, []).append(row)
    return [_table(method, kind, found) for kind, found in rows.items()]


def measured(case: Case, edited: np.ndarray) -> Measures:
    """An edited picture uint8 (256, 256, 3) against the case's true answer."""

    def unit(a: np.ndarray) -> np.ndarray:
        return (a / 255.0).astype(np.float32)

    return measure(
        edited=unit(edited),
        source=unit(case.source),
        truth=unit(case.truth),
        object_before=unit(case.object_before),
        object_after=unit(case.object_after),
        allowed=case.allowed(),
    )


def _table(method: str, kind: str, rows: Sequence[Row]) -> Table:
    summary = summarize(row.measures for row in rows)
    wanted = asdict(THRESHOLDS[kind])
    failed = tuple(name for name, limit in wanted.items() if summary[name] > limit)
    return Table(method=method, kind=kind, rows=tuple(rows), summary=summary, failed=failed)


def summarize(measured: Iterable[Measures]) -> dict[str, float]:
    """Median displacement, mean errors, worst number of changed pixels outside."""
    all_ = list(measured)
    return {
        "displacement": float(np.median([m.displacement for m in all_])),
        "ghost": float(np.mean([m.ghost for m in all_])),
        "hole": float(np.mean([m.hole for m in all_])),
        "seam": float(np.mean([m.seam for m in all_])),
        "region": float(np.mean([m.region for m in all_])),
        "outside": float(max(m.outside for m in all_)),
    }
