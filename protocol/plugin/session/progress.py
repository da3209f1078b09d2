# SPDX-License-Identifier: Apache-2.0
"""How far the jobs of an edit session are, what waits, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass

from ...messages.jobs import Task


@dataclass(frozen=True, kw_only=True)
class Queued:
    """Something that a session has on its way. `ahead` jobs of anybody's came before it when the engine took it on.

    `is_next`: it is not with the engine yet; what comes before it in this session has to end first, or be read.
    """

    id: str
    kind: str
    task: Task
    running: bool = False
    is_next: bool = False
    stopping: bool = False
    ahead: int = 0


class SessionError(Exception):
    """An edit did not work; `code` as on the wire, the message for the artist."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the running job is; `handles` is where the pulled points are now.

    `fraction`: 0 … 1 over the whole job, whatever its phases; it never goes back, and ends at 1.
    """

    fraction: float = 0.0
    phase: str = ""
    step: int = 0
    steps: int = 0
    eta_ms: int | None = None
    handles: tuple[tuple[float, float], ...] = ()


_PARTS = {
    "load": (0.0, 0.2),
    "encode": (0.2, 0.25),
    "invert": (0.25, 0.5),
    "edit": (0.5, 0.95),
    "decode": (0.95, 1.0),
    "warp": (0.0, 1.0),
}
"""Where a phase begins and ends in a job, for engines that do not say how far the whole is."""


def fraction_of(phase: str, step: int, steps: int) -> float:
    """Return a guess how far a whole job is, 0 … 1, from how far it is in one phase."""
    begin, end = _PARTS.get(phase, (0.0, 1.0))
    return begin + (end - begin) * (min(step, steps) / steps if steps else 0.0)
