# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: SIM117 (an engine, then its clients: one line each)
"""The client with a real engine at the other end: proofs, uploads, jobs, credit, over both transports."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from patience import PATIENCE_S
from peers import until
from reference_engine import SCHEMA, Engine

from protocol import handshake, ids, session
from protocol.client import Client
from protocol.errors import ProtocolError
from protocol.events import Arrived, Connected, Event, Reconnecting, Result
from protocol.images import Document, Image
from protocol.job_request import JobRequest
from protocol.messages import (
    EngineReport,
    EngineStatus,
    Error,
    JobAccepted,
    JobCancelled,
    JobFailed,
    JobPlan,
    JobPlanned,
    JobPreview,
    JobProgress,
    ModelCatalogue,
    ModelList,
    PatchRect,
    PreviewWish,
)

INVERTED = bytes(range(255, -1, -1))
DOCUMENT = Document(key="d", width=64, height=64)


@pytest.fixture(params=["stdlib", "pyzmq"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=["tcp", "ipc"])
def where(request: pytest.FixtureRequest) -> str:
    return request.param


def gray(client: Client, pixels: bytes, width: int, *, by_digest: bool = False) -> Image:
    """Put a gray picture and describe it."""
    blob = client.put(pixels, by_digest=by_digest)
    height = len(pixels) // width
    shape, rect = (height, width, 1), (0, 0, width, height)
    return Image(name="source", shape=shape, dtype="u1", order="gray", rect=rect, blob=blob)


def drag(*images: Image, op: str = "drag", **more) -> JobRequest:
    return JobRequest(op=op, document=DOCUMENT, images=images, **more)


def submit(client: Client, pixels: bytes = b"abcd", **more) -> str:
    image = gray(client, pixels, 2)
    return client.submit(drag(image, **more))


def collect(client: Client, done, seconds: float = PATIENCE_S) -> list[Event]:
    """Receive until something holds."""
    events: list[Event] = []

    def look() -> bool:
        client.sleep(0.02)
        events.extend(client.receive())
        return done(events)

    until(look, seconds)
    return events


def of(events: list[Event], kind: type) -> list:
    return [event for event in events if isinstance(event, kind)]


def test_a_job_from_beginning_to_end(kind: str, where: str, tmp_path: Path):
    with (
        Engine(tmp_path, kind=where) as engine,
        Client("test", session=engine.file, transport=kind) as client,
    ):
        events: list[Event] = []
        job = submit(client, b"\x00\x01\xfe\xff", params={"drags": [[1.5, 2]]})
        ending = client.wait(job, 8, events.append)
        assert isinstance(ending, Result)
        assert bytes(ending.pictures["result"].pixels) == b"\xff\xfe\x01\x00"
        assert ending.pictures["result"].image.rect == (0, 0, 2, 2)
        assert ending.done.metrics == {"params": {"drags": [[1.5, 2]]}}
        assert [type(event).__name__ for event in events] == [
            "Connected", "JobAccepted", "JobStarted", "JobProgress", "JobProgress", "JobProgress",
        ]  # fmt: skip
        assert events[0].transport == kind
        assert engine.seen[:2] == ["hello", "auth"]
        client.receive()
        until(lambda: engine.acked == [job])
        assert client.open_jobs == ()


def test_16_mib_travel_in_chunks_under_the_window(kind: str, where: str, tmp_path: Path):
    pixels = os.urandom(1 << 20) * 16
    window = 3 << 20
    with Engine(tmp_path, kind=where, window=window) as engine:
        with Client("test", session=engine.file, transport=kind, window=2 << 20) as client:
            job = client.submit(drag(gray(client, pixels, 4096)))
            ending = client.wait(job, PATIENCE_S)
            assert isinstance(ending, Result)
            assert bytes(ending.pictures["result"].pixels) == pixels.translate(INVERTED)
            assert engine.seen.count("blob.put") == 16
            assert 0 < engine.max_in_flight <= window
            assert engine.credits >= 7  # the result came under our window too
            assert client.unsent == 0


def test_a_cancel_does_not_wait_behind_the_upload(kind: str, tmp_path: Path):
    with (
        Engine(tmp_path, window=1 << 20) as engine,
        Client("test", session=engine.file, transport=kind) as client,
    ):
        client.connect(PATIENCE_S)
        job = client.submit(drag(gray(client, bytes(32 << 20), 4096)))
        collect(client, lambda events: of(events, JobAccepted))
        client.cancel(job)
        ending = client.wait(job, PATIENCE_S)
        assert isinstance(ending, JobCancelled)
        assert client.unsent > 0
        assert engine.seen.count("blob.put") < 32


def test_a_squatter_on_the_port_never_sees_a_pixel(kind: str, where: str, tmp_path: Path):
    with Engine(tmp_path, kind=where, told_token=handshake.new_token()) as squatter:
        with Client("test", session=squatter.file, transport=kind) as client:
            submit(client)
            events = collect(client, lambda events: len(of(events, Reconnecting)) >= 3)
            assert {event.code for event in of(events, Reconnecting)} == {"auth.failed"}
            assert not of(events, Connected)
        assert set(squatter.seen) == {"hello"}
        assert squatter.blobs == {}


def test_a_client_without_the_token_is_not_let_in(kind: str, tmp_path: Path):
    """The engine must not rely on the client's honesty: this one skips its own check."""
    with Engine(tmp_path) as engine:
        wrong = session.Session(**{**vars(engine.session()), "token": handshake.new_token().hex()})
        from protocol import link

        class Careless(link.Link):
            def _verify(self, message) -> None:
                self._proved = True

        target = link.Target(
            session=wrong, endpoint=engine.endpoint, app=link.App(app="x"), window=1, transport=kind
        )
        careless = Careless(target)

        def refused() -> bool:
            careless.wait(0.02)
            try:
                careless.receive()
            except ProtocolError as error:
                return error.code == "auth.failed"
            return False

        until(refused)
        assert engine.seen == ["hello", "auth"]
        assert engine.sessions == set()


