# SPDX-License-Identifier: Apache-2.0
"""Bytes in pieces: putting chunks together again, and the credit that keeps a sender from running ahead.

Both sides use the same three: the engine for uploads, the client for results.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from .errors import ProtocolError
from .limits import CHUNK, WINDOW
from .messages.base import Bytes
from .messages.blobs import BlobPatch


class Assembly:
    """One whole out of chunks that come in order, as they do on one connection.

    Memory grows with the bytes that came, never with the total that was announced. A chunk at 0 starts over,
    as after a reconnect.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self._data = bytearray()

    @property
    def received(self) -> int:
        """Bytes that are there."""
        return len(self._data)

    @property
    def complete(self) -> bool:
        """Whether all bytes are there."""
        return len(self._data) == self.total

    def add(self, off: int, total: int, chunk: Bytes) -> None:
        """Add a chunk; raises ProtocolError `blob.range` when it leaves a gap, overlaps, or changes the total."""
        if off == 0:
            self._data = bytearray()
        if total != self.total or off != len(self._data) or off + len(chunk) > total:
            detail = {"off": off, "received": len(self._data), "total": self.total}
            raise ProtocolError("blob.range", detail=detail)
        self._data += chunk

    def whole(self) -> memoryview:
        """Return all the bytes, read-only, without a copy; raises ProtocolError `blob.range` before the last came."""
        if not self.complete:
            raise ProtocolError(
                "blob.range", detail={"received": len(self._data), "total": self.total}
            )
        return memoryview(self._data).toreadonly()


class Allowance:
    """The sender's side of a window: how many bytes may still go."""

    def __init__(self, window: int) -> None:
        self.left = window

    def grant(self, nbytes: int) -> None:
        """The receiver allows more."""
        self.left += nbytes

    def take(self, nbytes: int) -> bool:
        """Take up room for a chunk; False when it must wait."""
        if nbytes > self.left:
            return False
        self.left -= nbytes
        return True


class Intake:
    """The receiver's side of a window: when to grant more, in few messages."""

    def __init__(self, window: int = WINDOW) -> None:
        self.window = window
        self.outstanding = window
        self._drained = 0

    def received(self, nbytes: int) -> None:
        """Count a chunk that came; raises ProtocolError `frame.too_large` when it was never allowed."""
        if nbytes > self.outstanding:
            detail = {"bytes": nbytes, "allowed": self.outstanding}
            raise ProtocolError(
                "frame.too_large", "More bytes came than were allowed.", detail=detail
            )
        self.outstanding -= nbytes

    def drained(self, nbytes: int) -> int:
        """Count bytes that are dealt with; returns what to grant now: nothing, or about a quarter of the window.

        A sender whose pieces are no longer than a chunk, or half the window, never waits for ever.
        """
        self._drained += nbytes
        if self._drained < self.window // 4 and self.outstanding >= min(CHUNK, self.window):
            return 0
        grant, self._drained = self._drained, 0
        self.outstanding += grant
        return grant


def chunks(data: Bytes, size: int = CHUNK) -> Iterator[tuple[int, memoryview]]:
    """Cut bytes into pieces of at most `size`, each with its offset, without copying."""
    view = memoryview(data).cast("B")
    for off in range(0, len(view), size):
        yield off, view[off : off + size]


def digest(data: Bytes) -> str:
    """Return BLAKE2b-256 in hexadecimal, about 1.6 ms per MiB: worth it only where it saves an upload."""
    return blake2b(data, digest_size=32).hexdigest()


def patched(base: Bytes, patch: BlobPatch) -> bytearray:
    """Paint a patch's rectangles over a copy of its base; raises ProtocolError `blob.range` for another size."""
    if len(base) != patch.nbytes:
        raise ProtocolError("blob.range", detail={"base": len(base), "patch": patch.nbytes})
    image = bytearray(base)
    for rect, frame in zip(patch.rects, patch.frames, strict=True):
        row = rect.width * patch.pixel
        view = memoryview(frame)
        for y in range(rect.height):
            start = ((rect.y + y) * patch.width + rect.x) * patch.pixel
            image[start : start + row] = view[y * row : (y + 1) * row]
    return image
