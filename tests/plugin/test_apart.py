# SPDX-License-Identifier: Apache-2.0
"""The connection in a thread of its own: the same session, and no call of the main thread ever waits."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_process import Engine as EngineProcess
from fakes.host import open_host
from patience import PATIENCE_S

from protocol import ids
from protocol.apart import Apart
from protocol.client import Client
from protocol.events import Connected, Event
from protocol.images import Document, Image
from protocol.job_request import JobRequest
from protocol.messages import Error
from protocol.plugin.engine import Engine
from protocol.plugin.host import layers_of
from protocol.plugin.session.blocking import finish, wait_until
from protocol.plugin.session.edit_session import EditSession

DRAG = {"drags": [[[10, 10], [16, 12]]], "seed": 5}


def drag(image: Image, side: int) -> JobRequest:
    document = Document(key="d", width=side, height=side)
    return JobRequest(op="drag", document=document, images=(image,), params=DRAG)


AT_ONCE_S = 0.2
"""Nothing here takes a millisecond; a busy machine may take its time to give us the processor."""


class Line:
    """An engine process and a thread that talks to it."""

    def __init__(self, folder: Path) -> None:
        self.process = EngineProcess(folder, FAKE_ENGINE_STEP_S="0.02")
        self.rings = 0
        self.heard: list[Event] = []
        self.apart = Apart(lambda: Client("test", session=self.process.file), self._ring)
        self.thread = threading.Thread(target=self.apart.serve, args=(self._hear,))
        self.thread.start()
        self.engine = Engine(self.apart)

    def _ring(self) -> None:
        self.rings += 1

    def _hear(self, event: Event | None) -> None:
        if event is not None:
            self.heard.append(event)

    def end(self) -> None:
        self.apart.stop()
        self.thread.join(10)
        assert not self.thread.is_alive()
        self.process.end()


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    one = Line(tmp_path_factory.mktemp("line"))
    yield one
    one.end()


def test_an_edit_goes_through_the_other_thread(line: Line) -> None:
    host = open_host(key="doc-apart")
    session = EditSession(host, line.engine)
    session.choose("drag", DRAG)
    finish(session, PATIENCE_S)
    session.apply()
    assert session.stage == "applied"
    rect = host.state.sheets[-1].pixels.rect
    (layer,) = layers_of(host, ["paper"], rect)
    assert layer.pixels is not None
    made = bytes(host.state.sheets[-1].pixels.data)
    assert made == bytes(255 - value for value in bytes(layer.pixels.data))
    assert line.rings > 0
    assert any(isinstance(event, Connected) for event in line.heard)
    session.close()


def test_a_job_is_steered_and_stopped(line: Line) -> None:
    session = EditSession(open_host(key="doc-steered"), line.engine)
    line.process.close_gate("step-2")
    session.choose("drag", {**DRAG, "seed": 6})
    session.run()
    wait_until(session, lambda: session.stage == "running", PATIENCE_S)
    session.change({**DRAG, "seed": 6, "drags": [[[10, 10], [15, 11]]]})
    wait_until(session, lambda: session.host.previews != [], PATIENCE_S)  # type: ignore[attr-defined]
    session.cancel()
    line.process.open_gate("step-2")
    wait_until(session, lambda: session.stage == "ready", PATIENCE_S)
    assert session.outcome is None
    session.close()


def test_what_cannot_be_asked_comes_back_as_an_error(line: Line) -> None:
    image = Image(
        name="source", shape=(2, 2, 4), dtype="u1", order="rgba", alpha="straight",
        rect=(0, 0, 2, 2), blob=ids.new(),
    )  # fmt: skip
    job = line.apart.submit(drag(image, 2))
    deadline = time.monotonic() + PATIENCE_S
    found: list[Event] = []
    while not found and time.monotonic() < deadline:
        found = [e for e in line.apart.receive() if isinstance(e, Error) and e.job == job]
        time.sleep(0.01)
    assert found
    assert isinstance(found[0], Error)
    assert found[0].code == "blob.missing"


def test_no_call_waits_for_an_engine_that_hangs(line: Line) -> None:
    line.process.kill(signal.SIGSTOP)
    try:
        blob = line.apart.put(bytes(8 << 20))
        picture = Image(
            name="source", shape=(1024, 2048, 4), dtype="u1", order="rgba", alpha="straight",
            rect=(0, 0, 2048, 1024), blob=blob,
        )  # fmt: skip
        lasted: list[float] = []
        for _ in range(21):
            began = time.perf_counter()
            job = line.apart.submit(drag(picture, 9))
            line.apart.update(job, {"seed": 3})
            line.apart.cancel(job)
            line.apart.drew(job)
            line.apart.receive()
            lasted.append(time.perf_counter() - began)
            time.sleep(0.01)
        line.apart.drop(blob)
        assert sorted(lasted)[10] < AT_ONCE_S  # a busy machine stops any one of them, but not most
    finally:
        line.process.kill(signal.SIGCONT)


def test_an_update_of_a_job_that_is_over_is_none(line: Line) -> None:
    assert line.apart.update(ids.new(), {"seed": 1}) == 0
    assert not line.apart.cancel(ids.new())


def test_a_fault_of_ours_ends_the_jobs_and_the_next_client_works(tmp_path: Path) -> None:
    class Broken(Client):
        def receive(self) -> list[Event]:
            raise KeyError("a fault")

    clients = [Broken("test", session=tmp_path / "none.json")]
    apart = Apart(lambda: clients.pop() if clients else Client("test", session=tmp_path / "none"))
    blob = apart.put(b"1234")
    image = Image(
        name="source", shape=(1, 1, 4), dtype="u1", order="rgba", rect=(0, 0, 1, 1), blob=blob
    )
    job = apart.submit(drag(image, 1))
    with pytest.raises(KeyError):
        apart.serve()
    told = apart.receive()
    assert [type(event).__name__ for event in told] == ["Reconnecting", "JobFailed"]
    assert getattr(told[1], "job", "") == job
    thread = threading.Thread(target=apart.serve)
    thread.start()
    deadline = time.monotonic() + PATIENCE_S
    while not apart.receive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not apart.stopped
    apart.stop()
    thread.join(10)
    assert not thread.is_alive()
