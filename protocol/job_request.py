# SPDX-License-Identifier: Apache-2.0
"""What is asked for with a job: said once, and passed along from a session over the client to the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from . import ids
from .images import Document, Image, Rect
from .messages import JobSubmit, PreviewWish
from .messages.jobs import NORMAL, PREPARE, Task


@dataclass(frozen=True, kw_only=True)
class JobRequest:
    """An edit, its instant preview (`warp`) or its inversion ahead of time (`prepare`); see `JobSubmit`."""

    op: str
    document: Document
    images: tuple[Image, ...] = ()
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    task: Task = "edit"
    selection: Rect | None = None
    priority: int | None = None
    """By default that of the task."""
    preview: PreviewWish | None = None
    deadline_ms: int | None = None
    replaces: str | None = None

    def message(self, job: str) -> JobSubmit:
        """Return what is sent to submit this as `job`; raises ParamError for what cannot be asked."""
        usual = PREPARE if self.task == "prepare" else NORMAL
        return JobSubmit(
            id=ids.new(),
            job=job,
            op=self.op,
            document=self.document,
            images=self.images,
            params=dict(self.params),
            selection=self.selection,
            task=self.task,
            priority=usual if self.priority is None else self.priority,
            preview=self.preview,
            deadline_ms=self.deadline_ms,
            replaces=self.replaces,
        )
