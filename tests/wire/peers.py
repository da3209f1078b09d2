# SPDX-License-Identifier: Apache-2.0
"""Other ends of a connection: scripted raw ones, a real ROUTER that echoes, and a cable that can be cut."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import zmq
from patience import PATIENCE_S

from protocol.transport import Transport

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01NULL" + bytes(16) + bytes(32)
READY = b"\x04\x29\x05READY\x0bSocket-Type\x00\x00\x00\x06ROUTER\x08Identity\x00\x00\x00\x00"


def until(ready: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """Wait for something to become true; fails the test when it does not."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def next_message(transport: Transport, seconds: float = PATIENCE_S) -> list[bytes]:
    """Wait for a message."""
    deadline = time.monotonic() + seconds
    while (frames := transport.receive()) is None:
        assert transport.state != "closed", transport.reason
        assert time.monotonic() < deadline, "no message came"
        transport.wait(0.05)
    return [bytes(frame) for frame in frames]


def send(transport: Transport, frames: list, seconds: float = PATIENCE_S) -> None:
    """Send as soon as there is room."""
    deadline = time.monotonic() + seconds
    while not transport.send(frames):
        assert transport.state != "closed", transport.reason
        assert time.monotonic() < deadline, "no room"
        transport.wait(0.01)
        transport.receive()


def until_closed(transport: Transport, seconds: float = PATIENCE_S) -> str:
    """Wait for the end of a connection and return why it ended."""
    deadline = time.monotonic() + seconds
    while transport.state != "closed":
        assert transport.receive() is None
        assert time.monotonic() < deadline, "still open"
        transport.wait(0.05)
    return transport.reason


@contextlib.contextmanager
def raw_server(script: Callable[[socket.socket], None]) -> Iterator[str]:
    """A plain TCP server that does with each connection what the script says."""
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            if not select.select([server], [], [], 0.02)[0]:
                continue
            made, _ = server.accept()
            with made, contextlib.suppress(OSError):
                made.settimeout(60)
                script(made)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
    finally:
        stop.set()
        thread.join(10)
        server.close()


class Echo(threading.Thread):
    """A real ROUTER that sends every message back; `options` are libzmq's."""

    def __init__(self, endpoint: str, options: dict[int, int] | None = None) -> None:
        super().__init__(daemon=True)
        self.got: list[list[bytes]] = []
        self.deaf = threading.Event()
        self._stop_it = threading.Event()
        self._context = zmq.Context()
        self._router = self._context.socket(zmq.ROUTER)
        for option, value in {zmq.LINGER: 0, **(options or {})}.items():
            self._router.setsockopt(option, value)
        self._router.bind(endpoint)
        self.endpoint = self._router.getsockopt(zmq.LAST_ENDPOINT).decode()

    def run(self) -> None:
        while not self._stop_it.is_set():
            if self.deaf.is_set():
                time.sleep(0.005)
            elif self._router.poll(5):
                frames = self._router.recv_multipart()
                self.got.append(frames[1:])
                self._router.send_multipart(frames)
        self._router.close(0)
        self._context.term()

    def __enter__(self) -> Echo:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_it.set()
        self.join(10)


class Cable(threading.Thread):
    """Carries bytes between clients and an engine, until it is cut; then new connections are carried again."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        super().__init__(daemon=True)
        self._to = endpoint
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._stop_it = threading.Event()
        self.cuts = 0
        self.cut_after: int | None = None
        self.carried = 0
        if endpoint.startswith("tcp"):
            self._server = socket.create_server(("127.0.0.1", 0))
            self.endpoint = f"tcp://127.0.0.1:{self._server.getsockname()[1]}"
        else:
            self._server = socket.socket(socket.AF_UNIX)
            self._server.bind(str(folder / "cable"))
            self._server.listen()
            self.endpoint = f"ipc://{folder / 'cable'}"

    def cut(self) -> None:
        """Break all connections at once, wherever the bytes are."""
        self.cut_after = 0
        until(lambda: self.cut_after is None)

    def run(self) -> None:
        while not self._stop_it.is_set():
            if self.cut_after is not None and self.carried >= self.cut_after:
                self._cut()
            ends = {end: pair[1 - i] for pair in self._pairs for i, end in enumerate(pair)}
            for end in select.select([self._server, *ends], [], [], 0.005)[0]:
                self._join() if end is self._server else self._carry(end, ends[end])
        self._cut()
        self._server.close()

    def _join(self) -> None:
        near, _ = self._server.accept()
        far = socket.socket(near.family)
        host, _, port = self._to.removeprefix("tcp://").rpartition(":")
        far.connect(
            (host, int(port)) if self._to.startswith("tcp") else self._to.removeprefix("ipc://")
        )
        self._pairs.append((near, far))

    def _carry(self, end: socket.socket, other: socket.socket) -> None:
        if end.fileno() < 0:
            return
        with contextlib.suppress(OSError):
            if data := end.recv(65_536):
                self.carried += len(data)
                other.sendall(data)
                return
        self._part(end)

    def _part(self, end: socket.socket) -> None:
        for pair in [pair for pair in self._pairs if end in pair]:
            self._pairs.remove(pair)
            for one in pair:
                one.close()

    def _cut(self) -> None:
        for pair in list(self._pairs):
            self._part(pair[0])
        self.cuts += 1
        self.cut_after = None

    def __enter__(self) -> Cable:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_it.set()
        self.join(10)
