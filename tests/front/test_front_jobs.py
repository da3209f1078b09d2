# SPDX-License-Identifier: Apache-2.0
"""What can be done with jobs: cancel, change, repeat, replace, queue, let expire; and how they fail."""

from __future__ import annotations

import re

import pytest
from engine_process import DRAG, Engine, picture, submit
from patience import PATIENCE_S
from raw_client import RawClient

from protocol import ids
from protocol.errors import ProtocolError
from protocol.events import Result
from protocol.images import Document
from protocol.job_request import JobRequest
from protocol.messages import (
    BlobNeed,
    EngineReport,
    EngineStatus,
    Error,
    JobAccepted,
    JobAck,
    JobCancel,
    JobCancelled,
    JobDone,
    JobFailed,
    JobProgress,
    JobStarted,
    JobState,
    JobUpdate,
    Ping,
    Pong,
)


@pytest.fixture
def raw(engine: Engine):
    with RawClient(engine.session).open() as client:
        yield client
        for gate in engine.gates.iterdir():
            gate.unlink()


def evaluations(engine: Engine) -> int:
    return len(engine.diary("evaluate"))


def running(engine: Engine, client: RawClient, gate: str = "step-1", **more: object) -> str:
    """A job that stands in its second evaluation until the gate is opened."""
    engine.close_gate(gate)
    before = len(engine.diary("evaluate"))
    job = client.submit(**more)  # type: ignore[arg-type]
    engine.wait_diary("evaluate", before + 2)
    return job


def sync(client: RawClient) -> None:
    """Everything sent so far has been read."""
    client.say(Ping(n=77))
    client.until(Pong, n=77)


def test_cancel_takes_effect_before_the_next_evaluation(engine: Engine, raw: RawClient) -> None:
    before = evaluations(engine)
    job = running(engine, raw)
    assert evaluations(engine) == before + 2
    raw.say(JobCancel(job=job))
    sync(raw)
    engine.open_gate("step-1")
    assert raw.until(JobCancelled).job == job
    assert evaluations(engine) == before + 2, "none after the cancel"
    raw.say(JobCancel(job=job))  # idempotent
    sync(raw)
    assert not any(isinstance(message, Error) for message in raw.seen)
    assert sum(isinstance(message, JobCancelled) for message in raw.seen) == 1


def test_a_waiting_job_is_cancelled_at_once(engine: Engine, raw: RawClient) -> None:
    first = running(engine, raw)
    second = raw.submit()
    raw.until(JobAccepted, job=second)
    raw.say(JobCancel(job=second))
    assert raw.until(JobCancelled).job == second
    engine.open_gate("step-1")
    assert raw.until(JobDone).job == first


def test_a_live_update_holds_from_the_next_step_on(engine: Engine, raw: RawClient) -> None:
    job = running(engine, raw)
    raw.say(JobUpdate(job=job, rev=1, patch={"seed": 11}))
    raw.say(JobUpdate(job=job, rev=3, patch={"seed": 13}))
    raw.say(JobUpdate(job=job, rev=2, patch={"seed": 12}))  # late: older than what holds
    sync(raw)
    engine.open_gate("step-1")
    done = raw.until(JobDone, job=job)
    assert done.seed == 13
    assert max(m.rev or 0 for m in raw.seen if isinstance(m, JobProgress)) == 3
    assert [line.split()[-1] for line in engine.diary("updated")][-1:] == ["13"]


def test_a_cancel_does_not_wait_for_a_model_to_load_nor_stop_the_loading(make_engine) -> None:
    engine: Engine = make_engine("Listening", "--cancel-grace-s", "0.1")
    engine.close_gate("birth")
    with RawClient(engine.session).open() as raw:
        first = raw.submit()
        engine.wait_diary("born")
        raw.say(JobCancel(job=first))
        assert raw.until(JobCancelled).job == first
        engine.wait_diary("cancel")
        second = raw.submit()
        raw.until(JobAccepted, job=second)
        engine.open_gate("birth")
        assert raw.until(JobDone).job == second
    assert len(engine.diary("born")) == 1
    assert len(engine.diary("run")) == 1, "the first was never begun"


def test_an_update_of_a_waiting_job_holds_from_its_start(engine: Engine, raw: RawClient) -> None:
    running(engine, raw)
    second = raw.submit()
    raw.say(JobUpdate(job=second, rev=1, patch={"seed": 21}))
    sync(raw)
    engine.open_gate("step-1")
    assert raw.until(JobDone, job=second).seed == 21


