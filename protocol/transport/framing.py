# SPDX-License-Identifier: Apache-2.0
"""ZMTP 3.0 as bytes, without a socket: greeting, commands, and messages out of a stream.

RFC 23/ZMTP (https://rfc.zeromq.org/spec/23/): mechanism NULL, this side a DEALER, the other a ROUTER.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import ProtocolError
from ..limits import FRAMES_MAX, ZMQ_FRAME_MAX
from ..messages.base import Bytes

GREETING_BYTES = 64
GREETING = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
MORE, LONG, COMMAND = 1, 2, 4
COPY_BELOW = 16 * 1024
"""Frames shorter than this are joined to one write; longer ones are sent from where they lie."""
COMMAND_MAX = 1024
READ_BYTES = 64 * 1024


def command(name: bytes, data: bytes) -> bytes:
    """Return a short command frame."""
    body = bytes((len(name),)) + name + data
    return bytes((COMMAND, len(body))) + body


def properties(values: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Return the metadata of a READY command."""
    return b"".join(
        bytes((len(name),)) + name + len(value).to_bytes(4, "big") + value for name, value in values
    )


READY = command(b"READY", properties([(b"Socket-Type", b"DEALER"), (b"Identity", b"")]))


def pieces(frames: Sequence[Bytes]) -> list[memoryview]:
    """Return a message as few pieces to write, long frames uncopied."""
    out: list[memoryview] = []
    small = bytearray()
    for i, frame in enumerate(frames):
        view = memoryview(frame).cast("B")
        more = MORE if i < len(frames) - 1 else 0
        if len(view) > 255:
            small += bytes((more | LONG,)) + len(view).to_bytes(8, "big")
        else:
            small += bytes((more, len(view)))
        if len(view) < COPY_BELOW:
            small += view
        else:
            out += [memoryview(bytes(small)), view]
            small.clear()
    if small:
        out.append(memoryview(bytes(small)))
    return out


class Reader:
    """Makes messages out of the bytes that the other side sends.

    Give it bytes by filling `space()` and telling `filled(n)`; it raises ProtocolError as soon as the bytes cannot
    come from a ROUTER of ours, so that memory stays within one message of allowed size.
    """

    def __init__(self) -> None:
        self.ready = False
        self.messages: list[list[Bytes]] = []
        self.replies: list[bytes] = []
        self._greeted = False
        self._read = bytearray(READ_BYTES)
        self._pending = bytearray()
        self._flags = 0
        self._body: bytearray | None = None
        self._have = 0
        self._frames: list[Bytes] = []

    def space(self) -> memoryview:
        """Return where the next bytes go: right into a long frame, else into a small buffer."""
        if self._body is not None and len(self._body) - self._have >= READ_BYTES:
            return memoryview(self._body)[self._have :]
        return memoryview(self._read)

    def filled(self, count: int) -> None:
        """Read the bytes that came."""
        if self._body is not None and len(self._body) - self._have >= READ_BYTES:
            self._have += count
            self._finish_body()
            return
        self._pending += memoryview(self._read)[:count]
        while self._step():
            pass

    def _step(self) -> bool:
        """Take one thing out of the pending bytes; False when more must come first."""
        if not self._greeted:
            return self._take_greeting()
        if self._body is None:
            return self._take_frame_start()
        if not self._pending and self._have < len(self._body):
            return False
        part = self._pending[: len(self._body) - self._have]
        self._body[self._have : self._have + len(part)] = part
        del self._pending[: len(part)]
        self._have += len(part)
        return self._finish_body()

    def _take_greeting(self) -> bool:
        start = self._pending[:GREETING_BYTES]
        if start and (start[0] != 0xFF or (len(start) > 9 and start[9] != 0x7F)):
            raise _refused("does not speak ZMTP")
        if len(start) > 10 and start[10] < 3:
            raise _refused(f"speaks ZMTP {start[10]}, which is too old")
        if len(start) < GREETING_BYTES:
            return False
        if not start.startswith(b"NULL\0", 12):
            raise _refused("wants another security mechanism")
        del self._pending[:GREETING_BYTES]
        self._greeted = True
        return True

    def _take_frame_start(self) -> bool:
        if len(self._pending) < 2:
            return False
        flags = self._pending[0]
        if flags & ~(MORE | LONG | COMMAND):
            raise _refused(f"sent a frame with flags {flags:#x}")
        start = 9 if flags & LONG else 2
        if len(self._pending) < start:
            return False
        size = int.from_bytes(self._pending[1:start], "big")
        if size > (COMMAND_MAX if flags & COMMAND else ZMQ_FRAME_MAX):
            raise _refused(f"sent a frame of {size} bytes", "frame.too_large")
        del self._pending[:start]
        self._flags, self._body, self._have = flags, bytearray(size), 0
        return True

    def _finish_body(self) -> bool:
        assert self._body is not None
        if self._have < len(self._body):
            return False
        body, self._body = self._body, None
        if self._flags & COMMAND:
            self._take_command(bytes(body))
        elif not self.ready:
            raise _refused("sent a message before it was ready")
        else:
            self._take_frame(body)
        return True

    def _take_frame(self, body: bytearray) -> None:
        self._frames.append(memoryview(body).toreadonly())
        if len(self._frames) > FRAMES_MAX:
            raise _refused(f"sent a message of more than {FRAMES_MAX} frames", "frame.too_large")
        if not self._flags & MORE:
            self.messages.append(self._frames)
            self._frames = []

    def _take_command(self, body: bytes) -> None:
        length = body[0] if body else 0
        name, data = body[1 : 1 + length], body[1 + length :]
        if name == b"READY":
            if b"\x0bSocket-Type\0\0\0\x06ROUTER" not in data:
                raise _refused("is not a ROUTER")
            self.ready = True
        elif name == b"PING":
            self.replies.append(command(b"PONG", data[2:18]))
        elif name == b"ERROR":
            raise _refused(f"refused the connection ({data[1:200].decode(errors='replace')})")


def _refused(what: str, code: str = "header.invalid") -> ProtocolError:
    return ProtocolError(code, f"The program at the engine's address {what}.")
