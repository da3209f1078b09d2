# SPDX-License-Identifier: Apache-2.0
"""Whatever clients, workers and connections do: every accepted job gets exactly one end, and it is the right one."""

from __future__ import annotations

import os
import signal
from collections import Counter
from contextlib import suppress

import pytest
from engine_process import Engine, picture
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from raw_client import RawClient

from protocol import ids
from protocol.messages import (
    TERMINALS,
    BlobOk,
    EngineReport,
    EngineStatus,
    Error,
    JobAccepted,
    JobAck,
    JobCancel,
    JobDone,
    JobResume,
    JobSeen,
    JobState,
    JobUpdate,
    Message,
    Ping,
    Pong,
)

pytestmark = [pytest.mark.timeout(3600), pytest.mark.fuzz]

ACTIONS = st.one_of(
    st.tuples(st.just("submit"), st.sampled_from(["edit", "warp", "prepare"]), st.integers(0, 3)),
    st.tuples(st.just("cancel"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("update"), st.integers(0, 9), st.integers(0, 5)),
    st.tuples(st.just("again"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("reconnect"), st.just(0), st.just(0)),
    st.tuples(st.just("ack"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("kill"), st.sampled_from(["quick", "model-0"]), st.just(0)),
    st.tuples(st.just("pause"), st.integers(0, 9), st.just(0)),
)


EXAMPLES = settings.get_profile(settings.get_current_profile_name()).max_examples


class Run:
    """One sequence of actions of one session, and what came back."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.raw = RawClient(engine.session).open()
        self.heard: list[Message] = []
        self.jobs: list[str] = []
        self.acknowledged: set[str] = set()
        self.asked_again: Counter[str] = Counter()
        self.blob = self.raw.put(picture())
        self.raw.until(BlobOk)

    def act(self, what: str, which: int | str, more: object) -> None:
        if what == "submit":
            key = f"document {more}"
            priority = 0 if which == "prepare" else 2
            self.jobs.append(self.raw.submit(self.blob, key=key, task=which, priority=priority))
        elif what == "reconnect":
            self.reconnect()
        elif what == "kill":
            self.kill(str(which))
        elif self.jobs and isinstance(which, int):
            self.tell(what, self.jobs[which % len(self.jobs)], more)

    def tell(self, what: str, job: str, more: object) -> None:
        if what == "cancel":
            self.raw.say(JobCancel(job=job, hard=bool(more)))
        elif what == "update":
            self.raw.say(JobUpdate(job=job, rev=1 + int(str(more)), patch={"seed": 5}))
        elif what == "again":
            self.resume(job)
        elif what == "pause":
            self.raw.say(Ping(n=1))
            self.raw.until(Pong)
        elif what == "ack" and self.ends(job):
            self.acknowledged.add(job)
            self.raw.say(JobAck(job=job))

    def resume(self, job: str) -> None:
        self.asked_again[job] += 1
        self.raw.say(JobResume(jobs=(JobSeen(job=job),)))

    def check_connection(self) -> None:
        """On one connection: one end by itself, and one more each time the job was asked about."""
        told = Counter(m.job for m in self.raw.seen if isinstance(m, TERMINALS))
        assert all(n <= 1 + self.asked_again[job] for job, n in told.items()), told

    def reconnect(self) -> None:
        self.raw.say(Ping(n=2))
        self.raw.until(Pong, n=2)
        self.check_connection()
        self.asked_again.clear()
        self.heard += self.raw.seen
        assert self.raw.welcome is not None
        session = self.raw.welcome.session
        self.raw.close()
        self.raw = RawClient(self.engine.session).open(session=session)

    def kill(self, name: str) -> None:
        self.raw.say(EngineStatus(id=ids.new()))
        report = self.raw.until(EngineReport)
        pid = next(worker.pid for worker in report.workers if worker.name == name)
        with suppress(ProcessLookupError):  # an earlier kill may just have taken effect
            if pid:
                os.kill(pid, signal.SIGKILL)

    def ends(self, job: str) -> list[Message]:
        return [
            m for m in (*self.heard, *self.raw.seen) if isinstance(m, TERMINALS) and m.job == job
        ]

    def settle(self) -> None:
        """Ask again for everything until each accepted job has told its end on this connection."""
        self.reconnect()
        accepted = {m.job for m in self.heard if isinstance(m, JobAccepted)}
        refused = {m.job for m in self.heard if isinstance(m, Error)}
        assert set(self.jobs) <= accepted | {job for job in refused if job}
        for job in accepted:
            self.resume(job)
            state = self.raw.until(JobState, job=job)
            while not self.ends(job):
                self.raw.hear()
            if job in self.acknowledged:
                assert state.state in ("done", "failed", "cancelled")
        for job in accepted - self.acknowledged:
            while not any(isinstance(m, TERMINALS) and m.job == job for m in self.raw.seen):
                assert self.raw.hear() is not None, f"no end of {job}"
        self.raw.say(Ping(n=3))
        self.raw.until(Pong, n=3)

    def check(self) -> None:
        """The end of a job is the same every time it is told."""
        self.settle()
        self.check_connection()
        for job in self.jobs:
            kinds = {
                (m.TYPE, getattr(m, "code", ""), getattr(m, "seed", 0)) for m in self.ends(job)
            }
            assert len(kinds) <= 1, f"{job} ended in more than one way: {kinds}"
            if any(isinstance(m, JobDone) for m in self.ends(job)):
                assert job not in {
                    m.job for m in self.heard if isinstance(m, Error) and m.code == "job.unknown"
                }


@pytest.fixture(scope="module")
def restless(tmp_path_factory: pytest.TempPathFactory):
    options = ("--worker-ping-s", "0.1", "--backoff-s", "0.01", "--restarts", "1000000")
    engine = Engine(
        tmp_path_factory.mktemp("restless"), "Inverter", *options, FAKE_ENGINE_STEP_S="0.005"
    )
    yield engine
    assert engine.end() == 0


@settings(
    max_examples=min(max(4, EXAMPLES // 6), 400),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.generate),
)
@given(actions=st.lists(ACTIONS, min_size=1, max_size=12))
def test_every_accepted_job_ends_exactly_once(
    restless: Engine, actions: list[tuple[str, int | str, object]]
) -> None:
    run = Run(restless)
    try:
        for what, which, more in actions:
            run.act(what, which, more)
        run.check()
    finally:
        run.raw.close()