def test_an_impossible_update_is_refused_and_changes_nothing(
    engine: Engine, raw: RawClient
) -> None:
    job = running(engine, raw)
    raw.say(JobUpdate(id=ids.new(), job=job, rev=1, patch={"seed": -1}))
    error = raw.until(Error)
    assert error.code == "param.invalid"
    assert error.detail["path"] == "params.seed"
    engine.open_gate("step-1")
    assert raw.until(JobDone, job=job).seed == 0


def test_the_same_submit_twice_is_one_job(engine: Engine, raw: RawClient) -> None:
    runs = len(engine.diary("run"))
    blob = raw.put(picture())
    job = ids.new()
    for _ in range(2):
        raw.submit(blob, job=job)
    assert raw.until(JobState).job == job
    raw.until(JobDone, job=job)
    raw.submit(blob, job=job)
    assert raw.until(JobState).state == "done"
    raw.until(JobDone, job=job)  # told again
    assert len(engine.diary("run")) == runs + 1
    raw.submit(blob, job=job, params={"seed": 9})
    assert raw.until(Error).code == "job.conflict"


def test_the_ninth_job_is_refused(engine: Engine, raw: RawClient) -> None:
    first = running(engine, raw)
    others = [raw.submit() for _ in range(7)]
    raw.until(JobAccepted, job=others[-1])
    refused = raw.submit()
    error = raw.until(Error)
    assert (error.code, error.job, error.retryable) == ("queue.full", refused, True)
    engine.open_gate("step-1")
    for job in (first, *others):
        assert raw.until(JobDone).job == job, "in order"


def test_one_document_one_running_job_but_priority_first(engine: Engine, raw: RawClient) -> None:
    first = running(engine, raw)
    low, high = raw.submit(priority=1), raw.submit(priority=3)
    sync(raw)
    engine.open_gate("step-1")
    assert [raw.until(JobDone).job for _ in range(3)] == [first, high, low]


def test_a_live_job_replaces_the_waiting_one(engine: Engine, raw: RawClient) -> None:
    first = running(engine, raw)
    second = raw.submit(priority=3)
    raw.until(JobAccepted, job=second)
    third = raw.submit(priority=3, replaces=second)
    assert raw.until(JobCancelled).job == second
    engine.open_gate("step-1")
    assert [raw.until(JobDone).job for _ in range(2)] == [first, third]


def test_prepare_gives_way_to_any_submit_and_is_taken_up_again(
    engine: Engine, raw: RawClient
) -> None:
    prepare = running(engine, raw, task="prepare", priority=0, key="one")
    submitted = raw.submit(key="two")
    sync(raw)
    engine.open_gate("step-1")
    assert raw.until(JobDone).job == submitted
    done = raw.until(JobDone)
    assert (done.job, done.kind, done.layers) == (prepare, "nothing", ())
    assert done.provenance["trajectory"] == "trajectory-0"


def test_prepare_goes_on_for_the_submit_that_needs_it(engine: Engine, raw: RawClient) -> None:
    blob = raw.put(picture())
    prepare = running(engine, raw, blob=blob, task="prepare", priority=0)
    submitted = raw.submit(blob)
    sync(raw)
    engine.open_gate("step-1")
    assert [raw.until(JobDone).job for _ in range(2)] == [prepare, submitted]
    again = raw.submit(blob)
    assert raw.until(JobAccepted, job=again).reuse, "its inversion is cached"


def test_a_job_that_takes_too_long_is_stopped(engine: Engine, raw: RawClient) -> None:
    engine.close_gate("step-1")
    job = raw.submit(deadline_ms=300)
    waiting = raw.submit(deadline_ms=400)
    failed = raw.until(JobFailed)
    engine.open_gate("step-1")
    other = raw.until(JobFailed)
    assert {failed.job, other.job} == {job, waiting}
    assert {failed.code, other.code} == {"deadline"}
    assert "lower effort" in failed.message


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ({"params": {"seed": "x"}}, "param.invalid", "params.seed"),
        ({"params": {"drags": []}}, "param.invalid", "params.drags"),
        ({"params": {"model": "../../etc/passwd"}}, "param.invalid", "params.model"),
        ({"params": {"nonsense": 1}}, "param.invalid", "params"),
    ],
)
def test_bad_parameters_are_refused_with_the_place(
    engine: Engine, raw: RawClient, change: dict[str, object], code: str, word: str
) -> None:
    job = raw.submit(**change)  # type: ignore[arg-type]
    error = raw.until(Error)
    assert (error.code, error.job) == (code, job)
    assert str(error.detail["path"]).startswith(word)


