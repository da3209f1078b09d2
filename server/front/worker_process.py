# SPDX-License-Identifier: Apache-2.0
"""One worker process: how it is started, how its silence is judged, how it ends."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from server.front.config import Config
from server.front.pool import Kind, State, WorkerInfo
from server.front.restart_backoff import Backoff
from server.worker.messages import ENDED

_CANCEL_STEPS, _STEPS_KEPT = 3, 8
_AT_WORK = 0.02
"""Part of a processor's time from which on a process computes; one that waits for ever uses less."""
_LEARNED = 3.0
"""A worker may be as long without a sign of life as it once was and came back, this many times over."""
_LONGEST_S = 900.0
"""But never longer than this."""


@dataclass(kw_only=True)
class WorkerProcess:
    """A worker's process and what is known about it. Times are `time.monotonic` seconds."""

    name: str
    kind: Kind
    engine: str
    config: Config
    backoff: Backoff
    wanted: bool = False
    state: State = "stopped"
    process: subprocess.Popen[bytes] | None = None
    secret: bytes = b""
    identity: bytes = b""
    task: str = ""
    loading: bool = True
    steps_s: deque[float] = field(default_factory=lambda: deque(maxlen=_STEPS_KEPT))
    """How long the last steps took, or the time between two of their check points."""
    longest_s: float = 0.0
    """The longest time without a step, or without a word, after which it went on."""
    started_at: float = 0.0
    heard_at: float = 0.0
    tick_at: float = 0.0
    worked_at: float = 0.0
    """When it was last seen to compute or to read, whether or not it made a step."""
    signs: tuple[float, int, int] | None = None
    """When it last said how much processor time it had used and how much it had read, and how much that was."""
    pinged_at: float = 0.0
    cancelled_at: float | None = None
    killed: bool = False
    restarts: int = 0
    facts: dict[str, Any] = field(default_factory=dict[str, Any])

    def spawn(self, endpoint: str, log: Path, now: float) -> None:
        """Start the process; its secret goes through its standard input."""
        self.secret = secrets.token_bytes(32)
        command = [sys.executable, "-P", "-m", "server.worker", self.kind, endpoint]
        if self.engine:
            command += ["--engine", self.engine]
        # Threads that spin while they wait make a busy machine many times slower; these sleep.
        calm = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}
        offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}
        with log.open("ab") as out:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                env=calm | os.environ | offline,
                start_new_session=True,
            )
        assert self.process.stdin is not None
        with suppress(OSError):  # it may have died already; `tick` will see
            self.process.stdin.write(self.secret.hex().encode() + b"\n")
            self.process.stdin.flush()
        self.identity, self.task, self.cancelled_at, self.killed = b"", "", None, False
        self.state, self.loading, self.signs = "starting", True, None
        self.started_at = self.heard_at = self.tick_at = self.worked_at = self.pinged_at = now

    def heard(self, header: dict[str, Any], now: float) -> None:
        """Note what a message says about the worker's health."""
        self._came_back_after(now - self.heard_at)
        self.heard_at = now
        kind = header["t"]
        if kind == "pong":
            self._ticked(max(self.tick_at, now - header["tick_age_ms"] / 1000))
            self._look_at((now, header["cpu_ms"], header["reads"]))
            return
        self._ticked(now)
        if kind == "ready":
            self.state, self.loading, self.facts = "idle", False, dict(header)
        elif kind == "step":
            self.loading = header["phase"] == "load"
            self.steps_s.append(header["step_ms"] / 1000)
        elif kind in ENDED and header["task"] == self.task:
            self.state, self.task, self.cancelled_at, self.loading = "idle", "", None, False
            self.facts |= header.get("facts", {})

    def begin(self, task: str, now: float) -> None:
        self.state, self.task, self.tick_at = "busy", task, now

    def _ticked(self, at: float) -> None:
        if self.state == "busy":
            self._came_back_after(at - self.tick_at)
        self.tick_at = at

    def _came_back_after(self, seconds: float) -> None:
        self.longest_s = max(self.longest_s, seconds)

    def _look_at(self, now: tuple[float, int, int]) -> None:
        """Compare what it has done with what it had done the last time: a long step is no standstill."""
        before, self.signs = self.signs, now
        if before is None:
            return
        least_ms = 1000 * _AT_WORK * (now[0] - before[0])
        if now[1] - before[1] > least_ms or now[2] > before[2]:
            self.worked_at = now[0]

    @property
    def patience_s(self) -> float:
        """How long it may be without any sign of life: as configured, or longer where it has been before."""
        usual = self.config.loading_s if self.loading else self.config.watchdog_s
        return max(usual, min(_LEARNED * self.longest_s, _LONGEST_S))

    def must_die(self, now: float) -> str:
        """Why this process has to be killed now; empty while it has not, or has been already.

        One that computes or reads is alive however long its step takes; one that does neither hangs.
        """
        if self.killed:
            return ""
        patience, sign = self.patience_s, max(self.tick_at, self.worked_at)
        if self.state in ("busy", "starting") and now - sign > patience:
            return f"neither made a step nor computed for {now - sign:.0f} s"
        if now - self.heard_at > patience:
            return f"was silent for {now - self.heard_at:.0f} s"
        # The import of libraries has no check points, and a worker killed while it loads only has to load again.
        if self.cancelled_at is not None and not self.loading:
            grace = max(self.config.cancel_grace_s, _CANCEL_STEPS * max(self.steps_s, default=0.0))
            if now - self.cancelled_at > grace:
                return f"did not stop within {grace:.1f} s of a cancel"
        return ""

    def excuse(self, now: float) -> None:
        """The front itself was stopped: nobody could have been heard meanwhile."""
        self.heard_at = self.tick_at = self.worked_at = self.pinged_at = now
        self.signs = None
        if self.cancelled_at is not None:
            self.cancelled_at = now

    def kill(self) -> None:
        """End the process whatever it is doing, together with anything it started."""
        if self.process is None or self.process.poll() is not None:
            return
        self.killed = True
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()

    def reap(self) -> None:
        """Wait for a process that was killed, and close its pipe."""
        if self.process is None:
            return
        self.process.wait(timeout=10)
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()
        self.process, self.identity, self.task, self.cancelled_at = None, b"", "", None

    @property
    def dead(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def info(self, now: float) -> WorkerInfo:
        sign = self.tick_at if self.state == "busy" else self.heard_at
        return WorkerInfo(
            name=self.name,
            kind=self.kind,
            state=self.state,
            task=self.task,
            pid=self.process.pid if self.process else 0,
            tick_age_ms=int(1000 * max(0.0, now - sign)) if self.process else 0,
            restarts=self.restarts,
            loading=self.loading,
            facts=self.facts,
        )
