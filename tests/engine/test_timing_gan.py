# SPDX-License-Identifier: Apache-2.0
"""drag-gan's times are learned in its own units: where an inversion begins, its steps, the iterations of a pull."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import fields

from protocol.edits import DragGan, DragPath
from server.engine.api import Picture, Plan, Ready, Step, ignore_step
from server.engine.edits.drag_gan.plan import SEARCHES, planned
from server.engine.edits.runner import PlanContext
from server.engine.engine import Engine
from server.engine.gan.stylegan2 import Synthesis
from server.engine.models.catalogue import Catalogue
from server.engine.timing.learned import LearnedTimes

SIDE = 64
EDIT = DragGan(
    drags=(DragPath(points=((30.0, 32.0), (40.0, 38.0))),),
    model="fields",
    preset="quick",
    iterations=80,
    placement="over",
)


class Slow:
    """A clock that only a generator's blocks move on: a second each."""

    def __init__(self) -> None:
        self.now = 10.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    clock, real = Slow(), Synthesis.features

    def features(self: Any, ws: Any, last: int, **more: Any) -> Any:
        clock.now += last + 1 - len(more.get("before", ()))
        return real(self, ws, last, **more)

    monkeypatch.setattr(Synthesis, "features", features)
    return clock


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    fields.install(tmp_path, drag={"learning_rate": 0.02, "block": 2, "rows": 10})
    return Catalogue(bundled=tmp_path / "none", folder=lambda: tmp_path, named=dict)


def source(shift: float) -> dict[str, Picture]:
    pixels = fields.as_pixels((32.0 + shift, 30.0))
    where = {"rect": (0, 0, SIDE, SIDE), "document": (SIDE, SIDE)}
    return {"source": Picture(pixels=np.ascontiguousarray(pixels), **where)}


def test_after_two_pulls_the_estimate_is_within_a_quarter(
    catalogue: Catalogue, tmp_path: Path, slow: Slow
) -> None:
    file = tmp_path / "times.json"
    engine = Engine(catalogue, device="cpu", times=file, clock=slow)

    def plan() -> Plan:
        ready = Ready(models=frozenset({"fields"}))
        context = PlanContext(catalogue=catalogue, times=LearnedTimes(file), ready=ready)
        return planned(EDIT, (SIDE, SIDE), None, context)

    def run(shift: float, on_step: Any = ignore_step) -> float:
        began = slow.now
        engine.run(EDIT, source(shift), on_step)
        return slow.now - began

    assert plan().eta_guessed
    run(0.0)
    run(0.5)
    told, seen = plan(), list[Step]()
    assert not told.eta_guessed
    assert told.eta_ms / 1000 == pytest.approx(run(1.0, seen.append), rel=0.25)
    bar = [step.fraction or 0.0 for step in seen]
    assert bar == sorted(bar)
    assert bar[-1] == 1.0
    assert max(b - a for a, b in itertools.pairwise(bar)) < 0.2, "no phase is skipped over"
    again = told.inverted
    assert again is not None
    assert again.eta_ms / 1000 == pytest.approx(run(1.0), rel=0.35), "it is inverted already"
    assert again.eta_ms < 0.7 * told.eta_ms


def test_a_plan_of_the_same_pull_names_the_evaluations_that_its_result_does(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    """Inversion and pull, and the pull alone when the picture is known; one that is cut short, too."""
    file = tmp_path / "times.json"
    engine = Engine(catalogue, device="cpu", times=file)
    ready = Ready(models=frozenset({"fields"}))

    def plan(edit: DragGan) -> Plan:
        context = PlanContext(catalogue=catalogue, times=LearnedTimes(file), ready=ready)
        return planned(edit, (SIDE, SIDE), None, context)

    first = engine.run(EDIT, source(0.0), ignore_step).metrics
    told = plan(EDIT)
    assert told.inverted is not None
    assert told.evaluations == first["evaluations"] == sum(SEARCHES["quick"]) + first["frames"]
    again = engine.run(EDIT, source(0.0), ignore_step).metrics
    assert told.inverted.evaluations == again["evaluations"] == again["frames"]
    short = replace(EDIT, iterations=3)
    cut = plan(short).inverted
    assert cut is not None
    assert cut.evaluations == engine.run(short, source(0.0), ignore_step).metrics["evaluations"]
