# SPDX-License-Identifier: Apache-2.0
"""A connection whose client lives in a thread of its own, so that the paint program never waits for a socket.

The main thread calls what `plugin.engine.Connection` asks for: every call only takes note, with the ids chosen here,
and returns at once. The other thread runs `serve`, the only place that touches the client.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace

from . import ids
from .client import Client
from .errors import ProtocolError
from .events import Connected, Event, Reconnecting, Result
from .flow import digest
from .job_request import JobRequest
from .messages import Error, JobCancelled, JobFailed, Message
from .messages.base import Bytes
from .messages.blobs import BlobGet

BUSY_S = 0.004
"""How long `serve` sleeps between two looks while something is going on."""
IDLE_S = 0.25
CALM_S = 1.0
"""Seconds after the last order or event until it is idle."""

AFTER_FAULT_S = 1.0

Order = Callable[[Client], object]


class Apart:
    """Fulfils `plugin.engine.Connection` for the main thread; see the module.

    `on_news` is called in the other thread whenever there is something to `receive`.
    """

    def __init__(
        self, make: Callable[[], Client], on_news: Callable[[], None] = lambda: None
    ) -> None:
        self._make = make
        self._on_news = on_news
        self._orders: deque[Order] = deque()
        self._events: deque[Event] = deque()
        self._revs: dict[str, int] = {}
        self._wake, self._woken = socket.socketpair()
        for end in (self._wake, self._woken):
            end.setblocking(False)
        self._stop = threading.Event()
        self._connected = False
        self._last = 0.0

    # ---- the main thread

    @property
    def connected(self) -> bool:
        """Whether the engine was there when `receive` was called last."""
        return self._connected

    def receive(self) -> list[Event]:
        """Return what has come since."""
        events: list[Event] = []
        while self._events:
            event = self._events.popleft()
            if isinstance(event, (Connected, Reconnecting)):
                self._connected = isinstance(event, Connected)
            elif isinstance(event, (Result, JobFailed, JobCancelled)):
                self._revs.pop(event.job, None)
            events.append(event)
        return events

    def sleep(self, seconds: float) -> None:
        """Wait a little; for scripts only."""
        end = time.monotonic() + seconds
        while not self._events and time.monotonic() < end:
            time.sleep(0.002)

    def put(self, data: Bytes, *, by_digest: bool = False) -> str:
        """Take bytes for the engine; see `Client.put`."""
        name = digest(memoryview(data).cast("B")) if by_digest else ids.new()
        self._order(lambda client: client.put(data, by_digest=by_digest, name=name))
        return name

    def drop(self, *blobs: str) -> None:
        """Forget blobs."""
        if blobs:
            self._order(lambda client: client.drop(*blobs))

    def get(self, blob: str) -> str:
        """Ask for a blob of the engine's."""
        return self.request(BlobGet(blob=blob))

    def request(self, message: Message) -> str:
        """Ask something with one answer."""
        asked = replace(message, id=ids.new())
        assert asked.id is not None
        self._order(lambda client: client.request(asked))
        return asked.id

    def submit(self, request: JobRequest) -> str:
        """Ask for an edit; what cannot be asked comes back as an `Error` about the job."""
        job = ids.new()
        self._revs[job] = 0

        def order(client: Client) -> None:
            try:
                client.submit(request, job=job)
            except ProtocolError as problem:
                self._events.append(Error(code=problem.code, message=problem.message, job=job))

        self._order(order)
        return job

    def update(self, job: str, patch: Mapping[str, object]) -> int:
        """Change parameters of a running job; returns the revision, 0 if it is over."""
        if job not in self._revs:
            return 0
        self._revs[job] += 1
        patch = dict(patch)
        self._order(lambda client: client.update(job, patch))
        return self._revs[job]

    def cancel(self, job: str, *, hard: bool = False) -> bool:
        """Stop a job; False when it is over."""
        self._order(lambda client: client.cancel(job, hard=hard))
        return job in self._revs

    def drew(self, job: str, previews: int = 1) -> None:
        """Say that a preview was drawn."""
        self._order(lambda client: client.drew(job, previews))

    def stop(self) -> None:
        """Have `serve` say goodbye and return."""
        self._stop.set()
        self._ring()

    def _order(self, order: Order) -> None:
        self._orders.append(order)
        self._ring()

    def _ring(self) -> None:
        try:
            self._wake.send(b"!")
        except OSError:
            pass  # it rings already, or the other side is gone

    # ---- the other thread

    def serve(self, on_turn: Callable[[Event | None], None] = lambda _event: None) -> None:
        """Look after the connection until `stop`; `on_turn` hears every event first, and None each turn."""
        client = self._make()
        try:
            while not self._stop.is_set():
                self._turn(client, on_turn)
                self._rest(client)
        except Exception as problem:
            self._give_up(f"The connection failed: {type(problem).__name__}. It is made anew.")
            raise
        finally:
            client.close()
            if self._stop.is_set():
                self._woken.close()
                self._wake.close()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stop.is_set()

    def _give_up(self, message: str) -> None:
        """A fault of ours: the next client knows nothing of these jobs, so they end here."""
        self._orders.clear()
        self._events.append(
            Reconnecting(code="internal", message=message, attempt=1, delay=AFTER_FAULT_S)
        )
        for job in list(self._revs):
            self._events.append(JobFailed(job=job, seq=1, code="internal", message=message))
        self._on_news()

    def _turn(self, client: Client, on_turn: Callable[[Event | None], None]) -> None:
        while self._orders:
            self._orders.popleft()(client)
            self._last = time.monotonic()
        came = client.receive()
        for event in came:
            on_turn(event)
        on_turn(None)
        if came:
            self._last = time.monotonic()
            self._events.extend(came)
        if self._events:
            self._on_news()

    def _rest(self, client: Client) -> None:
        """Sleep until there may be something to do: an order, the engine, or time."""
        if self._orders:
            return
        busy = client.open_jobs or client.unsent or time.monotonic() - self._last < CALM_S
        if busy and client.fileno() >= 0:
            client.sleep(BUSY_S)
            return
        watched = [self._woken, *([client.fileno()] if client.fileno() >= 0 else [])]
        try:
            select.select(watched, [], [], BUSY_S * 5 if busy else IDLE_S)
            self._woken.recv(4096)
        except OSError:
            pass  # nothing rang, or the connection ended while we slept
