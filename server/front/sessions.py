# SPDX-License-Identifier: Apache-2.0
"""Sessions: one for each client, outliving its connections for a while so that it can come back."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from protocol.flow import Intake
from protocol.messages import App
from server.front.router import Peer
from server.front.send_queue import SendQueue

OFFERS_MAX = 1024


@dataclass(kw_only=True)
class Session:
    """What the engine knows of one client. `send_queue` is None while the client is not connected."""

    id: str
    app: App
    send_queue: SendQueue | None = None
    heard_at: float = 0.0
    pinged_at: float = 0.0
    left_at: float = 0.0
    intake: Intake = field(default_factory=Intake)
    """How many bytes of pictures the client may send before it gets credit."""
    offers: OrderedDict[str, tuple[int, str | None]] = field(
        default_factory=OrderedDict[str, tuple[int, str | None]]
    )
    """Blobs offered by the client: bytes and digest, to check what arrives."""
    plans: int = 0

    @property
    def peer(self) -> Peer | None:
        return self.send_queue.peer if self.send_queue else None

    def offer(self, blob: str, nbytes: int, digest: str | None) -> None:
        self.offers[blob] = (nbytes, digest)
        while len(self.offers) > OFFERS_MAX:
            self.offers.popitem(last=False)


class Sessions:
    """All sessions, by their secret id and by the connection they have now."""

    def __init__(self) -> None:
        self._by_id: dict[str, Session] = {}
        self._by_peer: dict[Peer, Session] = {}

    def open(self, app: App, send_queue: SendQueue, now: float) -> Session:
        """A new session on a new connection."""
        session = Session(id=secrets.token_urlsafe(24), app=app)
        self._by_id[session.id] = session
        self.attach(session, send_queue, now)
        return session

    def attach(self, session: Session, send_queue: SendQueue, now: float) -> None:
        """Give a session a new connection; an old one is forgotten."""
        self.detach(session, now)
        session.send_queue, session.heard_at = send_queue, now
        session.intake = Intake()
        self._by_peer[send_queue.peer] = session

    def detach(self, session: Session, now: float) -> None:
        """The connection is gone; jobs, blobs and results stay for a while."""
        if session.send_queue is not None:
            self._by_peer.pop(session.send_queue.peer, None)
            session.send_queue, session.left_at = None, now

    def forget(self, session: Session) -> None:
        self.detach(session, 0.0)
        self._by_id.pop(session.id, None)

    def of_peer(self, peer: Peer) -> Session | None:
        return self._by_peer.get(peer)

    def get(self, session_id: str) -> Session | None:
        return self._by_id.get(session_id)

    def all(self) -> list[Session]:
        return list(self._by_id.values())

    def present(self, now: float, silent_s: float) -> int:
        """How many clients are connected and have said something lately."""
        return sum(now - session.heard_at <= silent_s for session in self._by_peer.values())
