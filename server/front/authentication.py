# SPDX-License-Identifier: Apache-2.0
"""The door: nobody is listened to before both sides have proved that they hold the token.

The engine proves first, so that a client never sends a pixel to a program that squats on the port. A peer that
talks out of turn is told so three times and then not answered any more.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from protocol import VERSION, handshake, ids, limits
from protocol.errors import ProtocolError
from protocol.messages import Auth, Bye, Challenge, Error, Hello, Message
from server.front.router import Peer

_STRANGERS_MAX = 256


@dataclass(kw_only=True)
class Stranger:
    """A connection that has not proved anything yet."""

    strikes: int = 0
    hello: Hello | None = None
    nonce2: bytes = b""
    since: float = 0.0
    ignored: bool = False


class Authentication:
    """Takes strangers through hello and auth."""

    def __init__(self, engine_id: str, token: bytes, handshake_s: float) -> None:
        self._engine_id, self._token, self._handshake_s = engine_id, token, handshake_s
        self._strangers: OrderedDict[Peer, Stranger] = OrderedDict()

    def refuse(self, peer: Peer, error: ProtocolError, now: float) -> Message | None:
        """Answer something unreadable, or nothing when this peer has had its answers."""
        stranger = self._stranger(peer, now)
        if stranger.ignored:
            return None
        return self._strike(stranger, error)

    def hear(self, peer: Peer, message: Message, now: float) -> Message | Hello | None:
        """The answer to a stranger's message; its `Hello` when it has just proved itself."""
        stranger = self._stranger(peer, now)
        if stranger.ignored:
            return None
        if isinstance(message, Hello) and stranger.hello is None:
            return self._challenge(stranger, message, now)
        if isinstance(message, Auth) and stranger.hello is not None:
            return self._prove(peer, stranger, message, now)
        if isinstance(message, Bye):
            self._strangers.pop(peer, None)
            return None
        if isinstance(message, Error):
            return None
        return self._strike(stranger, ProtocolError("auth.required", re=message.id))

    def shut_out(self, peer: Peer, now: float) -> None:
        """Never answer this connection again; it was dropped."""
        self._stranger(peer, now).ignored = True

    def expect_hello(self, peer: Peer) -> None:
        """This connection's session has ended; it may open another one."""
        self._strangers.pop(peer, None)

    def _stranger(self, peer: Peer, now: float) -> Stranger:
        stranger = self._strangers.setdefault(peer, Stranger(since=now))
        self._strangers.move_to_end(peer)
        while len(self._strangers) > _STRANGERS_MAX:
            self._strangers.popitem(last=False)
        return stranger

    def _challenge(self, stranger: Stranger, hello: Hello, now: float) -> Message:
        proto = hello.proto
        if proto.major != VERSION[0] or proto.min_minor > VERSION[1]:
            detail: dict[str, str | int] = {"major": VERSION[0], "minor": VERSION[1]}
            refusal = ProtocolError("proto.version", detail=detail, re=hello.id)
            return self._strike(stranger, refusal)
        stranger.hello, stranger.nonce2, stranger.since = hello, handshake.new_nonce(), now
        mac = handshake.proof(self._token, handshake.ENGINE, hello.nonce, stranger.nonce2)
        return Challenge(
            id=ids.new(), re=hello.id, engine_id=self._engine_id, nonce2=stranger.nonce2, mac=mac
        )

    def _prove(self, peer: Peer, stranger: Stranger, auth: Auth, now: float) -> Message | Hello:
        hello, nonce2 = stranger.hello, stranger.nonce2
        assert hello is not None
        stranger.hello = None  # a challenge is answered once
        late = now - stranger.since > self._handshake_s
        if late or not handshake.proves(
            auth.mac, self._token, handshake.CLIENT, hello.nonce, nonce2
        ):
            stranger.ignored = True
            why = "The proof came too late. Connect again." if late else ""
            return error_message(ProtocolError("auth.failed", why, re=auth.id))
        self._strangers.pop(peer, None)
        return hello

    def _strike(self, stranger: Stranger, error: ProtocolError) -> Message:
        stranger.strikes += 1
        stranger.ignored = stranger.strikes >= limits.UNAUTHENTICATED_MAX
        return error_message(error)


def error_message(error: ProtocolError) -> Error:
    """An exception as the message that tells it."""
    return Error(
        id=ids.new(),
        re=error.re,
        job=error.job,
        code=error.code,
        message=error.message[:1000],
        retryable=error.retryable,
        incident=error.incident or "",
        detail=dict(error.detail),
    )
