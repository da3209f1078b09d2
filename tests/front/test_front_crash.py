# SPDX-License-Identifier: Apache-2.0
"""Processes that die, stop or hang, at every state of a job. What was ordered comes to exactly one end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest
from engine_process import Engine, picture, submit, wait_for
from patience import PATIENCE_S
from raw_client import RawClient

from protocol import ids
from protocol.client import Client
from protocol.events import Connected, Ending, Result
from protocol.messages import (
    EngineReport,
    EngineStatus,
    JobAccepted,
    JobAck,
    JobCancel,
    JobCancelled,
    JobDone,
    JobFailed,
    JobResume,
    JobSeen,
    JobState,
    ModelList,
    Ping,
    Pong,
)

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="signals of POSIX"),
]
Make = Callable[..., Engine]
QUICK_TIMES = ("--worker-ping-s", "0.1", "--backoff-s", "0.01")
INVERTED = bytes(255 - byte for byte in picture())


def worker_pid(client: Client, name: str) -> int:
    report = client.ask(EngineStatus(), 60)
    assert isinstance(report, EngineReport)
    return next(worker.pid for worker in report.workers if worker.name == name)


def pixels(ending: Ending) -> bytes:
    assert isinstance(ending, Result), ending
    return bytes(next(iter(ending.pictures.values())).pixels)


@pytest.mark.parametrize("state", ["idle", "loading", "running", "waiting"])
def test_a_killed_model_worker_costs_nothing_but_time(make_engine: Make, state: str) -> None:
    engine = make_engine("Inverter", *QUICK_TIMES)
    gate = {"loading": "birth", "idle": "none"}.get(state, "step-1")
    with engine.client() as client:
        client.connect(PATIENCE_S)
        if state != "loading":
            client.wait(submit(client), PATIENCE_S)
        engine.close_gate(gate)
        jobs = [] if state == "idle" else [submit(client, key="first")]
        if state == "loading":
            engine.wait_diary("born", 1, client)
        elif state != "idle":
            engine.wait_diary("run", 2, client)
        jobs += [submit(client, key="second")] if state == "waiting" else []
        os.kill(worker_pid(client, "model-0"), signal.SIGKILL)
        engine.open_gate(gate)
        jobs += [submit(client, key="third")]
        for job in jobs:
            assert pixels(client.wait(job, PATIENCE_S)) == INVERTED
        assert not client.open_jobs
    assert len(engine.diary("born")) == 2, "one worker, and the one that took its place"


def test_a_worker_that_dies_once_is_given_the_job_again(make_engine: Make) -> None:
    engine = make_engine("Killer", *QUICK_TIMES)
    engine.close_gate("crash-once")
    with engine.client() as client:
        client.connect(PATIENCE_S)
        assert pixels(client.wait(submit(client), PATIENCE_S)) == INVERTED
    assert len(engine.diary("dies")) == 1
    assert len(engine.diary("run")) == 2


def test_a_worker_that_always_dies_fails_the_job_once_and_the_next_one_too(
    make_engine: Make,
) -> None:
    engine = make_engine("Killer", *QUICK_TIMES, FAKE_ENGINE_GATES="")
    with engine.client() as client:
        client.connect(PATIENCE_S)
        for _ in range(2):
            ending = client.wait(submit(client), PATIENCE_S)
            assert isinstance(ending, JobFailed)
            assert (ending.code, ending.retryable) == ("worker.lost", True)
        warped = client.wait(submit(client, task="warp"), PATIENCE_S)
        assert isinstance(warped, Result), "the rest still works"
    assert len(engine.diary("dies")) == 4, "each job was tried twice"


def test_a_worker_that_cannot_start_is_not_tried_for_ever(make_engine: Make) -> None:
    engine = make_engine("Stillborn", *QUICK_TIMES, "--restarts", "2", "--cooldown-s", "600")
    with engine.client() as client:
        client.connect(PATIENCE_S)
        codes: list[str] = []
        for _ in range(3):
            ending = client.wait(submit(client), PATIENCE_S)
            assert isinstance(ending, JobFailed)
            codes.append(ending.code)
        assert codes == ["worker.lost"] * 3
        report = client.ask(EngineStatus(), 60)
        assert isinstance(report, EngineReport)
        assert [w.state for w in report.workers if w.name == "model-0"] == ["lost"]
    assert len(engine.diary("stillborn")) == 3, "the first and two restarts"


def test_the_quick_worker_is_replaced_too(make_engine: Make) -> None:
    engine = make_engine("Inverter", *QUICK_TIMES)
    with engine.client() as client:
        client.connect(PATIENCE_S)
        client.ask(ModelList(), 60)
        pid = worker_pid(client, "quick")
        engine.close_gate("warp")
        job = submit(client, task="warp")
        engine.wait_diary("warp", 1, client)
        os.kill(pid, signal.SIGKILL)
        engine.open_gate("warp")
        assert isinstance(client.wait(job, PATIENCE_S), Result)
        assert worker_pid(client, "quick") != pid


def test_a_stopped_worker_is_replaced_and_its_job_done(make_engine: Make) -> None:
    engine = make_engine("Inverter", *QUICK_TIMES, "--watchdog-s", "2.5")
    with engine.client() as client:
        client.connect(PATIENCE_S)
        client.wait(submit(client), PATIENCE_S)
        runs = len(engine.diary("run"))
        engine.close_gate("step-1")
        job = submit(client)
        engine.wait_diary("run", runs + 1, client)
        os.kill(worker_pid(client, "model-0"), signal.SIGSTOP)
        engine.open_gate("step-1")
        assert pixels(client.wait(job, PATIENCE_S)) == INVERTED
    assert len(engine.diary("born")) == 2
    assert "is killed" in engine.log


def test_a_hanging_worker_is_killed_after_a_cancel_and_only_then(make_engine: Make) -> None:
    engine = make_engine("Hanger", *QUICK_TIMES, "--cancel-grace-s", "0.5")
    with engine.client() as client:
        client.connect(PATIENCE_S)
        job = submit(client)
        engine.wait_diary("hangs", 1, client)
        pid = worker_pid(client, "model-0")
        client.cancel(job)
        ending = client.wait(job, PATIENCE_S)
        assert isinstance(ending, JobCancelled)
        wait_for(lambda: worker_pid(client, "model-0") not in (0, pid), "another worker", engine)
    assert "did not stop within 0.5 s of a cancel" in engine.log


def test_a_hard_cancel_kills_at_once(make_engine: Make) -> None:
    engine = make_engine("Hanger", *QUICK_TIMES, "--cancel-grace-s", "600")
    with engine.client() as client:
        client.connect(PATIENCE_S)
        job = submit(client)
        engine.wait_diary("hangs", 1, client)
        client.cancel(job, hard=True)
        assert isinstance(client.wait(job, PATIENCE_S), JobCancelled)


def test_a_hanging_worker_is_found_by_the_watchdog(make_engine: Make) -> None:
    engine = make_engine("Hanger", *QUICK_TIMES, "--watchdog-s", "1")
    with engine.client() as client:
        client.connect(PATIENCE_S)
        ending = client.wait(submit(client), PATIENCE_S)
        assert isinstance(ending, JobFailed)
        assert ending.code == "worker.lost"
    assert len(engine.diary("hangs")) == 2, "tried twice"


def test_a_worker_that_computes_is_left_alone_however_long_a_step_takes(make_engine: Make) -> None:
    """A decode of a large model took 64 seconds on two cores without a word, and was killed after 60."""
    engine = make_engine("Cruncher", *QUICK_TIMES, "--watchdog-s", "2", FAKE_ENGINE_CRUNCH_S="8")
    with engine.client() as client:
        client.connect(60)
        assert pixels(client.wait(submit(client), 90)) == INVERTED
    assert len(engine.diary("crunches")) == 1
    assert len(engine.diary("born")) == 1
    assert "is killed" not in engine.log


@pytest.mark.parametrize("state", ["waiting", "running", "done"])
def test_the_front_is_killed_and_the_jobs_are_done_by_the_next_one(
    make_engine: Make, state: str
) -> None:
    engine = make_engine("Inverter", *QUICK_TIMES)
    with engine.client() as client:
        client.connect(PATIENCE_S)
        client.wait(submit(client), PATIENCE_S)
        runs = len(engine.diary("run"))
        if state != "done":
            engine.close_gate("step-1")
        jobs = [submit(client)] + ([submit(client)] if state == "waiting" else [])
        engine.wait_diary("run", runs + 1, client)
        if state == "done":
            engine.wait_diary("ran", runs + 1)  # without the client: it has not heard yet
        old = worker_pid(client, "model-0") if state != "done" else 0
        engine.kill()
        engine.process.wait()
        assert engine.process.stderr is not None
        engine.process.stderr.close()
        engine.open_gate("step-1")
        if old:
            wait_for(lambda: not _alive(old), "the end of the orphaned worker")
        engine.start()
        for job in jobs:
            if job in client.open_jobs:
                assert pixels(client.wait(job, PATIENCE_S)) == INVERTED
        again = [event for event in client.receive() if isinstance(event, Connected)]
        assert all(event.restarted for event in again)
        assert not client.open_jobs


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_front_that_was_stopped_for_a_while_goes_on(make_engine: Make) -> None:
    engine = make_engine("Inverter", *QUICK_TIMES, "--watchdog-s", "3", "--session-silent-s", "60")
    with RawClient(engine.session).open() as raw:
        raw.submit()
        raw.until(JobDone)
        engine.close_gate("step-1")
        job = raw.submit()
        raw.until(JobAccepted, job=job)
        engine.wait_diary("run", 2)
        engine.kill(signal.SIGSTOP)
        while raw.hear(4.0) is not None:  # silent for longer than the watchdog's patience
            pass
        engine.kill(signal.SIGCONT)
        engine.open_gate("step-1")
        assert raw.until(JobDone).job == job
    assert len(engine.diary("born")) == 1, "the worker was not blamed"


def test_a_lost_connection_is_taken_up_again(engine: Engine) -> None:
    first = RawClient(engine.session).open()
    assert first.welcome is not None
    engine.close_gate("step-1")
    before = len(engine.diary("run"))
    job = first.submit()
    engine.wait_diary("run", before + 1)
    first.close()
    engine.open_gate("step-1")
    engine.wait_diary("ran", before + 1)
    with RawClient(engine.session).open(session=first.welcome.session) as second:
        assert second.welcome is not None
        assert second.welcome.resumed
        second.say(JobResume(jobs=(JobSeen(job=job, last_seq=2), JobSeen(job=ids.new()))))
        state = second.until(JobState, job=job)
        assert state.state == "done"
        done = second.until(JobDone)
        numbers = [m.seq for m in second.seen if getattr(m, "job", "") == job and m is not state]  # type: ignore[attr-defined]
        assert numbers == list(range(state.seq + 1, state.seq + 1 + len(numbers)))
        assert done.seq == numbers[-1]
        unknown = next(m for m in second.seen if isinstance(m, JobState) and m.job != job)
        assert unknown.state == "unknown"
        second.say(JobAck(job=job))
        second.say(JobResume(jobs=(JobSeen(job=job),)))
        assert second.until(JobState).state == "done"
        second.say(Ping(n=1))
        second.until(Pong)
        assert sum(isinstance(m, JobDone) for m in second.seen) == 1, "nothing more after the ack"


def test_a_result_interrupted_in_the_middle_comes_whole_the_second_time(engine: Engine) -> None:
    size = (1024, 1536)  # 6 MiB, under a window of 2
    first = RawClient(engine.session).open(window=2 << 20)
    assert first.welcome is not None
    job = first.submit(size=size, task="warp")
    from protocol.messages import JobChunk

    first.until(JobChunk, job=job)
    first.close()
    with RawClient(engine.session).open(session=first.welcome.session) as second:
        second.say(JobResume(jobs=(JobSeen(job=job, last_seq=4),)))
        second.until(JobState)
        second.until(JobDone)
        chunks = [m for m in second.seen if isinstance(m, JobChunk)]
        assert [chunk.off for chunk in chunks] == [i << 20 for i in range(6)]


def test_cancel_of_a_job_whose_worker_just_died(make_engine: Make) -> None:
    engine = make_engine("Inverter", *QUICK_TIMES)
    with RawClient(engine.session).open() as raw, engine.client() as client:
        client.connect(PATIENCE_S)
        engine.close_gate("step-1")
        job = raw.submit()
        engine.wait_diary("run", 1, client)
        pid = worker_pid(client, "model-0")
        raw.say(JobCancel(job=job))
        os.kill(pid, signal.SIGKILL)
        assert raw.until(JobCancelled).job == job
        engine.open_gate("step-1")
        later = raw.submit()
        assert raw.until(JobDone).job == later
        ends = [m for m in raw.seen if isinstance(m, (JobDone, JobCancelled, JobFailed))]
        assert [end.job for end in ends] == [job, later]
