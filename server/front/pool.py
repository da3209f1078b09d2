# SPDX-License-Identifier: Apache-2.0
"""Where work is done: the front knows workers only through this interface.

`LocalPool` runs child processes on this machine. A studio's pool on a distributed engine implements the same
eight methods; everything about how a worker lives, dies and is started again stays behind them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import zmq

from server.worker.messages import Buffer, Header

Kind = Literal["quick", "model"]
State = Literal["stopped", "starting", "idle", "busy", "broken"]


@dataclass(frozen=True, kw_only=True)
class Work:
    """One task for a worker; `header` and `frames` are what `server.worker.messages` carries."""

    id: str
    kind: str
    header: Header
    frames: Sequence[Buffer] = ()


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something a worker said, or that happened to it.

    kind: `ready`, `started`, `step`, `preview`, `done`, `failed`, `cancelled` as in the worker's messages;
    `lost`: the worker died or was killed, `task` is what it was doing; `broken`: it died too often.
    """

    worker: str
    kind: str
    task: str = ""
    header: Header = field(default_factory=dict[str, Any])
    frames: Sequence[memoryview] = ()


@dataclass(frozen=True, kw_only=True)
class WorkerInfo:
    """How a worker is: for `engine.status`, `pong`, and for choosing one."""

    name: str
    kind: Kind
    state: State
    task: str = ""
    pid: int = 0
    tick_age_ms: int = 0
    restarts: int = 0
    loading: bool = False
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


class Pool(Protocol):
    """Workers, and how to talk to them. No method blocks."""

    def sockets(self) -> Sequence[zmq.Socket[bytes]]:
        """What to wait for; when one is readable, call `receive`."""
        ...

    def receive(self) -> list[Event]:
        """Everything that arrived."""
        ...

    def tick(self, now: float) -> list[Event]:
        """Look after the workers: deaths, silence, restarts. Called a few times a second."""
        ...

    def workers(self) -> Sequence[WorkerInfo]: ...

    def want(self, worker: str) -> None:
        """See to it that this worker runs or is about to."""
        ...

    def start(self, worker: str, work: Work) -> None:
        """Give work to an idle worker."""
        ...

    def tell(self, worker: str, header: Header) -> None:
        """Pass on an `update` or `credit` of the running task."""
        ...

    def cancel(self, worker: str, task: str, *, hard: bool = False) -> None:
        """Ask a worker to stop a task, and kill it when it does not; with `hard` at once."""
        ...

    def close(self) -> None:
        """End all workers."""
        ...