def test_an_unknown_edit_and_a_missing_picture_are_refused(engine: Engine) -> None:
    with engine.client() as client:
        client.connect(PATIENCE_S)
        document = Document(key="a", width=4, height=4)
        for op, params, what in (
            ("dream", {}, r"op\.unsupported"),
            ("drag", DRAG, "needs “Picture”"),
        ):
            job = client.submit(JobRequest(op=op, document=document, params=params))
            with pytest.raises(ProtocolError, match=what):
                client.wait(job, PATIENCE_S)


def test_pictures_may_come_after_the_job(engine: Engine, raw: RawClient) -> None:
    job = raw.submit("later")
    raw.until(JobAccepted, job=job)
    other = raw.submit(key="other")
    assert raw.until(JobDone).job == other, "nobody waits for a job without its picture"
    assert raw.until(BlobNeed).blobs == ("later",), "after a while it is asked for"
    raw.put(picture(), "later")
    assert raw.until(JobDone).job == job


def test_a_picture_of_the_wrong_size_fails_the_job(engine: Engine, raw: RawClient) -> None:
    job = raw.submit("odd")
    raw.put(picture(16, 11), "odd")
    failed = raw.until(JobFailed)
    assert (failed.job, failed.code) == (job, "blob.range")
    again = raw.submit("odd")
    assert raw.until(Error, job=again).code == "blob.range"


def test_acknowledged_results_are_gone(engine: Engine, raw: RawClient) -> None:
    job = raw.submit(size=(64, 64))
    raw.until(JobDone, job=job)
    raw.say(EngineStatus(id=ids.new()))
    held = raw.until(EngineReport).result_bytes
    raw.say(JobAck(job=job))
    raw.say(EngineStatus(id=ids.new()))
    assert raw.until(EngineReport).result_bytes == held - 64 * 64 * 4


def test_out_of_memory_and_errors_are_survived(make_engine) -> None:
    engine: Engine = make_engine("Glutton")
    with engine.client() as client:
        client.connect(PATIENCE_S)
        for seed, code in ((1, "gpu.oom"), (2, "gpu.oom"), (3, "internal")):
            ending = client.wait(submit(client, seed=seed), PATIENCE_S)
            assert isinstance(ending, JobFailed)
            assert ending.code == code
            assert "Traceback" not in ending.message
            assert "secret" not in ending.message + repr(ending.detail)
            assert ending.incident in engine.log, "the log has more under the number"
        assert isinstance(client.wait(submit(client, seed=4), PATIENCE_S), Result)
        ending = client.wait(submit(client, seed=5), PATIENCE_S)
        assert isinstance(ending, JobFailed), "more metrics than a message holds"
        assert ending.code == "internal"
        assert ending.incident in engine.log
        ending = client.wait(submit(client, seed=6), PATIENCE_S)
        assert isinstance(ending, Result)
        assert ending.done.metrics["psnr"] == "inf"
    assert len({line.split()[0] for line in engine.diary("born")}) == 1, "the worker lived on"
    assert re.search(r"KeyError at engine\.py:\d+ run", engine.log)


def test_prompts_and_secrets_are_in_no_log(make_engine) -> None:
    engine: Engine = make_engine("Glutton")
    with RawClient(engine.session).open() as raw:
        for seed in (3, 4):
            job = raw.submit(params={"seed": seed, "prompt": "a secret word"})
            raw.until(JobFailed if seed == 3 else JobDone, job=job)
        raw.submit(params={"prompt": "a secret word", "seed": "wrong"})
        raw.until(Error)
    engine.end()
    assert "a secret word" not in engine.log
    assert "KeyError" in engine.log


def test_every_number_of_a_job_follows_the_one_before(engine: Engine, raw: RawClient) -> None:
    job = raw.submit(size=(900, 700))
    raw.until(JobDone, job=job)
    numbers = [m.seq for m in raw.seen if getattr(m, "job", None) == job]  # type: ignore[attr-defined]
    assert numbers == list(range(1, len(numbers) + 1))
    assert any(isinstance(m, JobStarted) for m in raw.seen)