def test_another_engine_id_than_the_files_is_refused(kind: str, tmp_path: Path):
    with Engine(tmp_path) as engine:
        other = session.Session(**{**vars(engine.session()), "engine_id": ids.new()})
        with (
            Client("test", session=other, transport=kind) as client,
            pytest.raises(ProtocolError) as caught,
        ):
            client.connect(0.6)
        assert caught.value.code == "auth.failed"
        assert set(engine.seen) == {"hello"}


def test_without_drawing_no_more_previews_come(kind: str, tmp_path: Path):
    with Engine(tmp_path, steps=10, step_s=0.02) as engine:
        with Client("test", session=engine.file, transport=kind) as client:
            submit(client, preview=PreviewWish(credit=1))
            events = collect(client, lambda events: of(events, Result))
            assert len(of(events, JobPreview)) == 1
            job = submit(client, preview=PreviewWish(credit=1))
            events = []

            def look(event: Event) -> None:
                events.append(event)
                if isinstance(event, JobPreview):
                    client.drew(job)

            client.wait(job, 8, look)
            assert len(of(events, JobPreview)) > 2


def test_unfetched_previews_are_superseded(kind: str, tmp_path: Path):
    with (
        Engine(tmp_path, steps=10) as engine,
        Client("test", session=engine.file, transport=kind) as client,
    ):
        client.connect(PATIENCE_S)
        job = submit(client, preview=PreviewWish(credit=8))
        client.receive()
        until(lambda: engine.jobs.get(job) and engine.jobs[job].ending)
        threading.Event().wait(0.1)
        lots: list[
            list[int]
        ] = []  # what each call brings; a slow machine's sockets bring it in more than one

        def ended() -> bool:
            events = client.receive()
            lots.append([preview.step for preview in of(events, JobPreview)])
            return bool(of(events, Result))

        until(ended)
        assert all(len(lot) <= 1 for lot in lots), lots
        assert [lot for lot in lots if lot][-1] == [8]


def test_live_updates_take_effect_and_are_numbered(kind: str, tmp_path: Path):
    with Engine(tmp_path, steps=40, step_s=0.01) as engine:
        with Client("test", session=engine.file, transport=kind) as client:
            job = submit(client, params={"a": 1, "b": 1, "c": 1})
            collect(client, lambda events: of(events, JobProgress))
            assert client.update(job, {"b": 2}) == 1
            assert client.update(job, {"c": 3}) == 2
            events = collect(client, lambda events: of(events, Result))
            assert of(events, JobProgress)[-1].rev == 2
            assert of(events, Result)[0].done.metrics["params"] == {"a": 1, "b": 2, "c": 3}
            assert client.update(job, {"b": 9}) == 0


def test_a_refused_job_is_an_exception_for_scripts_and_an_event_for_hosts(
    kind: str, tmp_path: Path
):
    with Engine(tmp_path) as engine, Client("test", session=engine.file, transport=kind) as client:
        image = gray(client, b"abcd", 2)
        job = client.submit(drag(image, op="impossible"))
        with pytest.raises(ProtocolError) as caught:
            client.wait(job, PATIENCE_S)
        assert (caught.value.code, caught.value.job) == ("op.unsupported", job)
        job = client.submit(drag(image, op="impossible"))
        events = collect(client, lambda events: of(events, Error))
        assert of(events, Error)[0].job == job
        assert client.open_jobs == ()


def test_a_job_that_fails_says_why(kind: str, tmp_path: Path):
    with Engine(tmp_path) as engine, Client("test", session=engine.file, transport=kind) as client:
        ending = client.wait(submit(client, params={"boom": True}), PATIENCE_S)
        assert isinstance(ending, JobFailed)
        assert (ending.code, ending.message, ending.incident) == ("internal", "It broke.", "i1")


