# SPDX-License-Identifier: Apache-2.0
"""What a client needs of a transport: one connection, that never blocks and never comes back once it is closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from ..messages.base import Bytes

State = Literal["connecting", "open", "closed"]


class Transport(Protocol):
    """One connection of a DEALER to the engine's ROUTER.

    Reconnecting is the client's work, since it must prove itself again anyway. Frames that are handed to `send`
    are not copied: their bytes must not change any more.
    """

    @property
    def name(self) -> str:
        """Which transport it is, for `pullbrush doctor`."""
        ...

    @property
    def state(self) -> State:
        """Where the connection is; looking at it moves nothing."""
        ...

    @property
    def reason(self) -> str:
        """Why it is closed, as a sentence."""
        ...

    def send(self, frames: Sequence[Bytes]) -> bool:
        """Take a message to send, whole; False when there is no room for it now."""
        ...

    def receive(self) -> list[Bytes] | None:
        """Move what can be moved both ways; return the next whole message, or None."""
        ...

    def fileno(self) -> int:
        """Return a file descriptor that becomes readable when there may be something to receive."""
        ...

    def wait(self, seconds: float) -> None:
        """Sleep until something can be moved, or the time is over."""
        ...

    def close(self) -> None:
        """Close the connection without waiting for what was not sent."""
        ...
