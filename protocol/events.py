# SPDX-License-Identifier: Apache-2.0
"""What a client tells its owner: the connection's fate, whole results, and the engine's own messages as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .images import Image
from .messages import JobCancelled, JobDone, JobFailed, Message, Welcome
from .messages.base import Bytes


@dataclass(frozen=True, kw_only=True)
class Connected:
    """The engine has proved itself. `restarted`: it is another one than before; open jobs were submitted again."""

    engine_id: str
    welcome: Welcome
    transport: str
    restarted: bool = False


@dataclass(frozen=True, kw_only=True)
class Reconnecting:
    """There is no connection; the next attempt comes in `delay` seconds."""

    code: str
    message: str
    attempt: int
    delay: float


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Pixels with their description: rows × columns × channels, little-endian."""

    image: Image
    pixels: Bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Result:
    """A job that worked, whole. `done` has its layers from bottom to top, each naming one of the pictures."""

    job: str
    done: JobDone
    pictures: Mapping[str, Picture]


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """A blob of the engine's that was asked for, such as the schema of its edits."""

    blob: str
    data: Bytes = field(repr=False)
    re: str | None = None


Ending = Result | JobFailed | JobCancelled
"""How a job ends; each accepted job has exactly one."""

Event = Connected | Reconnecting | Result | Arrived | Message
"""Messages that come as they are: job.planned, .accepted, .state, .started, .progress, .preview, .failed,
.cancelled, model.*, engine.report, error, bye."""
