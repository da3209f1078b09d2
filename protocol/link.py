# SPDX-License-Identifier: Apache-2.0
"""One connection from the client's side: the mutual proof, then messages both ways, and pings to see who lives.

It ends by raising `ProtocolError`; making the next one is `client.py`'s work.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from . import codec, handshake, ids, limits
from .errors import ProtocolError
from .messages import App, Auth, Bye, Challenge, Error, Hello, Message, Ping, Pong, Welcome
from .messages.base import Bytes
from .session import Session, our_proto
from .transport import Choice, connect

AT_ONCE = 64
"""Messages handed on in one go, so that a host's user interface gets its turn."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Whom to connect to, and the earlier session to take up if it is still the same engine."""

    session: Session
    endpoint: str
    app: App
    window: int
    transport: Choice = "auto"
    earlier: str | None = None
    want: tuple[str, ...] = ()


class Link:
    """One connection to the engine."""

    def __init__(self, target: Target) -> None:
        self.welcome: Welcome | None = None
        self._target = target
        self._nonce = handshake.new_nonce()
        self._transport = connect(target.endpoint, target.transport)
        self._out: deque[Message] = deque([self._hello()])
        self._proved = False
        self._opened_at = self._heard_at = self._pinged_at = time.monotonic()
        self._pings = 0
        self._missed = 0
        self._ended: ProtocolError | None = None

    @property
    def transport(self) -> str:
        """Name of the transport."""
        return self._transport.name

    def fileno(self) -> int:
        """Return the descriptor to watch, -1 when there is none."""
        return self._transport.fileno()

    def wait(self, seconds: float) -> None:
        """Sleep until something can be moved, at most until the next ping is due."""
        self._transport.wait(min(seconds, self._beat() / 2))

    def close(self, *, goodbye: bool) -> None:
        """Close; with a goodbye only if the session is over, for the engine may forget it then."""
        if goodbye and self.welcome is not None:
            self._transport.send(codec.encode(Bye(reason="closed by the client")))
        self._transport.close()

    def send(self, message: Message) -> None:
        """Send a message as soon as there is room; messages keep their order."""
        self._out.append(message)
        self.flush()

    def offer(self, message: Message) -> bool:
        """Send a message if there is room right now, after all that waits; False when not."""
        self.flush()
        return not self._out and self._transport.send(codec.encode(message))

    def flush(self) -> None:
        """Send what waits, as far as there is room."""
        while self._out and self._transport.send(codec.encode(self._out[0])):
            self._out.popleft()

    def receive(self) -> list[Message]:
        """Move bytes both ways and return what came; raises ProtocolError when the connection is over."""
        if self._ended is not None:
            raise self._ended
        came: list[Message] = []
        over = time.monotonic() + limits.TURN_S
        try:
            self.flush()
            while len(came) < AT_ONCE and time.monotonic() < over:
                frames = self._transport.receive()
                if frames is None:
                    self._check_alive()  # only now: what came before the end is handed on first
                    break
                came += self._take(frames)
            self.flush()
        except ProtocolError as error:
            self._ended = error
            self._transport.close()
            if not came:
                raise
        return came

    def _take(self, frames: list[Bytes]) -> list[Message]:
        self._heard_at = time.monotonic()
        self._missed = 0
        try:
            message = codec.decode(frames)
        except ProtocolError as error:
            return self._unreadable(error)
        if self.welcome is None:
            return self._opening(message)
        if isinstance(message, Ping):
            self.send(Pong(n=message.n))
            return []
        if message.SENDER == "client" or isinstance(message, (Challenge, Welcome)):
            return []  # never said by an engine, or not a second time
        return [message]

    def _unreadable(self, error: ProtocolError) -> list[Message]:
        if self.welcome is None:
            raise error
        problem = Error(
            code=error.code,
            message=error.message[:1000],
            re=error.re,
            job=error.job,
            detail=error.detail,
        )
        if error.code == "type.unknown":
            self.send(problem)
            return []
        return [problem]

    def _hello(self) -> Hello:
        target = self._target
        return Hello(
            id=ids.new(),
            proto=our_proto(),
            client=target.app,
            nonce=self._nonce,
            window=target.window,
            want=target.want,
        )

    def _opening(self, message: Message) -> list[Message]:
        """Take the two steps of the handshake; nothing else may happen before it is over."""
        if isinstance(message, Challenge) and not self._proved:
            self._verify(message)
            mac = handshake.proof(
                self._target.session.secret, handshake.CLIENT, self._nonce, message.nonce2
            )
            self.send(Auth(id=ids.new(), mac=mac, session=self._target.earlier))
            return []
        if isinstance(message, Welcome) and self._proved:
            self.welcome = message
            return [message]
        if isinstance(message, Error):
            raise ProtocolError(message.code, message.sentence, incident=message.incident or None)
        if isinstance(message, Bye):
            raise ProtocolError(
                "engine.unreachable", f"The engine said goodbye. {message.reason}".strip()
            )
        raise ProtocolError(
            "auth.failed", f"Something sent {message.TYPE} before it proved to be the engine."
        )

    def _verify(self, message: Challenge) -> None:
        session = self._target.session
        genuine = handshake.proves(
            message.mac, session.secret, handshake.ENGINE, self._nonce, message.nonce2
        )
        if message.engine_id != session.engine_id or not genuine:
            raise ProtocolError(
                "auth.failed",
                "Another program answers at the engine's address; nothing was sent to it.",
            )
        self._proved = True

    def _check_alive(self) -> None:
        now = time.monotonic()
        if self._transport.state == "closed":
            raise ProtocolError("engine.unreachable", self._transport.reason)
        if self.welcome is None:
            if now - self._opened_at > limits.HANDSHAKE_MS / 1000:
                raise ProtocolError(
                    "engine.unreachable", "The program at the engine's address did not answer."
                )
        elif now - max(self._heard_at, self._pinged_at) >= self._beat():
            self._ping(now)

    def _ping(self, now: float) -> None:
        # Counted only when one is due again, so a host that was frozen for long first hears what has come since.
        if self._missed >= limits.PING_MISSES:
            raise ProtocolError(
                "engine.unreachable", f"The engine left {self._missed} pings without an answer."
            )
        self._missed += 1
        self._pings += 1
        self._pinged_at = now
        self.send(Ping(n=self._pings))

    def _beat(self) -> float:
        return (self.welcome.hb_ms if self.welcome else limits.PING_MS) / 1000
