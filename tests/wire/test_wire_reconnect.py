# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: SIM117 (an engine, then its clients: one line each)
"""What the client does when the connection breaks, the engine hangs, or another engine comes."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from patience import PATIENCE_S
from peers import Cable, until
from reference_engine import Engine
from test_wire_client import DOCUMENT, INVERTED, collect, drag, gray, of, submit

from protocol import ids, limits, session
from protocol.client import Client
from protocol.errors import ProtocolError
from protocol.events import Connected, Reconnecting, Result
from protocol.messages import JobCancelled, JobPlan, JobPlanned, JobProgress, JobState


@pytest.fixture(params=["stdlib", "pyzmq"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=["tcp", "ipc"])
def where(request: pytest.FixtureRequest) -> str:
    return request.param


def through(engine: Engine, cable: Cable) -> session.Session:
    """The engine's session file, with the cable's address."""
    return replace(engine.session(), endpoints=(cable.endpoint,))


@pytest.mark.parametrize("cut_after", [200, 900, 100_000, 2_000_000, 3_300_000, 5_000_000])
def test_a_job_survives_a_cut_anywhere(kind: str, where: str, cut_after: int, tmp_path: Path):
    """In the handshake, in the upload, in the result: one result comes, whole, and once."""
    pixels = os.urandom(3 << 20)
    with Engine(tmp_path, kind=where) as engine, Cable(engine.endpoint, tmp_path) as cable:
        with Client("test", session=through(engine, cable), transport=kind) as client:
            cable.cut_after = cut_after
            job = client.submit(drag(gray(client, pixels, 1024)))
            events = collect(client, lambda events: of(events, Result), PATIENCE_S)
            assert bytes(of(events, Result)[0].pictures["result"].pixels) == pixels.translate(
                INVERTED
            )
            assert cable.cuts == 1
            assert len(of(events, Reconnecting)) >= 1
            assert {sent.job for sent in engine.submits} == {job}
            connected = of(events, Connected)
            assert [event.restarted for event in connected] == [False] * len(connected)
            threading.Event().wait(0.1)
            assert not of(client.receive(), Result)


def test_a_running_job_is_taken_up_again(kind: str, where: str, tmp_path: Path):
    with (
        Engine(tmp_path, kind=where, steps=60, step_s=0.01) as engine,
        Cable(engine.endpoint, tmp_path) as cable,
    ):
        with Client("test", session=through(engine, cable), transport=kind) as client:
            job = submit(client)
            collect(client, lambda events: len(of(events, JobProgress)) > 3)
            client.update(job, {"late": 1})  # lost with the connection
            cable.cut()
            events = collect(client, lambda events: of(events, Result))
            assert of(events, JobState)[0].state == "running"
            assert of(events, Connected)[0].welcome.resumed
            assert of(events, Result)[0].done.metrics["params"] == {"late": 1}
            assert len(engine.submits) == 1
            steps = [event.step for event in of(events, JobProgress)]
            assert steps == sorted(steps)


def test_after_a_restart_everything_is_sent_again(kind: str, where: str, tmp_path: Path):
    pixels = os.urandom(2 << 20)
    with Engine(tmp_path, kind=where, steps=1000, step_s=0.01) as first:
        client = Client("test", session=first.file, transport=kind)
        job = client.submit(drag(gray(client, pixels, 1024), params={"a": 1, "b": 1}))
        stopped = submit(client)
        collect(client, lambda events: {e.job for e in of(events, JobProgress)} == {job, stopped})
        client.update(job, {"b": 2})
        client.receive()
    client.cancel(stopped)
    with Engine(tmp_path, kind=where) as second:
        events = collect(
            client, lambda events: of(events, Result) and of(events, JobCancelled), PATIENCE_S
        )
        connected = of(events, Connected)[-1]
        assert connected.restarted
        assert connected.engine_id == second.engine_id != first.engine_id
        assert of(events, Result)[0].job == job
        assert bytes(of(events, Result)[0].pictures["result"].pixels) == pixels.translate(INVERTED)
        assert of(events, Result)[0].done.metrics["params"] == {"a": 1, "b": 2}
        assert [event.job for event in of(events, JobCancelled)] == [stopped]
        assert [sent.job for sent in second.submits] == [job]
        # Blobs of no open job wait until they are needed, and are sent then.
        unused = submit(client, b"wxyz")
        assert isinstance(client.wait(unused, PATIENCE_S), Result)
    client.close()


def test_a_hanging_engine_is_left_after_three_pings_and_taken_up_again(
    kind: str, where: str, tmp_path: Path
):
    with Engine(tmp_path, kind=where, hb_ms=100, steps=50, step_s=0.01) as engine:
        with Client("test", session=engine.file, transport=kind) as client:
            job = submit(client)
            collect(client, lambda events: of(events, JobProgress))
            engine.mute.set()
            began = time.monotonic()
            events = collect(client, lambda events: of(events, Reconnecting))
            assert "3 pings" in of(events, Reconnecting)[0].message
            assert time.monotonic() - began >= 0.3
            engine.mute.clear()
            events = collect(client, lambda events: of(events, Result), PATIENCE_S)
            assert of(events, Result)[0].job == job
            assert len(of(events, Result)) == 1


def test_a_frozen_host_does_not_lose_the_engine(kind: str, tmp_path: Path):
    """A modal dialog may stop the client for long; then it first hears what has come meanwhile."""
    with (
        Engine(tmp_path, hb_ms=100) as engine,
        Client("test", session=engine.file, transport=kind) as client,
    ):
        client.connect(PATIENCE_S)
        for _ in range(3):
            time.sleep(0.5)
            assert not of(client.receive(), Reconnecting)
        assert client.connected
        assert isinstance(client.wait(submit(client), PATIENCE_S), Result)
        assert len(engine.peers) == 1


def test_idle_connections_stay_and_cost_a_ping_each_beat(kind: str, tmp_path: Path):
    with (
        Engine(tmp_path, hb_ms=100) as engine,
        Client("test", session=engine.file, transport=kind) as client,
    ):
        client.connect(PATIENCE_S)
        before, began = engine.seen.count("ping"), time.monotonic()
        while engine.seen.count("ping") - before < 8:
            client.sleep(0.05)
            assert client.receive() == []
            beats = (time.monotonic() - began) / 0.1
        assert engine.seen.count("ping") - before <= beats + 1


def test_a_gap_in_the_numbers_is_told_again(kind: str, tmp_path: Path):
    with (
        Engine(tmp_path, skip_seq=3) as engine,
        Client("test", session=engine.file, transport=kind) as client,
    ):
        job = submit(client)
        events = collect(client, lambda events: of(events, Result))
        assert engine.seen.count("job.resume") == 1
        assert [event.job for event in of(events, Result)] == [job]


def test_a_job_the_engine_forgot_is_submitted_again(kind: str, tmp_path: Path):
    with (
        Engine(tmp_path, steps=1000, step_s=0.01) as engine,
        Cable(engine.endpoint, tmp_path) as cable,
    ):
        with Client("test", session=through(engine, cable), transport=kind) as client:
            submit(client)
            collect(client, lambda events: of(events, JobProgress))
            engine.steps = 3
            engine.do(engine.jobs.clear)
            cable.cut()
            events = collect(client, lambda events: of(events, Result))
            assert len(engine.submits) == 2
            assert len(of(events, Result)) == 1


def test_an_expired_session_starts_afresh(kind: str, tmp_path: Path):
    with (
        Engine(tmp_path, steps=1000, step_s=0.01) as engine,
        Cable(engine.endpoint, tmp_path) as cable,
    ):
        with Client("test", session=through(engine, cable), transport=kind) as client:
            submit(client)
            collect(client, lambda events: of(events, JobProgress))
            engine.steps = 3
            for known in (engine.sessions, engine.jobs, engine.blobs):
                engine.do(known.clear)
            cable.cut()
            events = collect(client, lambda events: of(events, Result))
            connected = of(events, Connected)[0]
            assert (connected.restarted, connected.welcome.resumed) == (False, False)
            assert engine.seen.count("blob.put") == 2


def test_an_unanswered_question_is_asked_again(kind: str, tmp_path: Path):
    with Engine(tmp_path, plans_ignored=1) as engine, Cable(engine.endpoint, tmp_path) as cable:
        with Client("test", session=through(engine, cable), transport=kind) as client:
            client.connect(PATIENCE_S)
            asked = client.request(JobPlan(op="drag", document=DOCUMENT))
            until(lambda: engine.plans_ignored == 0)
            cable.cut()
            events = collect(client, lambda events: of(events, JobPlanned))
            assert of(events, JobPlanned)[0].re == asked


def test_before_there_is_an_engine_the_client_waits_with_growing_delays(kind: str, tmp_path: Path):
    with Client("test", session=tmp_path / "engine.json", transport=kind) as client:
        job = submit(client)
        events = collect(client, lambda events: len(of(events, Reconnecting)) >= 4)
        tries = of(events, Reconnecting)
        assert {event.code for event in tries} == {"session.missing"}
        for i, event in enumerate(tries):
            assert event.attempt == i + 1
            longest = limits.BACKOFF_FIRST_S * 2**i
            assert longest / 2 <= event.delay <= longest
        with Engine(tmp_path):
            assert isinstance(client.wait(job, PATIENCE_S), Result)


def test_delays_end_at_five_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    clock = [0.0]
    monkeypatch.setattr("protocol.courier.time.monotonic", lambda: clock[0])
    client = Client("test", session=tmp_path / "none.json")
    delays = []
    for _ in range(20):
        event = client.receive()[0]
        assert isinstance(event, Reconnecting)
        assert client.receive() == []  # not before the time is over
        delays.append(event.delay)
        clock[0] += event.delay
    assert max(delays) <= limits.BACKOFF_LAST_S
    assert min(delays[8:]) >= limits.BACKOFF_LAST_S / 2
    assert len(set(delays[8:])) > 5  # jitter


def test_the_next_endpoint_is_tried_when_one_fails(kind: str, tmp_path: Path):
    with Engine(tmp_path) as engine:
        both = replace(
            engine.session(), endpoints=(f"ipc://{tmp_path}/nobody.sock", engine.endpoint)
        )
        with Client("test", session=both, transport=kind) as client:
            events = collect(client, lambda events: of(events, Connected))
            assert not of(events, Reconnecting)  # nothing an artist need know of


def test_a_stale_file_of_a_killed_engine_leads_to_a_clear_sentence(kind: str, tmp_path: Path):
    with Engine(tmp_path) as engine:
        pass
    with (
        Client("test", session=engine.file, transport=kind) as client,
        pytest.raises(ProtocolError) as caught,
    ):
        client.connect(0.5)
    assert caught.value.code == "engine.unreachable"
    assert caught.value.message.endswith(".")


def test_nothing_blocks_while_the_engine_hangs(kind: str, where: str, tmp_path: Path):
    """Calls return although nobody reads at the other end: a host's user interface hangs on this."""
    with (
        Engine(tmp_path, kind=where) as engine,
        Client("test", session=engine.file, transport=kind) as client,
    ):
        client.connect(PATIENCE_S)
        engine.mute.set()
        calls = threading.Event()

        def use() -> None:
            for _ in range(40):
                client.submit(drag(gray(client, bytes(1 << 20), 1024)))
                client.receive()
            calls.set()

        thread = threading.Thread(target=use, daemon=True)
        thread.start()
        assert calls.wait(15)
        assert client.unsent > 0
        engine.mute.clear()


def test_a_closed_client_is_quiet(tmp_path: Path):
    with Engine(tmp_path) as engine:
        client = Client("test", session=engine.file)
        client.connect(PATIENCE_S)
        client.close()
        assert client.receive() == []
        client.sleep(5)
        assert client.fileno() == -1
        until(lambda: engine.seen[-1] == "bye")
        assert ids.moment_ms(engine.engine_id) > 0
