# SPDX-License-Identifier: Apache-2.0
"""The pyzmq transport: faster on large uploads, used wherever pyzmq can be imported."""

from __future__ import annotations

from collections.abc import Sequence

import zmq
from zmq.utils.monitor import recv_monitor_message

from ..limits import (
    FRAMES_MAX,
    HANDSHAKE_MS,
    HIGH_WATER_MARK,
    LINGER_CLIENT_MS,
    LINGER_ENGINE_MS,
    ZMQ_FRAME_MAX,
)
from ..messages.base import Bytes
from ..refuse import elsewhere
from .base import State

_OPEN = zmq.EVENT_HANDSHAKE_SUCCEEDED
_CLOSED: dict[int, str] = {
    zmq.EVENT_DISCONNECTED: "The engine closed the connection.",
    zmq.EVENT_CLOSED: "Nothing answers there.",
    zmq.EVENT_CONNECT_RETRIED: "Nothing answers there.",
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: "The program at the engine's address does not speak ZMTP.",
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: "The program at the engine's address does not speak ZMTP.",
    zmq.EVENT_HANDSHAKE_FAILED_AUTH: "The program at the engine's address refused the connection.",
}


class ZmqTransport:
    """One connection; see `base.Transport`."""

    name = "pyzmq"

    def __init__(self, endpoint: str) -> None:
        elsewhere(endpoint)
        self.state: State = "connecting"
        self.reason = ""
        self._full = False
        self._end = ""
        self._socket = _CONTEXT.socket(zmq.DEALER)
        for option, value in _OPTIONS.items():
            self._socket.setsockopt(option, value)
        events = _OPEN
        for event in _CLOSED:
            events |= event
        self._monitor = self._socket.get_monitor_socket(events)
        try:
            self._socket.connect(endpoint)
        except zmq.ZMQError as error:
            self._fail(f"The connection could not be opened ({error.strerror}).")

    def send(self, frames: Sequence[Bytes]) -> bool:
        """Take a message to send; see `base.Transport`."""
        self._look()
        if self.state != "open" or self._end:
            return False
        try:
            self._socket.send_multipart(frames, zmq.NOBLOCK, copy=False)
            self._full = False
        except zmq.Again:
            self._full = True
        return not self._full

    def receive(self) -> list[Bytes] | None:
        """Return the next message; see `base.Transport`."""
        if self.state == "closed":
            return None
        try:
            parts: list[Bytes] = [self._socket.recv(zmq.NOBLOCK, copy=False).buffer]
            while self._socket.getsockopt(zmq.RCVMORE):
                parts.append(self._socket.recv(zmq.NOBLOCK, copy=False).buffer)
                if len(parts) > FRAMES_MAX:
                    self._fail(f"The engine sent a message of more than {FRAMES_MAX} frames.")
                    return None
        except zmq.Again:
            if self._end:
                self._fail(self._end)  # only now: what came before the end was handed on first
            self._look()
            return None
        return parts

    def fileno(self) -> int:
        """Return libzmq's descriptor: it tells of changes only, so call `receive` until it returns None."""
        return -1 if self.state == "closed" else int(self._socket.getsockopt(zmq.FD))

    def wait(self, seconds: float) -> None:
        """Sleep until a message or a change of the connection comes; see `base.Transport`."""
        if self.state == "closed" or self._end:
            return
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN | (zmq.POLLOUT if self._full else 0))
        poller.register(self._monitor, zmq.POLLIN)
        poller.poll(max(0, round(seconds * 1000)))

    def close(self) -> None:
        """Close; see `base.Transport`."""
        self._fail("It was closed.", LINGER_ENGINE_MS)

    def _look(self) -> None:
        """Learn from libzmq's monitor how the connection is."""
        while self.state != "closed" and not self._end and self._monitor.poll(0):
            event = int(recv_monitor_message(self._monitor)["event"])
            if event == _OPEN:
                self.state = "open"
            elif event in _CLOSED:
                self._end = _CLOSED[event]

    def _fail(self, reason: str, linger_ms: int = LINGER_CLIENT_MS) -> None:
        if self.state == "closed":
            return
        self.state, self.reason = "closed", reason
        self._socket.disable_monitor()
        self._monitor.close(0)
        self._socket.close(linger_ms)  # in the background: a goodbye still gets its chance


_CONTEXT = zmq.Context()
"""One for the program's life: ending it would wait for sockets that somebody forgot to close."""

_OPTIONS: dict[int, int] = {
    zmq.LINGER: LINGER_CLIENT_MS,
    zmq.IMMEDIATE: 1,
    zmq.RECONNECT_IVL: -1,
    zmq.SNDHWM: HIGH_WATER_MARK,
    zmq.RCVHWM: HIGH_WATER_MARK,
    zmq.MAXMSGSIZE: ZMQ_FRAME_MAX,
    zmq.HANDSHAKE_IVL: HANDSHAKE_MS,
    zmq.IPV6: 1,
}


def supports(endpoint: str) -> bool:
    """Tell whether this libzmq can reach the endpoint: its Windows builds have no unix sockets."""
    return zmq.zmq_version_info() >= (4, 3) and (
        not endpoint.startswith("ipc:") or bool(zmq.has("ipc"))
    )
