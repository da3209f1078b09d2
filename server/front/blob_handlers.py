# SPDX-License-Identifier: Apache-2.0
"""What clients say about pictures: offer, send, patch, drop, and fetch the engine's own blobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from protocol import flow
from protocol.errors import ProtocolError
from protocol.messages import (
    BlobData,
    BlobDrop,
    BlobGet,
    BlobHave,
    BlobNeed,
    BlobOk,
    BlobPatch,
    BlobPut,
    Credit,
    Message,
)
from server.front.blobs import BlobStore
from server.front.sessions import Session

Arrived = Callable[[Session, str], None]
"""Told when a blob of a session has become complete."""


class BlobHandlers:
    """Handlers of the `blob.*` messages."""

    def __init__(self, blobs: BlobStore, own: dict[str, bytes], arrived: Arrived) -> None:
        self._blobs, self._own, self._arrived = blobs, own, arrived

    def have(self, session: Session, message: BlobHave) -> None:
        need: list[str] = []
        for offer in message.blobs:
            if self._blobs.has((session.id, offer.id), offer.nbytes, offer.digest):
                self._arrived(session, offer.id)
                continue
            need.append(offer.id)
            session.offer(offer.id, offer.nbytes, offer.digest)
        _say(session, BlobNeed(re=message.id, blobs=tuple(need)))

    def put(self, session: Session, message: BlobPut) -> None:
        """Store a chunk; credit for it is granted even when it is refused, it is off the wire either way."""
        chunk = message.frames[0]
        session.intake.received(len(chunk))
        name = (session.id, message.blob)
        _, digest = session.offers.get(message.blob, (0, None))
        try:
            complete = self._blobs.put(name, message.off, message.total, chunk, digest)
        finally:
            self._grant(session, len(chunk))
        if complete:
            session.offers.pop(message.blob, None)
            _say(session, BlobOk(re=message.id, blob=message.blob, nbytes=message.total))
            self._arrived(session, message.blob)
        elif message.last:
            self._blobs.drop(name)
            raise ProtocolError("blob.range", detail={"blob": message.blob, "total": message.total})

    def patch(self, session: Session, message: BlobPatch) -> None:
        nbytes = sum(len(frame) for frame in message.frames)
        session.intake.received(nbytes)
        try:
            self._blobs.patch(session.id, message)
        finally:
            self._grant(session, nbytes)
        _say(session, BlobOk(re=message.id, blob=message.new, nbytes=message.nbytes))
        self._arrived(session, message.new)

    def drop(self, session: Session, message: BlobDrop) -> None:
        for blob in message.blobs:
            self._blobs.drop((session.id, blob))

    def get(self, session: Session, message: BlobGet) -> None:
        data = self._own.get(message.blob)
        if data is None:
            raise ProtocolError("blob.missing", detail={"blob": message.blob}, re=message.id)
        assert session.send_queue is not None
        session.send_queue.stream(message.blob, _pieces(message, data, session.send_queue.chunk))

    def _grant(self, session: Session, nbytes: int) -> None:
        if grant := session.intake.drained(nbytes):
            _say(session, Credit(bytes=grant))


def _pieces(request: BlobGet, data: bytes, size: int) -> Iterator[Message]:
    for off, piece in flow.chunks(data, size):
        yield BlobData(re=request.id, blob=request.blob, off=off, total=len(data), frames=(piece,))


def _say(session: Session, message: Message) -> None:
    if session.send_queue is not None:
        session.send_queue.say(message)
