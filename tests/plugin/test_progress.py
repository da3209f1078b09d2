# SPDX-License-Identifier: Apache-2.0
"""How far a job is, as every panel and the command line show it: one bar, its phase in words, the time left."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from session_table import Table

from protocol.images import Rect
from protocol.messages import JobPlanned, JobProgress
from protocol.messages.results import Phase
from protocol.plugin.saying import plan_line, progress_line
from protocol.plugin.session.progress import fraction_of
from protocol.plugin.strings import Strings, own_texts
from server.engine import api

ROOT = Path(__file__).parents[2]
WHOLE: Rect = (0, 0, 8, 8)


def told(table: Table, **about: object) -> float:
    """The bar after the engine has said this of the running job."""
    job = table.net.last()
    table.net.inbox.append(JobProgress(job=job.id, seq=1, **about))  # type: ignore[arg-type]
    table.tick()
    return table.session.progress.fraction


def test_the_bar_goes_from_phase_to_phase_and_never_back(table: Table) -> None:
    table.running()
    said = [
        ("load", 1, 4, 0.1),
        ("invert", 0, 20, 0.2),
        ("invert", 20, 20, 0.4),
        ("edit", 0, 20, 0.39),
    ]
    seen = [told(table, phase=p, step=s, steps=n, fraction=f) for p, s, n, f in said]
    assert seen == [0.1, 0.2, 0.4, 0.4]
    table.net.done(table.net.last())
    table.tick()
    assert table.session.progress.fraction == 1.0, "it ends full"


def test_an_engine_that_says_no_fraction_has_one_bar_all_the_same(table: Table) -> None:
    table.running()
    order = [
        ("load", 0),
        ("load", 4),
        ("encode", 0),
        ("invert", 2),
        ("edit", 1),
        ("edit", 4),
        ("decode", 0),
    ]
    seen = [told(table, phase=phase, step=step, steps=4) for phase, step in order]
    assert seen == sorted(seen)
    assert 0.9 < seen[-1] < 1


def test_a_job_that_is_done_once_more_does_not_empty_the_bar(table: Table) -> None:
    table.running()
    assert told(table, phase="edit", step=3, steps=4, fraction=0.7) == 0.7
    table.net.fail(table.net.last(), "worker.lost", "The computing process stopped.")
    table.tick()
    assert told(table, phase="load", step=0, steps=4, fraction=0.0) == 0.7


def test_every_phase_has_a_part_of_the_bar() -> None:
    ends = [fraction_of(phase, 1, 1) for phase in ("load", "encode", "invert", "edit", "decode")]
    assert ends == sorted(ends)
    assert {fraction_of(phase, 0, 1) < fraction_of(phase, 1, 1) for phase in get_args(Phase)} == {
        True
    }


def emitted() -> Iterator[str]:
    """The phases that any runner names when it tells a step."""
    for file in (ROOT / "server").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Step":
                for word in node.keywords:
                    if word.arg == "phase" and isinstance(word.value, ast.Constant):
                        yield str(word.value.value)


def test_every_phase_that_a_runner_tells_is_known_on_the_wire() -> None:
    assert len(set(emitted())) >= 5
    assert set(emitted()) <= set(get_args(Phase))
    assert set(get_args(api.Phase)) == set(get_args(Phase))


@pytest.mark.parametrize("language", sorted(own_texts()))
def test_every_phase_has_its_text_in_every_language(language: str) -> None:
    texts = own_texts()[language]
    assert {f"phase.{phase}" for phase in get_args(Phase)} <= texts.keys()


def test_a_phase_of_one_step_counts_nothing(table: Table) -> None:
    table.running()
    told(table, phase="encode", step=0, steps=1, fraction=0.1, eta_ms=4200)
    line = progress_line(table.session.progress, table.session.status.sentence, Strings())
    assert line == "Looking at the picture … · 5 s left"


@pytest.mark.parametrize("left", [0, 1])
def test_at_its_end_no_time_is_left(table: Table, left: int) -> None:
    table.running()
    told(table, phase="decode", step=1, steps=1, fraction=1.0, eta_ms=left)
    line = progress_line(table.session.progress, table.session.status.sentence, Strings())
    assert line == "Painting …"


def plan(**more: object) -> JobPlanned:
    return JobPlanned(
        read_rect=WHOLE,
        region=(WHOLE,),
        crop=WHOLE,
        model="scenes",
        bytes=1,
        eta_ms=4200,
        **more,  # type: ignore[arg-type]
    )


def test_a_time_that_was_never_measured_is_said_to_be_a_guess() -> None:
    assert " · about 5 s" in plan_line(plan(), {}, Strings())
    said = plan_line(plan(eta_guessed=True), {}, Strings())
    assert "about 5 s (a guess: first time on this machine)" in said
    for language in own_texts():
        strings = Strings(language)
        assert plan_line(plan(eta_guessed=True), {}, strings) != plan_line(plan(), {}, strings)
