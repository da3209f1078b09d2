# SPDX-License-Identifier: Apache-2.0
"""`pullbrush bench …`: the figures that the promises are about, so that anybody can repeat them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from server.cli.problem import FAILED, Problem
from server.cli.streams import console
from server.worker.threads import calm

UNITS = {"displacement": "px", "ghost": "", "hole": "levels", "seam": "levels", "region": "levels"}


def write_json(place: Path | None, figures: Mapping[str, Any]) -> None:
    """Write figures where they were asked for."""
    if place is None:
        return
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    except OSError as problem:
        raise Problem(f"{place} cannot be written: {problem.strerror}.", code=FAILED) from None


def transport(side: int, repeats: int, place: Path | None) -> None:
    """Round trips of pixels; see `transport`."""
    from .transport import bench

    if not (16 <= side <= 8192 and 1 <= repeats <= 1000):
        raise Problem("--side must be 16 to 8192 and --repeats 1 to 1000.")
    screen = console()
    write_json(place, bench(side, repeats, lambda text: screen.print(text)))


def parity(fixtures: Path, place: Path | None) -> None:
    """Every stored case of a known family against its published numbers."""
    calm()
    from server.lab.evaluate.parity.report import CaseReport, passed, run_cases

    if not fixtures.is_dir():
        raise Problem(
            f"There is no folder {fixtures}; name one with case.json files: --fixtures DIR."
        )
    try:
        reports = run_cases(fixtures)
    except FileNotFoundError as problem:
        raise Problem(f"{problem}.".replace("..", "."), code=FAILED) from None
    table = Table(box=None, header_style="bold")
    for head in ("case", "family", "worst tensor", "error", "allowed", ""):
        table.add_column(head, overflow="fold")

    def row(report: CaseReport) -> tuple[str, ...]:
        worst = report.worst
        numbers = ("", "", "") if worst is None else _check(worst)
        return (report.case, report.family, *numbers, _verdict(report.status, report.note))

    for report in reports:
        table.add_row(*row(report))
    console().print(table)
    good = passed(reports)
    write_json(place, {"passed": good, "cases": [_report(report) for report in reports]})
    if not good:
        raise typer.Exit(1)


def _check(check: Any) -> tuple[str, str, str]:
    return (check.name, f"{check.error:.2e}", f"{check.tolerance:.0e}")


def _report(report: Any) -> dict[str, Any]:
    checks = [
        {"name": c.name, "error": c.error, "tolerance": c.tolerance, "ok": c.ok}
        for c in report.checks
    ]
    return {
        "case": report.case,
        "family": report.family,
        "status": report.status,
        "note": report.note,
        "checks": checks,
    }


def _verdict(status: str, note: str) -> str:
    mark = {"ok": "[green]ok[/]", "failed": "[red]failed[/]"}.get(status, f"[yellow]{status}[/]")
    return f"{mark} {note}".strip()


def edits(seed: int, scenes: int, method: str, cost_steps: int, place: Path | None) -> None:
    """Edits on scenes drawn from a seed, against the true answers, and their cost."""
    calm()
    from server.engine.api import EngineError
    from server.lab.evaluate.bench import bench_edits
    from server.lab.evaluate.methods import METHODS
    from server.lab.evaluate.quality import THRESHOLDS, Row

    screen = console()
    if method not in METHODS:
        raise Problem(f"--method must be one of {', '.join(METHODS)}, not “{method}”.")

    def on_case(row: Row) -> None:
        m = row.measures
        text = f"  {row.case:32} off by {m.displacement:6.2f} px, ghost {m.ghost:.3f}"
        screen.print(f"{text}, region {m.region:6.2f}, outside {m.outside}")

    try:
        report = bench_edits(
            seed=seed, scenes=scenes, method=method, cost_steps=cost_steps, on_case=on_case
        )
    except ValueError as problem:
        raise Problem(f"{problem}.") from None
    except EngineError as problem:
        raise Problem(problem.message, code=FAILED) from None
    for found in report.tables:
        screen.print(_quality(found.kind, found.method, found.summary, THRESHOLDS[found.kind]))
    if report.cost is not None:
        shares = ", ".join(f"{name} {share:.3f}" for name, share in report.cost.ratios.items())
        screen.print(f"Share of the plain algorithm's cost: {shares}")
    write_json(place, report.as_dict())
    screen.print("passed" if report.passed else "Thresholds were missed.")
    if not report.passed:
        raise typer.Exit(1)


def _quality(kind: str, method: str, summary: Mapping[str, float], limits: Any) -> Table:
    """One table: what was measured beside what is allowed."""
    table = Table(title=f"{kind}, {method}", box=None, header_style="bold", title_justify="left")
    for head in ("measure", "value", "at most", ""):
        table.add_column(head)
    for name, value in summary.items():
        limit = float(getattr(limits, name))
        mark = "[green]✓[/]" if value <= limit else "[red]✗[/]"
        table.add_row(name, f"{value:.3f} {UNITS.get(name, '')}", f"{limit:g}", mark)
    return table
