# SPDX-License-Identifier: Apache-2.0
"""The client's blobs: sent in chunks as the engine's window allows, kept until dropped, sent again when lost.

A blob may be named by its digest, then the engine is asked first whether it has the bytes already. A blob that is
another one with some rectangles painted over travels as those rectangles alone.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from . import ids
from .errors import ProtocolError
from .flow import Allowance, digest
from .limits import BLOB_MAX, CHUNK, FRAME_MAX, PATCH_RECTS_MAX, TURN_S
from .messages import BlobHave, BlobOffer, BlobPatch, BlobPut, Message, PatchRect
from .messages.base import Bytes

Where = Literal["here", "asked", "queued", "sent", "there"]
PATCH_BYTES_MAX = FRAME_MAX
"""Above this a patch is not worth its message, and the whole image goes in chunks."""


@dataclass
class _Blob:
    """Bytes of the client's; `where` they are, and how they can be sent."""

    data: memoryview
    where: Where = "here"
    digest: str | None = None
    patch: BlobPatch | None = None


class Uploads:
    """All blobs of one client."""

    def __init__(self) -> None:
        self._blobs: dict[str, _Blob] = {}
        self._queue: deque[str] = deque()
        self._off = 0
        self._chunk = CHUNK
        self._patch_max = PATCH_BYTES_MAX
        self._allowance = Allowance(0)
        self._ask: list[str] = []

    def put(self, data: Bytes, *, by_digest: bool = False, name: str | None = None) -> str:
        """Take bytes to send, which must not change any more; returns their id. Nothing is copied."""
        view = memoryview(data).cast("B")
        if not 1 <= len(view) <= BLOB_MAX:
            raise ProtocolError("blob.range", f"A blob has 1 to {BLOB_MAX} bytes, not {len(view)}.")
        mark = digest(view) if by_digest else None
        name = mark or name or ids.new()
        if name not in self._blobs:
            self._blobs[name] = _Blob(view, digest=mark)
            self.want([name])
        return name

    def patch(
        self, base: str, data: Bytes, size: tuple[int, int], pixel: int, rects: Iterable[PatchRect]
    ) -> str:
        """Take a new image that differs from the blob `base` only in `rects`; returns its id.

        `data` is the whole new image of `size` (width, height) with `pixel` bytes each; only the rectangles
        travel, unless they are so many that the whole is as quick, or the base is not with the engine.
        """
        view = memoryview(data).cast("B")
        name = ids.new()
        blob = self._blobs[name] = _Blob(view)
        dirty = tuple(rects)
        old = self._blobs.get(base)
        nbytes = sum(rect.width * rect.height for rect in dirty) * pixel
        known = (
            old is not None and old.where not in ("here", "asked") and len(old.data) == len(view)
        )
        if (
            known
            and 0 < len(dirty) <= PATCH_RECTS_MAX
            and nbytes <= min(self._patch_max, len(view) // 2)
        ):
            frames = tuple(_cut(view, size[0], pixel, rect) for rect in dirty)
            blob.patch = BlobPatch(
                id=ids.new(),
                new=name,
                base=base,
                width=size[0],
                height=size[1],
                pixel=pixel,
                rects=dirty,
                frames=frames,
            )
        self.want([name])
        return name

    def drop(self, names: Iterable[str]) -> list[str]:
        """Forget blobs; returns those the engine has heard of."""
        heard: list[str] = []
        for name in names:
            for other in self._blobs.values():
                if other.patch is not None and other.patch.base == name and other.where == "queued":
                    other.patch = None  # what it changes will be gone: the whole must go
            blob = self._blobs.pop(name, None)
            if blob is None:
                continue
            if blob.where in ("sent", "there") or (self._queue and self._queue[0] == name):
                heard.append(name)
            self._unqueue(name)
        return heard

    def want(self, names: Iterable[str]) -> None:
        """See to it that blobs get to the engine; raises ProtocolError `blob.missing` for one never put."""
        for name in names:
            blob = self._blobs.get(name)
            if blob is None:
                raise ProtocolError("blob.missing", f"The blob {name} was not put, or was dropped.")
            if blob.where != "here":
                continue
            if blob.digest is not None:
                blob.where = "asked"
                self._ask.append(name)
            else:
                self._enqueue(name, blob)

    def needed(self, names: Sequence[str], answered: Iterable[str] = ()) -> None:
        """The engine lacks `names`; of the others in `answered` it has the bytes."""
        for name in answered:
            if (blob := self._blobs.get(name)) and blob.where == "asked" and name not in names:
                blob.where = "there"
        for name in names:
            if (blob := self._blobs.get(name)) and blob.where != "queued":
                if blob.where != "asked":
                    blob.patch = None  # it was there and got lost, so its base may be gone as well
                self._enqueue(name, blob)

    def confirmed(self, name: str) -> None:
        """The engine has the whole blob."""
        if blob := self._blobs.get(name):
            blob.where, blob.patch = "there", None

    def granted(self, nbytes: int) -> None:
        """The engine allows more bytes."""
        self._allowance.grant(nbytes)

    def opened(self, window: int, chunk: int, *, kept: bool) -> None:
        """A connection is open. `kept`: the engine still has what it confirmed; else nothing is there."""
        self._allowance, self._off = Allowance(window), 0
        self._chunk = max(1, min(chunk, CHUNK, window))
        self._patch_max = min(PATCH_BYTES_MAX, window // 2)
        self._queue.clear()
        self._ask.clear()
        unfinished = [
            name for name, blob in self._blobs.items() if blob.where in ("asked", "queued", "sent")
        ]
        for blob in self._blobs.values():
            if not kept or blob.where != "there":
                blob.where, blob.patch = "here", None
        self.want(unfinished)

    def question(self) -> BlobHave | None:
        """Return the question for the blobs named by digest, if there are any to ask for."""
        if not self._ask:
            return None
        asked, self._ask = self._ask[:256], self._ask[256:]
        offers = tuple(
            BlobOffer(id=name, nbytes=len(self._blobs[name].data), digest=self._blobs[name].digest)
            for name in asked
            if name in self._blobs
        )
        return BlobHave(id=ids.new(), blobs=offers) if offers else None

    def send(self, offer: Callable[[Message], bool]) -> bool:
        """Send what window and transport take, for one turn; tells whether more could go at once."""
        over = time.monotonic() + TURN_S
        while self._queue:
            name = self._queue[0]
            blob = self._blobs[name]
            message = blob.patch or self._next_chunk(name, blob.data)
            nbytes = sum(len(frame) for frame in message.frames)
            if nbytes > self._allowance.left or not offer(message):
                return False
            self._allowance.take(nbytes)
            self._off += nbytes
            if isinstance(message, BlobPatch) or message.last:
                blob.where = "sent"
                self._queue.popleft()
                self._off = 0
            if time.monotonic() > over:
                return bool(self._queue)
        return False

    @property
    def waiting(self) -> int:
        """Bytes that are still to be sent."""
        return sum(len(self._blobs[name].data) for name in self._queue) - self._off

    def _next_chunk(self, name: str, data: memoryview) -> BlobPut:
        piece = data[self._off : self._off + self._chunk]
        last = self._off + len(piece) == len(data)
        return BlobPut(blob=name, off=self._off, total=len(data), last=last, frames=(piece,))

    def _enqueue(self, name: str, blob: _Blob) -> None:
        blob.where = "queued"
        self._queue.append(name)

    def _unqueue(self, name: str) -> None:
        if name in self._ask:
            self._ask.remove(name)
        if name in self._queue:
            if self._queue[0] == name:
                self._off = 0
            self._queue.remove(name)


def _cut(image: memoryview, width: int, pixel: int, rect: PatchRect) -> bytes:
    row, start = rect.width * pixel, rect.x * pixel
    lines = (image[y * width * pixel + start :][:row] for y in range(rect.y, rect.y + rect.height))
    return b"".join(lines)
