# SPDX-License-Identifier: Apache-2.0
"""What the engine's `on_step` is made of: cancel first, then a newer edit, then progress and preview."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from protocol.edits import Edit
from server.engine.api import Cancelled, Step
from server.worker import preview_codec
from server.worker.mailbox import Mailbox
from server.worker.task import Task

_INTERVAL_S = 0.05

Renew = Callable[[dict[str, Any]], Edit]
"""Builds the edit from newer parameters."""


class Reporter:
    """The way out of one running task."""

    def __init__(self, mailbox: Mailbox, task: Task, renew: Renew) -> None:
        self._mailbox = mailbox
        self._task = task
        self._renew = renew
        self._rev = int(task.header.get("rev", 0))
        self._last: tuple[str, int] = ("", -1)
        self._sent_at = 0.0
        self._stepped_at = time.monotonic()
        self._longest_s = 0.0
        self.at_step = 0

    def on_step(self, step: Step) -> Edit | None:
        """Called by the engine before every network evaluation. Raises Cancelled."""
        self._mailbox.tick()
        if self._task.control.cancelled:
            raise Cancelled
        ended = (
            step.fraction == 1.0
        )  # what comes now is not in the result, and must not be said to be
        edit = None if ended else self._newer_edit()
        here = (step.phase, step.step)
        moved = here != self._last
        self.at_step = step.step
        now = time.monotonic()
        self._longest_s = max(self._longest_s, now - self._stepped_at)
        self._report(step, now, must=edit is not None or step.phase != self._last[0])
        if moved:
            self._last = here
            self._show(step)
        self._stepped_at = time.monotonic()
        return edit

    def _newer_edit(self) -> Edit | None:
        update = self._task.control.take_update()
        if update is None:
            return None
        self._rev, params = update
        return self._renew(params)

    def _report(self, step: Step, now: float, *, must: bool) -> None:
        if not must and now - self._sent_at < _INTERVAL_S and step.step != step.steps:
            return
        longest, self._longest_s, self._sent_at = self._longest_s, 0.0, now
        self._mailbox.send(
            {
                "t": "step",
                "task": self._task.id,
                "phase": step.phase,
                "step": step.step,
                "steps": step.steps,
                "rev": self._rev,
                "step_ms": int(1000 * longest),
                "handles": [list(point) for point in step.handles],
                "fraction": step.fraction,
                "eta_ms": step.eta_ms,
            }
        )

    def _show(self, step: Step) -> None:
        control = self._task.control
        if step.preview is None or step.step % control.every or not control.spend():
            return
        preview_codec.send_step(self._mailbox, self._task, step.preview(), step)
