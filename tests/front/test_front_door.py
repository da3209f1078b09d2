# SPDX-License-Identifier: Apache-2.0
"""Who gets in, and what becomes of everybody else."""

from __future__ import annotations

import os
import secrets
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import zmq
from engine_process import ROOT, Engine, picture, submit
from fakes.session_file import lost_engine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from patience import PATIENCE_S
from raw_client import RawClient

from protocol import codec, handshake, ids, limits
from protocol.client import Client
from protocol.events import Reconnecting, Result
from protocol.messages import (
    Auth,
    BlobPatch,
    Challenge,
    EngineReport,
    EngineStatus,
    Error,
    JobCancel,
    JobCancelled,
    PatchRect,
    Ping,
    Pong,
)
from protocol.places import log_path, run_folder


def report(engine: Engine) -> EngineReport:
    """How the engine is; and proof that it has read everything that was sent before."""
    with RawClient(engine.session).open() as client:
        client.say(EngineStatus(id=ids.new()))
        return client.until(EngineReport)


@pytest.mark.parametrize("endpoint", [0, 1], ids=["unix", "tcp"])
def test_a_wrong_token_opens_nothing(engine: Engine, endpoint: int) -> None:
    address = engine.session.endpoints[endpoint]
    with RawClient(engine.session, endpoint=address) as stranger:
        stranger.open(token=secrets.token_bytes(limits.TOKEN_BYTES))
        assert stranger.until(Error).code == "auth.failed"
        before = report(engine).blob_bytes
        stranger.put(picture())
        stranger.say(EngineStatus(id=ids.new()))
        assert report(engine).blob_bytes == before
        assert stranger.hear(0.2) is None, "who was refused is not answered again"


def test_before_the_handshake_three_answers_and_no_more(engine: Engine) -> None:
    with RawClient(engine.session) as stranger:
        before = report(engine).blob_bytes
        for _ in range(4):
            stranger.put(picture())
            stranger.say(EngineStatus(id=ids.new()))
            stranger.frames([b"nonsense", b"and more"])
        answers = [stranger.hear() for _ in range(limits.UNAUTHENTICATED_MAX)]
        codes = [answer.code for answer in answers if isinstance(answer, Error)]
        assert codes == ["auth.required", "auth.required", "header.invalid"]
        assert report(engine).blob_bytes == before
        assert stranger.hear(0.2) is None


def test_a_challenge_is_answered_once(engine: Engine) -> None:
    with RawClient(engine.session) as stranger:
        nonce = stranger.hello()
        challenge = stranger.until(Challenge)
        assert handshake.proves(
            challenge.mac, engine.session.secret, handshake.ENGINE, nonce, challenge.nonce2
        ), "the engine proves itself first"
        stranger.say(Auth(id=ids.new(), mac=bytes(32)))
        assert stranger.until(Error).code == "auth.failed"
        mac = handshake.proof(engine.session.secret, handshake.CLIENT, nonce, challenge.nonce2)
        stranger.say(Auth(id=ids.new(), mac=mac))
        report(engine)
        assert stranger.hear(0.2) is None


def test_a_client_cannot_choose_its_routing_id(engine: Engine) -> None:
    with RawClient(engine.session, identity=b"engine-user") as stranger:
        stranger.hello()
        error = stranger.until(Error)
        assert error.code == "auth.required"
        assert "routing id" in error.message


def test_another_version_is_told_so(engine: Engine) -> None:
    with RawClient(engine.session) as stranger:
        stranger.frames([b"PBR\x09\x00\x00", b"\x80"])
        assert stranger.until(Error).code == "proto.version"


def test_a_browser_gets_nothing(engine: Engine) -> None:
    port = int(engine.session.endpoints[1].rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as browser:
        browser.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n\r\n" * 20)
        browser.settimeout(PATIENCE_S)
        received = b""
        try:
            while piece := browser.recv(4096):
                received += piece
        except ConnectionResetError:
            pass
    assert b"HTTP" not in received
    assert len(received) <= 64, "a ZMTP greeting at most"
    assert report(engine).sessions >= 1


def test_an_oversize_frame_ends_the_connection_and_nothing_else(engine: Engine) -> None:
    with RawClient(engine.session).open() as client:
        header = codec.encode(Ping(n=1))
        client.frames([*header[:2], bytes(limits.ZMQ_FRAME_MAX + 1)])
        client.say(Ping(n=2))
        while (answer := client.hear(1.0)) is not None:
            assert isinstance(answer, Error), "the connection was new, nobody had opened it"
    assert report(engine).sessions >= 1


def test_a_frame_a_little_too_large_is_told_so(engine: Engine) -> None:
    with RawClient(engine.session).open() as client:
        header = codec.encode(Ping(n=1))
        client.frames([*header[:2], bytes(limits.FRAME_MAX + 1)])
        assert client.until(Error).code == "frame.too_large"


def test_a_message_of_a_thousand_frames_is_refused(engine: Engine) -> None:
    with RawClient(engine.session).open() as client:
        client.frames([*codec.encode(Ping(n=1)), *[b"x"] * 1000])
        assert client.until(Error).code == "header.invalid"
        client.say(Ping(n=2))
        assert client.until(Pong).n == 2


def test_more_than_the_window_is_refused(engine: Engine) -> None:
    side, n = 1024, 5
    frames = tuple(bytes(side * side * 4) for _ in range(n))
    assert sum(map(len, frames)) > limits.WINDOW
    rects = tuple(PatchRect(x=0, y=i * side, width=side, height=side) for i in range(n))
    with RawClient(engine.session).open() as client:
        client.say(
            BlobPatch(
                new="new",
                base="base",
                width=side,
                height=n * side,
                pixel=4,
                rects=rects,
                frames=frames,
            )
        )
        assert client.until(Error).code == "frame.too_large"
        client.say(Ping(n=3))
        assert client.until(Pong).n == 3


HEADERS = [
    codec.encode(message)[1]
    for message in (
        Ping(n=1),
        EngineStatus(id=ids.new()),
        JobCancel(job=ids.new()),
        Error(code="internal"),
    )
]


@pytest.fixture(scope="module")
def fuzzed(engine: Engine):
    with RawClient(engine.session).open() as client:
        yield client


@pytest.mark.fuzz
@pytest.mark.timeout(3600)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    frames=st.one_of(
        st.lists(st.binary(max_size=200), max_size=6),
        st.tuples(st.just(b"PBR\x01\x00\x00"), st.binary(max_size=300)).map(list),
        st.tuples(
            st.just(b"PBR\x01\x00\x00"),
            st.sampled_from(HEADERS),
            st.integers(0, 10_000),
            st.integers(0, 255),
        ).map(lambda t: [t[0], _mutated(bytes(t[1]), t[2], t[3])]),
    )
)
def test_no_bytes_disturb_the_engine(fuzzed: RawClient, frames: list[bytes]) -> None:
    fuzzed.frames(frames or [b""])
    n = secrets.randbelow(1 << 40)
    fuzzed.say(Ping(n=n))
    assert fuzzed.until(Pong, n=n).n == n
    fuzzed.seen.clear()


