# SPDX-License-Identifier: Apache-2.0
"""The standard-library transport: a ZMTP 3.0 DEALER over a plain socket.

For paint programs whose Python has no pyzmq, or a broken one; it talks to libzmq's ROUTER over TCP and unix
sockets at the same speed.
"""

from __future__ import annotations

import contextlib
import errno
import select
import socket
from collections import deque
from collections.abc import Sequence

from ..errors import ProtocolError
from ..limits import FRAME_MAX, HIGH_WATER_MARK
from ..messages.base import Bytes
from ..refuse import elsewhere
from . import framing
from .base import State

QUEUE_BYTES = FRAME_MAX
"""Bytes waiting for the kernel above which no further message is taken."""
PIECES_AT_ONCE = 16
_NO_SIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)
_SO_NOSIGPIPE = 0x1022
_IN_PROGRESS = (
    errno.EINPROGRESS,
    errno.EWOULDBLOCK,
    getattr(errno, "WSAEWOULDBLOCK", errno.EINPROGRESS),
)


class ZmtpTransport:
    """One connection; see `base.Transport`."""

    name = "stdlib"

    def __init__(self, endpoint: str) -> None:
        elsewhere(endpoint)
        self.state: State = "connecting"
        self.reason = ""
        self._reader = framing.Reader()
        self._out: deque[memoryview] = deque(
            [memoryview(framing.GREETING), memoryview(framing.READY)]
        )
        self._waiting: deque[list[memoryview]] = deque()
        self._out_bytes = 0
        self._connected = False
        self._socket, address = _socket_for(endpoint)
        self._socket.setblocking(False)
        _keep_host_alive(self._socket)
        code = self._socket.connect_ex(address)
        if code == 0:
            self._connected = True
        elif code not in _IN_PROGRESS:
            self._fail(_nobody(code))

    def send(self, frames: Sequence[Bytes]) -> bool:
        """Take a message to send; see `base.Transport`."""
        if (
            self.state == "closed"
            or self._out_bytes >= QUEUE_BYTES
            or len(self._out) >= 4 * HIGH_WATER_MARK
        ):
            return False
        message = framing.pieces(frames)
        self._out_bytes += sum(len(piece) for piece in message)
        if self._reader.ready:
            self._out.extend(message)
        else:
            self._waiting.append(message)
        self._move()
        return True

    def receive(self) -> list[Bytes] | None:
        """Return the next message; see `base.Transport`."""
        if not self._reader.messages:
            self._move()
        return self._reader.messages.pop(0) if self._reader.messages else None

    def fileno(self) -> int:
        """Return the socket's descriptor, -1 once it is closed."""
        return self._socket.fileno()

    def wait(self, seconds: float) -> None:
        """Sleep until the socket can be read, or written when something waits; see `base.Transport`."""
        if self.state == "closed" or self._reader.messages:
            return
        _ready(self._socket, write=bool(self._out) or not self._connected, seconds=seconds)

    def close(self) -> None:
        """Close; see `base.Transport`."""
        self._fail("It was closed.")

    def _fail(self, reason: str) -> None:
        if self.state != "closed":
            self.state, self.reason = "closed", reason
        self._out.clear()
        self._waiting.clear()
        self._socket.close()

    def _move(self) -> None:
        """Write and read as much as goes without waiting."""
        if self.state == "closed" or not self._finish_connecting():
            return
        try:
            self._write()
            self._read()
            self._write()
        except ProtocolError as error:
            self._fail(error.message)
        except OSError as error:
            self._fail(f"The connection broke ({error.strerror or error}).")

    def _finish_connecting(self) -> bool:
        if self._connected:
            return True
        if not _ready(self._socket, read=False, write=True, seconds=0):
            return False
        if code := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._fail(_nobody(code))
            return False
        self._connected = True
        return True

    def _write(self) -> None:
        try:
            while self._out:
                self._written(self._send_some())
        except (BlockingIOError, InterruptedError):
            return

    def _send_some(self) -> int:
        if hasattr(self._socket, "sendmsg"):
            some = [self._out[i] for i in range(min(PIECES_AT_ONCE, len(self._out)))]
            return self._socket.sendmsg(some, [], _NO_SIGNAL)
        return self._socket.send(self._out[0])

    def _written(self, count: int) -> None:
        self._out_bytes = max(0, self._out_bytes - count)
        while count:
            piece = self._out.popleft()
            if count < len(piece):
                self._out.appendleft(piece[count:])
                return
            count -= len(piece)

    def _read(self) -> None:
        # One message at a time: what is not read yet stays in the kernel, where it holds the sender back.
        while not self._reader.messages:
            try:
                count = self._socket.recv_into(self._reader.space())
            except (BlockingIOError, InterruptedError):
                return
            if count == 0:
                self._fail("The engine closed the connection.")
                return
            self._reader.filled(count)
            self._after_reading()

    def _after_reading(self) -> None:
        self._out.extend(memoryview(reply) for reply in self._reader.replies)
        self._reader.replies.clear()
        if self._reader.ready:
            self.state = "open"
            while self._waiting:
                self._out.extend(self._waiting.popleft())


def _nobody(code: int) -> str:
    return f"Nothing answers there ({errno.errorcode.get(code, code)})."


def _socket_for(endpoint: str) -> tuple[socket.socket, str | tuple[str, int]]:
    if endpoint.startswith("ipc://"):
        if not hasattr(socket, "AF_UNIX"):
            raise ProtocolError(
                "engine.unreachable",
                "This system has no unix sockets; use the engine's TCP address.",
            )
        return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), endpoint.removeprefix("ipc://")
    host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made, (host.strip("[]"), int(port))


def _ready(made: socket.socket, *, read: bool = True, write: bool = False, seconds: float) -> bool:
    if hasattr(
        select, "poll"
    ):  # select() cannot watch descriptors above 1023, and paint programs open many files
        poller = select.poll()
        poller.register(made, (select.POLLIN if read else 0) | (select.POLLOUT if write else 0))
        return bool(poller.poll(max(0, round(seconds * 1000))))
    readers, writers = ([made] if read else []), ([made] if write else [])
    return any(select.select(readers, writers, [made], max(0.0, seconds)))


def _keep_host_alive(made: socket.socket) -> None:
    # A paint program may not ignore SIGPIPE, and would end when the engine does: macOS has a socket option for it.
    if not _NO_SIGNAL and hasattr(socket, "AF_UNIX"):
        with contextlib.suppress(OSError):
            made.setsockopt(socket.SOL_SOCKET, _SO_NOSIGPIPE, 1)
