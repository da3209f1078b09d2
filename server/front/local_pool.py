# SPDX-License-Identifier: Apache-2.0
"""The pool of child processes on this machine: one private socket, one process per worker."""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import zmq

from server.front.config import Config
from server.front.pool import Event, Kind, Pool, Work, WorkerInfo
from server.front.restart_backoff import Backoff
from server.front.worker_process import WorkerProcess
from server.worker import messages
from server.worker.messages import Header

_log = logging.getLogger("pullbrush.pool")
_STOPPED_S = 3.0
"""A longer pause between two ticks means that the front itself was suspended."""


class LocalPool(Pool):
    """One quick worker and `config.model_workers` model workers."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        config: Config,
        folder: Path,
        log: Path,
        *,
        quick_engine: str = "",
        model_engine: str = "",
    ) -> None:
        self._config, self._log_file = config, log
        self._socket = context.socket(zmq.ROUTER)
        self._socket.set_hwm(0)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self._endpoint = _bind(self._socket, folder)
        names = [f"model-{i}" for i in range(config.model_workers)]
        self._children = {"quick": self._child("quick", "quick", quick_engine)}
        self._children |= {name: self._child(name, "model", model_engine) for name in names}
        self._by_identity: dict[bytes, WorkerProcess] = {}
        self._ticked_at = time.monotonic()

    def _child(self, name: str, kind: Kind, engine: str) -> WorkerProcess:
        config = self._config
        backoff = Backoff(limit=config.restarts, first_s=config.backoff_s, stable_s=config.stable_s)
        return WorkerProcess(name=name, kind=kind, engine=engine, config=config, backoff=backoff)

    def sockets(self) -> Sequence[zmq.Socket[bytes]]:
        return [self._socket]

    def workers(self) -> Sequence[WorkerInfo]:
        now = time.monotonic()
        return [child.info(now) for child in self._children.values()]

    def want(self, worker: str) -> None:
        child = self._children[worker]
        now = time.monotonic()
        child.wanted = True
        if child.state == "broken" and now - child.backoff.ready_at > self._config.cooldown_s:
            child.backoff.forgive()
            child.state = "stopped"
        if child.process is None and child.backoff.may_start(now):
            child.spawn(self._endpoint, self._log_file, now)

    def start(self, worker: str, work: Work) -> None:
        child = self._children[worker]
        assert child.state == "idle", f"{worker} is {child.state}, not idle"
        child.begin(work.id, time.monotonic())
        header = {"t": "task", "task": work.id, "kind": work.kind, **work.header}
        self._send(child, header, work.frames)

    def tell(self, worker: str, header: Header) -> None:
        self._send(self._children[worker], header)

    def cancel(self, worker: str, task: str, *, hard: bool = False) -> None:
        child = self._children[worker]
        if child.task != task:
            return
        if hard:
            _log.info("%s is killed at once, as asked", worker)
            child.kill()
        elif child.cancelled_at is None:
            self._send(child, {"t": "cancel", "task": task})
        child.cancelled_at = child.cancelled_at or time.monotonic()

    def receive(self) -> list[Event]:
        events: list[Event] = []
        while True:
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                return events
            event = self._read(frames)
            if event is not None:
                events.append(event)

    def _read(self, received: list[zmq.Frame]) -> Event | None:
        identity = received[0].bytes
        try:
            header, frames = messages.unpack(received[1:])
        except ValueError as error:
            _log.error("unreadable message from a worker: %s", error)
            return None
        child = self._by_identity.get(identity) or self._greet(identity, header)
        if child is None or header["t"] == "hello":
            return None
        task = str(header.get("task") or "")
        current = header["t"] in ("ready", "pong") or task == child.task
        child.heard(header, time.monotonic())
        if header["t"] == "pong" or not current:
            return None
        return Event(worker=child.name, kind=header["t"], task=task, header=header, frames=frames)

    def _greet(self, identity: bytes, header: Header) -> WorkerProcess | None:
        """Only a process that knows the secret of a child we started is listened to."""
        secret = header.get("secret", b"")
        for child in self._children.values():
            known = child.process is not None and isinstance(secret, bytes)
            if known and child.secret and hmac.compare_digest(child.secret, secret):
                child.identity = identity
                self._by_identity[identity] = child
                child.heard_at = child.tick_at = time.monotonic()
                return child
        _log.warning("a stranger on the private socket was not listened to")
        return None

    def tick(self, now: float) -> list[Event]:
        events: list[Event] = []
        if now - self._ticked_at > _STOPPED_S:
            for child in self._children.values():
                child.excuse(now)
        self._ticked_at = now
        for child in self._children.values():
            if child.process is not None:
                self._check(child, now, events)
            elif child.wanted and child.state != "broken" and child.backoff.may_start(now):
                child.restarts += 1
                child.spawn(self._endpoint, self._log_file, now)
        return events

    def _check(self, child: WorkerProcess, now: float, events: list[Event]) -> None:
        if child.dead:
            events += self._drain(child)
            self._bury(child, now, events)
        elif why := child.must_die(now):
            _log.warning("%s %s and is killed", child.name, why)
            child.kill()  # giving back gigabytes takes a moment: it is buried when it is dead
        else:
            self._ping(child, now)

    def _drain(self, child: WorkerProcess) -> list[Event]:
        """What a dead worker still managed to say counts: a finished result is not lost."""
        return self.receive() if child.identity else []

    def _bury(self, child: WorkerProcess, now: float, events: list[Event]) -> None:
        task, lived = child.task, now - child.started_at
        code = child.process.poll() if child.process else None
        asked = child.cancelled_at is not None
        self._by_identity.pop(child.identity, None)
        child.reap()
        _log.warning("%s ended (%s) after %.1f s", child.name, code, lived)
        if asked:
            child.backoff.ready_at = now  # our own kill is no sign of illness
        else:
            child.backoff.died(now, lived)
        child.state = "stopped"
        events.append(Event(worker=child.name, kind="lost", task=task))
        if child.backoff.exhausted:
            child.state, child.wanted = "broken", False
            events.append(Event(worker=child.name, kind="broken"))

    def _ping(self, child: WorkerProcess, now: float) -> None:
        if child.identity and now - child.pinged_at >= self._config.worker_ping_s:
            child.pinged_at = now
            self._send(child, {"t": "ping"})

    def _send(
        self, child: WorkerProcess, header: Header, frames: Sequence[messages.Buffer] = ()
    ) -> None:
        # A worker that just died is noticed by `tick`, which reports what it was doing.
        with suppress(zmq.ZMQError):
            messages.send(self._socket, messages.pack(header, frames), child.identity)

    def close(self) -> None:
        for child in self._children.values():
            child.kill()
        for child in self._children.values():
            child.reap()
        self._socket.close(linger=0)


def _bind(socket: zmq.Socket[bytes], folder: Path) -> str:
    """A unix socket in a folder only we can enter; where libzmq has none, a port on this machine."""
    if zmq.has("ipc"):
        endpoint = f"ipc://{folder / 'workers.sock'}"
        socket.bind(endpoint)
        return endpoint
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    return f"tcp://127.0.0.1:{port}"
