# SPDX-License-Identifier: Apache-2.0
"""Both transports against a real ROUTER and against other ends that misbehave."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENCE_S
from peers import GREETING, READY, Cable, Echo, next_message, raw_server, send, until, until_closed

from protocol import codec, limits
from protocol.errors import ProtocolError
from protocol.transport import ZmtpTransport, connect
from protocol.transport.framing import Reader, pieces

SIZES = [0, 1, 255, 256, 16_383, 16_384, 65_536, 1 << 20, limits.FRAME_MAX]


@pytest.fixture(params=["stdlib", "pyzmq"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=["tcp", "ipc"])
def endpoint(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return "tcp://127.0.0.1:*" if request.param == "tcp" else f"ipc://{tmp_path}/s"


def test_messages_of_all_sizes_come_back(kind: str, endpoint: str):
    with Echo(endpoint) as echo:
        transport = connect(echo.endpoint, kind)
        assert transport.name == kind
        for size in SIZES:
            message = [b"head", os.urandom(size), b"", b"tail" * 100]
            send(transport, message)
            assert next_message(transport) == message
        message = [bytes((i,)) * i for i in range(limits.FRAMES_MAX)]
        send(transport, message)
        assert next_message(transport) == message
        transport.close()
        assert transport.state == "closed"
        assert transport.fileno() == -1
        assert not transport.send([b"x"])
        assert transport.receive() is None


def test_many_messages_keep_their_order(kind: str, endpoint: str):
    with Echo(endpoint) as echo:
        transport = connect(echo.endpoint, kind)
        back: list[list] = []
        for i in range(1000):
            while not transport.send([str(i).encode(), b"x" * (i * 37 % 3000)]):
                transport.wait(0.01)
                if (frames := transport.receive()) is not None:
                    back.append(frames)
        while len(back) < 1000:
            back.append(next_message(transport))
        assert [int(bytes(frames[0])) for frames in back] == list(range(1000))
        transport.close()


def test_the_descriptor_tells_of_a_message(kind: str, endpoint: str):
    with Echo(endpoint) as echo:
        transport = connect(echo.endpoint, kind)
        send(transport, [b"a"])
        came = transport.receive()
        while came is None:
            # libzmq's descriptor tells of changes only: the rule is to receive until None, then to watch.
            assert select.select([transport.fileno()], [], [], 5)[0]
            came = transport.receive()
        assert came == [b"a"]
        transport.close()


def test_nobody_there_is_noticed_at_once(kind: str, endpoint: str):
    with Echo(endpoint) as echo:
        pass
    transport = connect(echo.endpoint, kind)
    assert until_closed(transport)


def test_the_end_of_the_engine_is_noticed(kind: str, endpoint: str):
    with Echo(endpoint) as echo:
        transport = connect(echo.endpoint, kind)
        send(transport, [b"a"])
        assert next_message(transport) == [b"a"]
    assert "closed" in until_closed(transport)


def test_heartbeats_of_libzmq_are_answered(kind: str, endpoint: str):
    """For longer than libzmq waits for an answer, which is longer than a busy machine keeps us from giving one."""
    beats = {zmq.HEARTBEAT_IVL: 50, zmq.HEARTBEAT_TIMEOUT: 2500, zmq.HEARTBEAT_TTL: 10_000}
    with Echo(endpoint, beats) as echo:
        transport = connect(echo.endpoint, kind)
        send(transport, [b"a"])
        assert next_message(transport) == [b"a"]
        deadline = time.monotonic() + 4.0
        while time.monotonic() < deadline:
            transport.wait(0.02)
            assert transport.receive() is None
        assert transport.state == "open"
        send(transport, [b"b"])
        assert next_message(transport) == [b"b"]
        transport.close()


def test_a_frame_of_5_mib_ends_the_connection_on_the_engines_side(kind: str, endpoint: str):
    with Echo(endpoint, {zmq.MAXMSGSIZE: limits.ZMQ_FRAME_MAX}) as echo:
        transport = connect(echo.endpoint, kind)
        send(transport, [bytes(5 << 20)])
        until_closed(transport)
        assert echo.got == []


def test_a_frame_of_5_mib_ends_the_connection_on_the_clients_side(kind: str):
    def script(made: socket.socket) -> None:
        made.sendall(GREETING + READY + b"\x02" + (5 << 20).to_bytes(8, "big") + bytes(1000))
        time.sleep(0.3)

    with raw_server(script) as endpoint:
        transport = connect(endpoint, kind)
        until_closed(transport)


def test_a_message_of_too_many_frames_ends_the_connection(kind: str, endpoint: str):
    with Echo(endpoint) as echo:
        transport = connect(echo.endpoint, kind)
        send(transport, [b"x"] * 1000)
        assert str(limits.FRAMES_MAX) in until_closed(transport)


def test_a_slow_reader_never_blocks_the_sender(kind: str, endpoint: str):
    with Echo(endpoint, {zmq.RCVHWM: 2}) as echo:
        transport = connect(echo.endpoint, kind)
        send(transport, [b"a"])
        assert next_message(transport) == [b"a"]
        echo.deaf.set()
        piece = bytes(1 << 20)
        taken = 0
        while transport.send([piece]):
            taken += 1
            assert taken < 200
        transport.wait(0.2)
        while transport.send([piece]):
            taken += 1
            assert taken < 200
        echo.deaf.clear()
        for _ in range(taken):
            assert next_message(transport) == [piece]
        transport.close()


def test_one_byte_at_a_time(kind: str):
    message = b"\x01\x01a" + b"\x02" + (300).to_bytes(8, "big") + b"b" * 300

    def script(made: socket.socket) -> None:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in GREETING + READY + message:
            made.sendall(bytes((byte,)))
            time.sleep(0.0005)
        made.recv(10_000)
        time.sleep(0.2)

    with raw_server(script) as endpoint:
        transport = connect(endpoint, kind)
        assert next_message(transport) == [b"a", b"b" * 300]
        transport.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n" + b"<html></html>" * 10,
        b"SSH-2.0-OpenSSH_9.2\r\n" * 10,
        bytes(200),
        GREETING[:12].replace(b"\x03", b"\x01") + b"\x05" + bytes(60),
        GREETING.replace(b"NULL", b"CURV") + READY,
        GREETING + READY.replace(b"ROUTER", b"DEALER").replace(b"DEALER", b"SUBSCR"),
        GREETING + b"\x04\x0b\x05ERROR\x04nono",
        GREETING + b"\x00\x01a",
        GREETING + b"\x06" + (1 << 40).to_bytes(8, "big"),
    ],
    ids=[
        "http",
        "ssh",
        "zeros",
        "old",
        "curve",
        "socket type",
        "error",
        "no ready",
        "huge command",
    ],
)
def test_something_else_at_the_address(kind: str, answer: bytes):
    def script(made: socket.socket) -> None:
        made.sendall(answer)
        made.recv(10_000)
        time.sleep(0.05)

    with raw_server(script) as endpoint:
        transport = connect(endpoint, kind)
        deadline = time.monotonic() + PATIENCE_S
        while transport.state != "closed" and time.monotonic() < deadline:
            # libzmq takes what it cannot read for ZMTP 1.0 and may hand on its bytes: the codec refuses those.
            if (frames := transport.receive()) is not None:
                assert kind == "pyzmq"
                with pytest.raises(ProtocolError):
                    codec.decode(frames)
            transport.wait(0.02)
        assert transport.state == "closed"
        assert transport.reason.endswith(".")


def test_raw_http_to_a_router_is_no_message(endpoint: str):
    """A web page can make a browser send this. libzmq takes it for ZMTP 1.0; nothing of it passes the codec."""
    with Echo(endpoint) as echo:
        if endpoint.startswith("tcp"):
            host, _, port = echo.endpoint.removeprefix("tcp://").rpartition(":")
            made = socket.create_connection((host, int(port)))
        else:
            made = socket.socket(socket.AF_UNIX)
            made.connect(echo.endpoint.removeprefix("ipc://"))
        with made:
            made.sendall(
                b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\nhello" * 20
            )
            made.shutdown(socket.SHUT_WR)
            made.settimeout(0.3)
            with contextlib.suppress(OSError):
                while made.recv(1000):
                    pass
        for frames in echo.got:
            with pytest.raises(ProtocolError):
                codec.decode(frames)
        transport = connect(echo.endpoint)
        send(transport, [b"still here"])
        assert next_message(transport) == [b"still here"]
        transport.close()


@pytest.mark.parametrize("cut_at", [1, 30, 64, 100, 5000, 300_000])
def test_a_connection_cut_anywhere(kind: str, endpoint: str, cut_at: int, tmp_path: Path):
    with Echo(endpoint) as echo, Cable(echo.endpoint, tmp_path) as cable:
        cable.cut_after = cut_at
        transport = connect(cable.endpoint, kind)
        for _ in range(200):
            transport.send([b"a", bytes(10_000)])
            transport.receive()
            if transport.state == "closed":
                break
            transport.wait(0.01)
        until(lambda: cable.cuts == 1)
        while transport.state != "closed":
            transport.receive()
            transport.wait(0.01)
        for frames in echo.got:  # whole messages or none
            assert frames == [b"a", bytes(10_000)]


def test_endpoints_elsewhere_are_never_tried(kind: str):
    for endpoint in ("tcp://10.0.0.1:5555", "tcp://*:5555", "ipc://@x"):
        with pytest.raises(ProtocolError) as caught:
            connect(endpoint, kind)
        assert caught.value.code == "endpoint.refused"


@pytest.mark.parametrize(
    "failure", ["raise ImportError('no libzmq')", "raise SystemError('wrong ABI')", "x = 1"]
)
def test_a_broken_pyzmq_falls_back(tmp_path: Path, failure: str, endpoint: str):
    (tmp_path / "zmq").mkdir()
    (tmp_path / "zmq" / "__init__.py").write_text(failure)
    with Echo(endpoint) as echo:
        script = (
            "import sys; from protocol.transport import connect\n"
            "t = connect(sys.argv[1])\n"
            "assert t.name == 'stdlib', t.name\n"
            "t.send([b'hello'])\n"
            "while t.receive() is None: t.wait(0.1); assert t.state != 'closed', t.reason\n"
        )
        path = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
        env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
            "PYTHONPATH": path
        }
        subprocess.run(
            [sys.executable, "-c", script, echo.endpoint], env=env, check=True, timeout=15
        )
        assert echo.got == [[b"hello"]]


def test_pyzmq_is_chosen_where_it_works(endpoint: str):
    with Echo(endpoint) as echo:
        transport = connect(echo.endpoint)
        assert transport.name == "pyzmq"
        transport.close()


def test_sending_is_not_copying(endpoint: str):
    """Long frames lie in the queue as views of the caller's bytes."""
    pixels = bytes(1 << 20)
    views = [piece.obj for piece in pieces([b"head", pixels])]
    assert any(obj is pixels for obj in views)


