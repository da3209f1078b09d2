# SPDX-License-Identifier: Apache-2.0
"""One piece of work inside a worker, and the switches the front can throw while it runs."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from server.worker.messages import Header


@dataclass(frozen=True, kw_only=True)
class Task:
    """What the front asked for: a header and the raw frames it names."""

    id: str
    kind: str
    header: Header
    frames: tuple[memoryview, ...]
    control: Control


@dataclass(kw_only=True)
class Control:
    """Set by the receiving thread, read by the computing one between two evaluations."""

    credit: int = 0
    every: int = 1
    max_px: int = 512
    _cancelled: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _update: tuple[int, dict[str, Any]] | None = None

    def cancel(self) -> None:
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def update(self, rev: int, params: dict[str, Any]) -> None:
        """Remember new parameters; only the newest revision survives."""
        with self._lock:
            if self._update is None or rev > self._update[0]:
                self._update = (rev, params)

    def take_update(self) -> tuple[int, dict[str, Any]] | None:
        with self._lock:
            update, self._update = self._update, None
            return update

    def grant(self, previews: int) -> None:
        with self._lock:
            self.credit = min(self.credit + previews, 64)

    def spend(self) -> bool:
        """Whether one more preview may be sent; takes the credit for it."""
        with self._lock:
            if self.credit <= 0:
                return False
            self.credit -= 1
            return True
