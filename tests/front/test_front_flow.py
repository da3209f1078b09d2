# SPDX-License-Identifier: Apache-2.0
"""Flow control and time: slow readers, silent clients, what is kept for how long, and when the engine leaves."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import psutil
import pytest
from engine_process import Engine, picture, submit, wait_for
from patience import PATIENCE_S
from raw_client import RawClient

from protocol import ids
from protocol.events import Result
from protocol.messages import (
    Bye,
    Credit,
    EngineReport,
    EngineShutdown,
    EngineStatus,
    Error,
    JobChunk,
    JobCredit,
    JobDone,
    JobPreview,
    JobResume,
    JobSeen,
    JobState,
    Ping,
    Pong,
    PreviewWish,
)

Make = Callable[..., Engine]
MIB = 1 << 20


def resident_kib(pid: int) -> int:
    return psutil.Process(pid).memory_info().rss // 1024


def test_a_result_waits_for_the_window(engine: Engine) -> None:
    with RawClient(engine.session).open(window=3 * MIB) as raw:
        job = raw.submit(size=(1024, 1792), task="warp")  # 7 MiB
        for _ in range(3):
            raw.until(JobChunk, job=job)
        raw.say(Ping(n=1))
        raw.until(Pong)
        assert sum(isinstance(m, JobChunk) for m in raw.seen) == 3, "not a byte more than allowed"
        raw.say(Credit(bytes=4 * MIB))
        raw.until(JobDone)
        assert sum(isinstance(m, JobChunk) for m in raw.seen) == 7


def test_a_window_smaller_than_a_chunk_still_lets_everything_through(engine: Engine) -> None:
    with RawClient(engine.session).open(window=1000) as raw:
        job = raw.submit(size=(16, 64), task="warp")
        got = 0
        while got < 16 * 64 * 4:
            size = len(raw.until(JobChunk, job=job).frames[0])
            assert size <= 1000
            got += size
            raw.say(Credit(bytes=size))
        raw.until(JobDone)


def test_no_preview_without_credit(engine: Engine) -> None:
    with RawClient(engine.session).open() as raw:
        job = raw.submit(preview=PreviewWish(credit=0))
        raw.until(JobDone, job=job)
        assert not any(isinstance(m, JobPreview) for m in raw.seen)
        engine.close_gate("step-0")
        before = len(engine.diary("evaluate"))
        job = raw.submit(preview=PreviewWish(credit=0))
        engine.wait_diary("evaluate", before + 1)
        raw.say(JobCredit(job=job, previews=2))
        raw.say(Ping(n=5))
        raw.until(Pong)
        engine.open_gate("step-0")
        raw.until(JobDone, job=job)
        assert sum(isinstance(m, JobPreview) for m in raw.seen) == 2


def test_a_client_that_never_reads_costs_bounded_memory_and_its_connection(
    make_engine: Make,
) -> None:
    engine = make_engine("Inverter", "--no-credit-s", "2")
    with RawClient(engine.session, hwm=1).open(window=1 << 40) as deaf, engine.client() as client:
        client.connect(PATIENCE_S)
        client.wait(submit(client, task="warp"), PATIENCE_S)
        size = (2048, 1536)  # 12 MiB
        blob = deaf.put(picture(*size))
        wait_for(lambda: _report(client).blob_bytes >= 12 * MIB, "the upload", engine, client)
        before = resident_kib(engine.process.pid)
        jobs = [deaf.submit(blob, size=size, task="warp") for _ in range(8)]
        engine.wait_diary("warp", 9, client)
        for _ in range(20):  # 20 × 96 MiB, were they all held
            deaf.say(JobResume(jobs=tuple(JobSeen(job=job) for job in jobs)))
        for n in range(3000):
            deaf.say(Ping(n=n))
        wait_for(
            lambda: "does not read" in engine.log, "the engine to give up on it", engine, client
        )
        report = _report(client)
        assert report.sessions == 1, "only the one that reads"
        assert report.result_bytes >= 8 * 12 * MIB, "its results are kept"
        grown = (resident_kib(engine.process.pid) - before) * 1024
        assert grown < report.result_bytes + 100 * MIB, f"{grown >> 20} MiB more"
        session = deaf.welcome.session if deaf.welcome else ""
        with RawClient(engine.session).open(session=session) as back:
            back.say(JobResume(jobs=(JobSeen(job=jobs[0]),)))
            assert back.until(JobState).state == "done"


def _report(client) -> EngineReport:
    report = client.ask(EngineStatus(), 60)
    assert isinstance(report, EngineReport)
    return report


def test_a_reader_without_credit_is_dropped_and_may_come_back(make_engine: Make) -> None:
    engine = make_engine("Inverter", "--no-credit-s", "0.5")
    with RawClient(engine.session).open(window=MIB) as raw:
        assert raw.welcome is not None
        job = raw.submit(size=(1024, 1024), task="warp")
        raw.until(JobChunk, job=job)
        wait_for(lambda: "does not read" in engine.log, "the engine to give up on it", engine)
        raw.say(Ping(n=1))
        with RawClient(engine.session).open(session=raw.welcome.session) as back:
            back.say(JobResume(jobs=(JobSeen(job=job),)))
            back.until(JobDone, job=job)
        assert not any(isinstance(m, Pong) for m in raw.seen)
        assert raw.hear(0.2) is None, "the old connection is not answered any more"


def test_a_silent_client_is_taken_for_gone_and_its_prepare_stopped(make_engine: Make) -> None:
    engine = make_engine("Inverter", "--session-silent-s", "0.5", FAKE_ENGINE_STEPS="400")
    with RawClient(engine.session).open() as raw:
        raw.submit(task="prepare", priority=0)
        wait_for(lambda: " cancelled" in engine.log, "the end of the prepare", engine)
    assert not engine.diary("prepared")


def test_unfetched_results_are_forgotten_in_time(make_engine: Make) -> None:
    engine = make_engine("Inverter", "--result-kept-s", "0.5")
    with RawClient(engine.session).open() as raw:
        job = raw.submit(task="warp")
        raw.until(JobDone, job=job)

        def forgotten() -> bool:
            raw.say(JobResume(jobs=(JobSeen(job=job),)))
            return raw.until(JobState).state == "unknown"

        wait_for(forgotten, "the result to be forgotten", engine)


def test_the_engine_leaves_when_nobody_needs_it(make_engine: Make) -> None:
    engine = make_engine("Inverter", "--idle-exit-s", "1")
    with engine.client() as client:
        client.connect(PATIENCE_S)
        assert isinstance(client.wait(submit(client), PATIENCE_S), Result)
        pids = {worker.pid for worker in _report(client).workers}
    assert engine.process.wait(timeout=PATIENCE_S) == 0
    assert not engine.file.exists()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_the_engine_stays_while_somebody_is_here(make_engine: Make) -> None:
    engine = make_engine("Inverter", "--idle-exit-s", "0.3")
    with RawClient(engine.session).open() as raw:
        for n in range(8):
            assert raw.hear(0.1) is None
            raw.say(Ping(n=n))
            assert raw.until(Pong).n == n
        assert engine.process.poll() is None


def test_only_the_launcher_may_end_an_engine_that_others_use(make_engine: Make) -> None:
    engine = make_engine("Inverter", "--launcher", "1")  # the raw client says it is process 1
    with engine.client(pid=4242) as client:
        client.connect(PATIENCE_S)
        with RawClient(engine.session).open() as launcher:
            asked = client.request(EngineShutdown())
            refusals: list[Error] = []

            def refused() -> bool:
                refusals.extend(
                    e for e in client.receive() if isinstance(e, Error) and e.re == asked
                )
                return bool(refusals)

            wait_for(refused, "the refusal", engine)
            assert "Other programs" in refusals[0].message
            launcher.say(EngineShutdown(id=ids.new()))
            assert launcher.until(Bye).reason == "shutdown"
    assert engine.process.wait(timeout=PATIENCE_S) == 0


def test_ctrl_c_ends_it_in_order(make_engine: Make) -> None:
    engine = make_engine("Inverter")
    with engine.client() as client:
        client.connect(PATIENCE_S)
        engine.close_gate("step-1")
        submit(client)
        engine.wait_diary("run", 1, client)
        engine.kill(signal.SIGINT)
        assert engine.process.wait(timeout=PATIENCE_S) == 0
    assert not engine.file.exists()


def test_blobs_are_evicted_and_asked_for_again(make_engine: Make) -> None:
    engine = make_engine("Inverter", "--blob-quota", str(3 * MIB))
    with engine.client() as client:
        client.connect(PATIENCE_S)
        first = client.put(picture(512, 512))
        client.wait(submit(client, size=(512, 512), blob=first, task="warp"), PATIENCE_S)
        for value in range(4):
            other = client.put(picture(512, 512, value))
            client.wait(submit(client, size=(512, 512), blob=other, task="warp"), PATIENCE_S)
        again = client.wait(submit(client, size=(512, 512), blob=first, task="warp"), PATIENCE_S)
        assert isinstance(again, Result)
        assert _report(client).blob_bytes <= 3 * MIB


def test_a_picture_larger_than_the_quota_is_refused(make_engine: Make) -> None:
    engine = make_engine("Inverter", "--blob-quota", str(MIB))
    with RawClient(engine.session).open() as raw:
        raw.put(bytes(2 * MIB), "big")
        assert raw.until(Error).code == "blob.quota"
        raw.submit("small", task="warp", deadline_ms=60_000)
        raw.put(picture(), "small")
        raw.until(JobDone)
