# SPDX-License-Identifier: Apache-2.0
"""How far a job is and how long it takes, from a worker's words to the client's, through the real processes."""

from __future__ import annotations

from collections.abc import Callable

from engine_process import DRAG, Engine, submit
from fakes.engine import STEPS

from protocol.client import Client
from protocol.events import Result
from protocol.images import Document
from protocol.messages import JobPlan, JobPlanned, JobProgress, ModelLoad
from protocol.messages.jobs import PREPARE

Make = Callable[..., Engine]


def bar(client: Client, job: str) -> list[JobProgress]:
    """What is said of a job until it is done."""
    seen: list[JobProgress] = []

    def note(event: object) -> None:
        if isinstance(event, JobProgress) and event.job == job:
            seen.append(event)

    assert isinstance(client.wait(job, 90, note), Result)
    return seen


def test_a_job_that_is_done_once_more_goes_on_where_its_bar_was(make_engine: Make) -> None:
    engine = make_engine("Killer", "--backoff-s", "0.01", FAKE_ENGINE_STEP_S="0.15")
    engine.close_gate("crash-once")
    with engine.client() as client:
        client.connect(60)
        seen = bar(client, submit(client))
    assert len(engine.diary("run")) == 2
    fractions = [one.fraction for one in seen if one.fraction is not None]
    assert fractions == sorted(fractions)
    assert len(fractions) >= 3
    assert {one.eta_ms for one in seen} >= {5000, 4000}


def costs(client: Client) -> tuple[int, int]:
    """Milliseconds and evaluations that a plan of the usual drag names."""
    document = Document(key="document", width=16, height=12)
    planned = client.ask(JobPlan(op="drag", document=document, params=DRAG), 60)
    assert isinstance(planned, JobPlanned)
    return planned.eta_ms, planned.evaluations


def test_a_plan_knows_what_is_loaded_and_what_was_inverted(make_engine: Make) -> None:
    engine = make_engine("Inverter")
    with engine.client() as client:
        client.connect(60)
        assert costs(client) == (90_000, STEPS)
        client.ask(ModelLoad(model="scenes"), 60)
        client.wait(submit(client, key="another"), 60)
        assert costs(client) == (60_000, STEPS), "the model is there, the picture is new"
        client.wait(submit(client, task="prepare", priority=PREPARE), 60)
        assert costs(client) == (40_000, STEPS - 1), "the same part of the same document"
        client.wait(submit(client), 60)
        assert costs(client) == (40_000, STEPS - 2), "what an edit keeps is there, too"
    with engine.client() as client:
        client.connect(60)
        assert costs(client) == (40_000, STEPS - 2), "whoever asks"
