# SPDX-License-Identifier: Apache-2.0
"""Words for where an edit session stands, and for what changes when a parameter does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..edits import Drags, EditModel, Number
from ..messages.jobs import Task

Stage = Literal[
    "empty",
    "closed",
    "lost",
    "planning",
    "reading",
    "ready",
    "waiting",
    "running",
    "stopping",
    "done",
    "changed",
    "stale",
    "applied",
    "taken_back",
    "failed",
]
"""`empty`: no edit chosen. `done`: there is a result to apply; `changed`: one of other parameters; `stale`: one of
another picture. `applied`: the result is in the document; `taken_back`: it was. `lost`: waiting for the engine."""

BUSY: tuple[Stage, ...] = ("lost", "planning", "reading", "waiting", "running", "stopping")
"""Stages in which something is on its way to a result."""


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


def can_be_live(model: EditModel, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a running job can take over the difference: handles and amounts, but no words or models."""
    changed = [name for name in model.fields if before.get(name) != after.get(name)]
    return all(isinstance(model.fields[name], (Drags, Number)) for name in changed)


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is new or other in `after`."""
    return {
        name: value for name, value in after.items() if name not in before or before[name] != value
    }
