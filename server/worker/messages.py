# SPDX-License-Identifier: Apache-2.0
"""What front and worker say to each other on their private socket: one msgpack header, then raw frames.

Front to worker: `task`, `cancel`, `update`, `credit`, `ping`, `stop`.
Worker to front: `hello`, `ready`, `pong`, `started`, `step`, `preview`, and one of `done`, `failed`, `cancelled`.
Pixels are never packed into the header: they travel as frames of their own, in the order the header names them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import msgpack  # pyright: ignore[reportMissingTypeStubs]
import zmq

Header = dict[str, Any]
Buffer = bytes | bytearray | memoryview

ENDED = frozenset({"done", "failed", "cancelled"})
_PIECE = 1024
_unpackb: Callable[..., object] = msgpack.unpackb  # pyright: ignore
_packb: Callable[..., bytes] = msgpack.packb  # pyright: ignore


def pack(header: Header, frames: Sequence[Buffer] = ()) -> list[Buffer]:
    """One message as ZeroMQ frames, header first."""
    return [_packb(header, use_bin_type=True), *frames]


def unpack(frames: Sequence[zmq.Frame]) -> tuple[Header, list[memoryview]]:
    """Header and raw frames of one received message.

    The memory views keep the received frames alive, so nothing is copied.
    Raises ValueError when the first frame is not a map with a type.
    """
    if not frames:
        raise ValueError("a private message needs a header frame, got none")
    header = _unpackb(frames[0].buffer, raw=False, strict_map_key=True)
    if not isinstance(header, dict):
        raise ValueError("a private header must be a map")
    known = cast("Header", header)
    if not isinstance(known.get("t"), str):
        raise ValueError("a private header must name its type")
    return known, [frame.buffer for frame in frames[1:]]


def send(socket: zmq.Socket[bytes], message: Sequence[Buffer], *prefix: bytes) -> None:
    """Hand a packed message to ZeroMQ at once; large frames are not copied. Raises zmq.ZMQError."""
    last = len(message) - 1
    for part in prefix:
        socket.send(part, zmq.SNDMORE | zmq.NOBLOCK)
    for i, frame in enumerate(message):
        more = zmq.SNDMORE if i < last else 0
        socket.send(frame, more | zmq.NOBLOCK, copy=len(frame) < _PIECE)