def _mutated(header: bytes, at: int, value: int) -> bytes:
    at %= len(header)
    return header[:at] + bytes([value]) + header[at + 1 :]


def test_another_sessions_job_is_unknown(engine: Engine) -> None:
    with RawClient(engine.session).open() as owner, RawClient(engine.session).open() as other:
        engine.close_gate("warp")
        try:
            job = owner.submit(task="warp")
            other.say(JobCancel(id=ids.new(), job=job))
            assert other.until(Error).code == "job.unknown"
            owner.say(Ping(n=1))
            owner.until(Pong)
            assert not any(isinstance(message, JobCancelled) for message in owner.seen)
        finally:
            engine.open_gate("warp")


def test_a_program_on_the_engines_address_gets_no_pixels(tmp_path: Path) -> None:
    """It knows the address and the engine's id, but not the token."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    squatter = context.socket(zmq.ROUTER)
    port = squatter.bind_to_random_port("tcp://127.0.0.1")
    file = lost_engine(f"tcp://127.0.0.1:{port}")
    came: list[str] = []
    with Client("test", session=file) as client:
        submit(client)
        for _ in range(200):
            events = client.receive()
            if any(isinstance(e, Reconnecting) and e.code == "auth.failed" for e in events):
                break
            if squatter.poll(20):
                identity, *frames = squatter.recv_multipart()
                message = codec.decode(frames)
                came.append(message.TYPE)
                lie = Challenge(
                    re=message.id, engine_id=file.engine_id, nonce2=bytes(32), mac=bytes(32)
                )
                squatter.send_multipart([identity, *codec.encode(lie)])
        else:
            pytest.fail("the client never noticed")
    assert set(came) == {"hello"}
    squatter.close(linger=0)
    context.term()


def test_every_listener_is_on_this_machine_only(engine: Engine) -> None:
    with engine.client() as client:
        client.connect(PATIENCE_S)
        assert isinstance(
            client.wait(submit(client), PATIENCE_S), Result
        )  # so that a model worker is there
        listening = _listeners(engine.process.pid)
    assert listening, "the engine listens somewhere"
    assert set(listening) == {"127.0.0.1"}, listening


def _listeners(pid: int) -> list[str]:
    """Addresses at which a process and those below it can be spoken to."""
    engine = psutil.Process(pid)
    return [
        one.laddr.ip
        for process in (engine, *engine.children(recursive=True))
        for one in process.net_connections(kind="inet")
        if one.status == psutil.CONN_LISTEN or one.type == socket.SOCK_DGRAM
    ]


def test_files_belong_to_their_owner_only(make_engine) -> None:
    before = os.umask(0)
    try:
        engine = make_engine()
    finally:
        os.umask(before)
    assert stat.S_IMODE(engine.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(run_folder(engine.file).stat().st_mode) == 0o700
    assert stat.S_IMODE(log_path(engine.file).stat().st_mode) == 0o600
    command = Path(f"/proc/{engine.process.pid}/cmdline")
    if command.exists():
        assert engine.session.token.encode() not in command.read_bytes()
    token = engine.session.token
    assert engine.end() == 0
    assert not engine.file.exists(), "removed at the end"
    assert not list(engine.folder.glob("**/*.sock"))
    assert token not in log_path(engine.file).read_text()


def test_one_engine_for_one_session_file(engine: Engine) -> None:
    command = [sys.executable, "-m", "server", "--session-file", str(engine.file)]
    second = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_S, cwd=ROOT, check=False
    )
    assert second.returncode == 2
    assert second.stderr.strip() == "An engine is already running here. Use it, or stop it first."
    assert engine.session.pid == engine.process.pid


def test_somebody_elses_protocol_package_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "protocol").mkdir()
    (tmp_path / "protocol" / "__init__.py").write_text("VERSION = '0.37'\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-P", "-m", "server"]
    said = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env=environment,
        cwd=tmp_path,
        check=False,
    )
    assert said.returncode != 0
    assert "environment of its own" in said.stderr
    assert "Traceback" not in said.stderr
