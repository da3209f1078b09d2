# SPDX-License-Identifier: Apache-2.0
"""The socket that clients connect to: a unix socket in a private folder and a port on this machine only.

Everything is bounded here: frame size, frames of a message, messages waiting in either direction. Sending never
blocks; a peer that does not read is the send_queue's concern.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import zmq

from protocol import limits

Buffer = bytes | bytearray | memoryview
Peer = bytes
"""The routing identity libzmq gave to one connection; never used twice."""

_COPY_BELOW = 4096
_BATCH = 64


class PeerGone(Exception):
    """The connection does not exist any more."""


@dataclass(frozen=True, kw_only=True)
class Received:
    """One message, its frames not yet decoded. `excess` counts frames beyond the limit, which were not kept."""

    peer: Peer
    frames: list[memoryview]
    excess: int = 0


class Router:
    """A ROUTER socket with every limit set explicitly; libzmq's defaults have none."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        socket = context.socket(zmq.ROUTER)
        for option, value in (
            (zmq.MAXMSGSIZE, limits.ZMQ_FRAME_MAX),
            (zmq.SNDHWM, limits.HIGH_WATER_MARK),
            (zmq.RCVHWM, limits.HIGH_WATER_MARK),
            (zmq.LINGER, limits.LINGER_ENGINE_MS),
            (zmq.ROUTER_MANDATORY, 1),
            (zmq.BACKLOG, limits.BACKLOG),
            (zmq.HANDSHAKE_IVL, limits.HANDSHAKE_MS),
            (zmq.IPV6, 0),
        ):
            socket.setsockopt(option, value)
        # With any ZAP domain libzmq turns away ZMTP 1 and 2, whose "handshake" a browser's GET would pass.
        socket.setsockopt(zmq.ZAP_DOMAIN, b"pullbrush")
        self.socket = socket

    def bind(self, unix: Path | None) -> list[str]:
        """Listen on a unix socket, where there can be one, and on a free port of 127.0.0.1.

        Returns both endpoints, the quicker first. Raises zmq.ZMQError.
        """
        endpoints: list[str] = []
        if unix is not None and zmq.has("ipc"):
            self.socket.bind(f"ipc://{unix}")
            endpoints.append(f"ipc://{unix}")
        self.socket.bind("tcp://127.0.0.1:*")
        bound = self.socket.getsockopt(zmq.LAST_ENDPOINT)
        assert isinstance(bound, bytes)
        endpoints.append(bound.rstrip(b"\0").decode("ascii"))
        return endpoints

    def receive(self) -> list[Received]:
        """What arrived, up to a batch of messages, so that no flood starves the workers."""
        messages: list[Received] = []
        while len(messages) < _BATCH:
            try:
                messages.append(self._receive_one())
            except zmq.Again:
                break
        return messages

    def _receive_one(self) -> Received:
        identity = self.socket.recv(zmq.NOBLOCK)
        frames: list[memoryview] = []
        excess = 0
        while self.socket.getsockopt(zmq.RCVMORE):
            frame = self.socket.recv(zmq.NOBLOCK, copy=False)
            if len(frames) < limits.FRAMES_MAX:
                frames.append(frame.buffer)
            else:
                excess += 1
        return Received(peer=identity, frames=frames, excess=excess)

    def send(self, peer: Peer, frames: Sequence[Buffer]) -> bool:
        """Hand a message to libzmq; False when the peer has not read what waits for it.

        Raises PeerGone when there is no such connection.
        """
        try:
            self.socket.send(peer, zmq.SNDMORE | zmq.NOBLOCK)
        except zmq.Again:
            return False
        except zmq.ZMQError as error:
            if error.errno == zmq.EHOSTUNREACH:
                raise PeerGone from None
            raise
        last = len(frames) - 1
        for i, frame in enumerate(frames):
            more = zmq.SNDMORE if i < last else 0
            self.socket.send(frame, more, copy=len(frame) < _COPY_BELOW)
        return True

    def close(self) -> None:
        self.socket.close()


def chosen_by_client(peer: Peer) -> bool:
    """Whether a client chose this identity itself.

    It could choose that of a connection which was closed and pass for its session; libzmq's own begin with a
    zero byte and are never given out twice.
    """
    return not peer.startswith(b"\0")