def test_questions_have_answers(kind: str, tmp_path: Path):
    with (
        Engine(tmp_path) as engine,
        Client("test", session=engine.file, transport=kind, window=1 << 20) as client,
    ):
        assert isinstance(client.ask(EngineStatus(), 8), EngineReport)
        models = client.ask(ModelList(), 8)
        assert isinstance(models, ModelCatalogue)
        assert [model.name for model in models.models] == ["scenes"]
        asked = client.request(JobPlan(op="drag", document=DOCUMENT, selection=(1, 2, 3, 4)))
        events = collect(client, lambda events: of(events, JobPlanned))
        assert of(events, JobPlanned)[0].re == asked
        assert client.welcome is not None
        client.get(client.welcome.caps.schema or "")
        arrived = of(collect(client, lambda events: of(events, Arrived)), Arrived)[0]
        assert arrived.data == SCHEMA  # larger than the window
        client.get("nonsense")
        assert (
            of(collect(client, lambda events: of(events, Error)), Error)[0].code == "blob.missing"
        )


def test_known_bytes_are_not_sent_again(kind: str, tmp_path: Path):
    pixels = os.urandom(3 << 20)
    with Engine(tmp_path) as engine:
        with Client("test", session=engine.file, transport=kind) as client:
            for _ in range(2):
                ending = client.wait(
                    client.submit(drag(gray(client, pixels, 1024, by_digest=True))),
                    8,
                )
                assert isinstance(ending, Result)
        assert engine.seen.count("blob.put") == 3
        with Client("another", session=engine.file, transport=kind) as client:
            ending = client.wait(client.submit(drag(gray(client, pixels, 1024, by_digest=True))), 8)
            assert bytes(ending.pictures["result"].pixels) == pixels.translate(INVERTED)
        assert engine.seen.count("blob.put") == 3


def test_dirty_rectangles_travel_alone(kind: str, tmp_path: Path):
    width = height = 512
    pixels = bytearray(os.urandom(width * height))
    with Engine(tmp_path) as engine, Client("test", session=engine.file, transport=kind) as client:
        source = gray(client, bytes(pixels), width)
        client.wait(client.submit(drag(source)), PATIENCE_S)
        for row in range(10, 14):
            pixels[row * width + 7 : row * width + 12] = b"\x07" * 5
        rect = PatchRect(x=7, y=10, width=5, height=4)
        newer = client.patch(source.blob, bytes(pixels), (width, height), 1, [rect])
        image = Image(**{**vars(source), "blob": newer})
        ending = client.wait(client.submit(drag(image)), PATIENCE_S)
        assert bytes(ending.pictures["result"].pixels) == bytes(pixels).translate(INVERTED)
        assert (engine.seen.count("blob.put"), engine.seen.count("blob.patch")) == (1, 1)
        # Where the base is lost, the whole is asked for and sent.
        engine.do(engine.blobs.clear)
        newest = client.patch(newer, bytes(pixels), (width, height), 1, [rect])
        image = Image(**{**vars(source), "blob": newest})
        ending = client.wait(client.submit(drag(image)), PATIENCE_S)
        assert bytes(ending.pictures["result"].pixels) == bytes(pixels).translate(INVERTED)
        assert (engine.seen.count("blob.put"), engine.seen.count("blob.patch")) == (2, 2)


def test_blobs_are_dropped_when_no_job_needs_them(kind: str, tmp_path: Path):
    with Engine(tmp_path, steps=20, step_s=0.01) as engine:
        with Client("test", session=engine.file, transport=kind) as client:
            image = gray(client, b"abcd", 2)
            job = client.submit(drag(image))
            client.drop(image.blob)
            collect(client, lambda events: of(events, JobProgress))
            assert image.blob in engine.blobs
            client.wait(job, PATIENCE_S)
            client.receive()
            until(lambda: image.blob not in engine.blobs)
            with pytest.raises(ProtocolError) as caught:
                client.submit(drag(image))
            assert caught.value.code == "blob.missing"


def test_two_clients_do_not_see_each_others_jobs(tmp_path: Path):
    with Engine(tmp_path) as engine:
        with (
            Client("a", session=engine.file, transport="stdlib") as one,
            Client("b", session=engine.file) as two,
        ):
            first, second = submit(one, b"aaaa"), submit(two, b"bbbb")
            assert bytes(one.wait(first, 8).pictures["result"].pixels) == b"aaaa".translate(
                INVERTED
            )
            assert bytes(two.wait(second, 8).pictures["result"].pixels) == b"bbbb".translate(
                INVERTED
            )
            for client, job in ((one, first), (two, second)):
                assert {getattr(event, "job", job) for event in client.receive()} == {job}