@given(st.lists(st.lists(st.binary(max_size=400), min_size=1, max_size=5), max_size=5), st.data())
def test_framing_survives_any_cut(messages: list[list[bytes]], data: st.DataObject):
    stream = (
        GREETING
        + READY
        + b"".join(bytes(piece) for message in messages for piece in pieces(message))
    )
    reader = Reader()
    while stream:
        step = data.draw(st.integers(1, 500))
        part, stream = stream[:step], stream[step:]
        while part:
            space = reader.space()
            count = min(len(space), len(part))
            space[:count] = part[:count]
            reader.filled(count)
            part = part[count:]
    assert [[bytes(frame) for frame in message] for message in reader.messages] == messages


@given(st.binary(max_size=600), st.booleans())
def test_framing_of_anything_is_messages_or_a_refusal(stream: bytes, greeted: bool):
    reader = Reader()
    stream = GREETING + READY + stream if greeted else stream
    reader.space()[: len(stream)] = stream
    try:
        reader.filled(len(stream))
    except ProtocolError as error:
        assert error.message.endswith(".")


def test_a_host_that_does_not_ignore_sigpipe_lives_on(tmp_path: Path):
    """Paint programs that embed Python may die of SIGPIPE; sending into a closed socket must not raise it."""
    script = (
        "import signal, sys, time; signal.signal(signal.SIGPIPE, signal.SIG_DFL)\n"
        "from protocol.transport import connect\n"
        "t = connect(sys.argv[1], 'stdlib')\n"
        "while t.state != 'closed': t.send([b'x' * 100000]); t.wait(0.01); t.receive()\n"
        "print('alive')\n"
    )

    def hang_up(made: socket.socket) -> None:
        made.sendall(GREETING + READY)
        made.recv(1000)

    with raw_server(hang_up) as endpoint:
        ran = subprocess.run(
            [sys.executable, "-c", script, endpoint],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    assert ran.stdout == "alive\n", ran.stderr


def test_closing_from_another_state_is_quiet():
    accepted = threading.Event()
    with raw_server(lambda made: accepted.set()) as endpoint:
        transport = ZmtpTransport(endpoint)
        transport.close()
        transport.close()
        transport.wait(0.01)
        assert transport.reason == "It was closed."
