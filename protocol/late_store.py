# SPDX-License-Identifier: Apache-2.0
"""A recipe store for a paint program's main thread, which must not wait for a disk.

`put` only takes note; a thread writes one recipe after the other, each as durably as `Store.put` does. What still
waits is found all the same, and `close` waits until all is written.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from .recipe import Bundle, Recipe
from .store import Store, unkept

CLOSE_S = 10.0
"""How long a program that ends waits for its disk."""


@dataclass(frozen=True)
class LateStore(Store):
    """See the module; problems come out of `problems` instead of `put`."""

    _lock: threading.Condition = field(default_factory=threading.Condition, compare=False)
    _waiting: deque[Bundle] = field(default_factory=deque[Bundle], compare=False)
    _problems: deque[str] = field(default_factory=deque[str], compare=False)
    _writers: list[threading.Thread] = field(default_factory=list[threading.Thread], compare=False)

    def put(self, bundle: Bundle) -> Path:
        """Keep a recipe soon; returns the file it will have."""
        with self._lock:
            self._waiting.append(bundle)
            if not self._writers:
                writer = threading.Thread(target=self._write, name="pullbrush-recipes", daemon=True)
                self._writers.append(writer)
                writer.start()
        return self._file(bundle.recipe.id)

    def get(self, recipe_id: str) -> Bundle | None:
        """Return the recipe with this id, written or not; see `Store.get`."""
        with self._lock:
            soon = [one for one in self._waiting if one.recipe.id == recipe_id]
        return soon[-1] if soon else super().get(recipe_id)

    def find(self, short_id: str) -> list[Recipe]:
        """Return the recipes whose id starts like this, the latest first; see `Store.find`."""
        with self._lock:
            waiting = [one.recipe for one in reversed(self._waiting)]
        soon = {one.id: one for one in waiting if one.id.startswith(short_id)}
        return [*soon.values(), *(one for one in super().find(short_id) if one.id not in soon)]

    def problems(self) -> list[str]:
        """Return what the disk refused since this was asked last, in sentences for the artist."""
        with self._lock:
            found = list(self._problems)
            self._problems.clear()
        return found

    def close(self, patience: float = CLOSE_S) -> bool:
        """Wait until all is on the disk; False when that took longer than `patience` seconds."""
        with self._lock:
            return self._lock.wait_for(lambda: not self._writers, patience)

    def _write(self) -> None:
        """What the thread does: it ends with its work. A recipe waits until it is written."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._writers.clear()
                    self._lock.notify_all()
                    return
                bundle = self._waiting[0]
            try:
                super().put(bundle)
            except OSError as problem:
                with self._lock:
                    self._problems.append(unkept(problem))
            with self._lock:
                self._waiting.popleft()
