# SPDX-License-Identifier: Apache-2.0
"""What waits to be sent to one client, in bounded memory whatever the client does.

Short messages go first. Pixels wait as streams that make one chunk at a time, only while the client's window has
room; a client that grants nothing for 30 s while pixels wait is taken for dead.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from protocol import limits
from protocol.codec import encode
from protocol.messages import Message
from server.front.router import Peer, Router

_SHORT_MAX = 1024
_STREAMS_MAX = 512


class TooSlow(Exception):
    """The client does not read; its connection is given up."""


@dataclass(kw_only=True)
class Stream:
    """Messages of one result in order; `owner` names the job, so that it can be taken back."""

    owner: str
    messages: Iterator[Message]
    held: Message | None = None

    def peek(self) -> Message | None:
        """The next message, made when first asked for."""
        if self.held is None:
            self.held = next(self.messages, None)
        return self.held

    def pop(self) -> None:
        self.held = None


@dataclass(kw_only=True)
class SendQueue:
    """Everything that waits for one connection. `window` is what the client allows, in bytes of chunks."""

    peer: Peer
    window: int
    patience_s: float
    chunk: int = limits.CHUNK
    _short: deque[Message] = field(default_factory=deque[Message])
    _streams: deque[Stream] = field(default_factory=deque[Stream])
    _stuck_since: float | None = None
    _overrun: bool = False

    def __post_init__(self) -> None:
        self.chunk = max(1, min(self.chunk, self.window or self.chunk))

    def say(self, message: Message) -> None:
        """Queue a short message; when too many wait already, the next `flush` gives the client up."""
        if len(self._short) < _SHORT_MAX:
            self._short.append(message)
        else:
            self._overrun = True

    def stream(self, owner: str, messages: Iterator[Message]) -> None:
        """Queue messages that are made when there is room for them."""
        if len(self._streams) < _STREAMS_MAX:
            self._streams.append(Stream(owner=owner, messages=messages))
        else:
            self._overrun = True

    def take_back(self, owner: str) -> None:
        """Forget what waits of this job."""
        self._streams = deque(stream for stream in self._streams if stream.owner != owner)

    def grant(self, nbytes: int) -> None:
        """The client has room again."""
        self.window = min(self.window + nbytes, 4 * limits.WINDOW)
        self._stuck_since = None

    @property
    def idle(self) -> bool:
        return not self._short and not self._streams

    @property
    def clogged(self) -> bool:
        """Whether messages wait that libzmq would not take; progress and previews had better wait too."""
        return bool(self._short)

    def flush(self, router: Router, now: float) -> None:
        """Send what can be sent. Raises PeerGone, or TooSlow after `patience_s` without headway."""
        if self._overrun:
            raise TooSlow
        while self._short:
            if not router.send(self.peer, encode(self._short[0])):
                return self._stuck(now)
            self._short.popleft()
        while self._streams:
            message = self._streams[0].peek()
            if message is None:
                self._streams.popleft()
                continue
            cost = _cost(message)
            if cost > self.window or not router.send(self.peer, encode(message)):
                return self._stuck(now)
            self.window -= cost
            self._streams[0].pop()
        self._stuck_since = None
        return None

    def _stuck(self, now: float) -> None:
        if self._stuck_since is None:
            self._stuck_since = now
        elif now - self._stuck_since > self.patience_s:
            raise TooSlow


def _cost(message: Message) -> int:
    return sum(len(frame) for frame in message.frames)
