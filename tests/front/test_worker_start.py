# SPDX-License-Identifier: Apache-2.0
"""The start of a worker's engine: told, changed and cancelled while its libraries are imported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from engine_process import DRAG, Engine, submit

from protocol.client import Client
from protocol.events import Result
from protocol.images import Document
from protocol.messages import JobCancelled, JobPlan, JobProgress
from server.engine.timing.learned import ANY, LearnedTimes, times_path
from server.engine.timing.work import key_of
from server.worker.product_engines import foreseen
from server.worker.starting import NEARLY, Foreseen, Starting
from server.worker.task import Control, Task

Make = Callable[..., Engine]


def told(client: Client, job: str, phase: str) -> JobProgress:
    """Wait for a word of this phase."""
    while True:
        for event in client.receive():
            if isinstance(event, JobProgress) and event.job == job and event.phase == phase:
                return event
        client.sleep(0.05)


@contextmanager
def starting(engine: Engine) -> Iterator[tuple[Client, str]]:
    """A client whose job waits for the engine's start, which goes on only when the gate is opened."""
    engine.close_gate("birth")
    with engine.client() as client:
        client.connect(60)
        job = submit(client)
        told(client, job, "load")
        yield client, job


def test_a_cancel_holds_while_the_engine_starts(make_engine: Make) -> None:
    engine = make_engine("Inverter")
    with starting(engine) as (client, job):
        engine.wait_diary("born", client=client)
        client.cancel(job)
        assert isinstance(client.wait(job, 60), JobCancelled)
        assert len(engine.diary("born")) == 1
        engine.open_gate("birth")
        assert isinstance(client.wait(submit(client), 60), Result)
    assert len(engine.diary("born")) == 1, "it went on starting, and was not started anew"


def test_what_is_changed_while_the_engine_starts_is_what_is_computed(make_engine: Make) -> None:
    engine = make_engine("Inverter")
    with starting(engine) as (client, job):
        rev = client.update(job, {"seed": 77})
        while told(client, job, "load").rev != rev:
            pass
        engine.open_gate("birth")
        result = client.wait(job, 60)
    assert isinstance(result, Result)
    assert result.done.seed == 77


def test_a_job_says_how_the_start_is_that_began_with_a_plan(make_engine: Make) -> None:
    """The worker is woken by the first plan: its start used to be waited for without a word."""
    engine = make_engine("Inverter")
    engine.close_gate("birth")
    with engine.client() as client:
        client.connect(60)
        document = Document(key="document", width=16, height=12)
        client.ask(JobPlan(op="drag", document=document, params=DRAG), 60)
        engine.wait_diary("born", client=client)
        job = submit(client)
        told(client, job, "load")
        engine.open_gate("birth")
        assert isinstance(client.wait(job, 60), Result)
    assert len(engine.diary("born")) == 1


def test_an_engine_that_cannot_be_made_is_tried_again() -> None:
    tries: list[int] = []

    def make() -> object:
        tries.append(1)
        raise ImportError("no such library")

    for _ in range(2):
        starting = Starting(make)  # type: ignore[arg-type]
        for _step in starting.steps(Foreseen()):
            pass
        with pytest.raises(ImportError):
            starting.engine()
    assert len(tries) == 2


def test_the_bar_goes_on_by_what_a_start_took_before() -> None:
    seen = Foreseen(start=6.0, rest=14.0)
    fractions = [seen.step(passed).fraction for passed in (0.0, 3.0, 5.0, 60.0)]
    assert fractions == pytest.approx([0.0, 0.15, 0.25, NEARLY * 0.3])
    assert seen.step(3.0).eta_ms == 17_000


def test_a_start_is_foreseen_from_what_was_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULLBRUSH_DATA", str(tmp_path))
    LearnedTimes(times_path(), "cpu").learn(ANY, {key_of("start", 1): 2.5})
    header = {"op": "drag", "params": DRAG, "document": [256, 256], "selection": None}
    task = Task(id="t", kind="run", header=header, frames=(), control=Control())
    found = foreseen(task)
    assert found.start == 2.5
    assert found.rest > 1
