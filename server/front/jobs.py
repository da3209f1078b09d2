# SPDX-License-Identifier: Apache-2.0
"""What waits for a worker and runs on one: jobs, which clients submit, and errands, which they only ask for.

A job is remembered until its result is acknowledged and ends with exactly one terminal message. An errand (a
plan, a list of models, loading a model) has a reply and is forgotten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from protocol.edits import EDITS, needs_model
from protocol.images import Image
from protocol.messages import JobProgress, JobSubmit, Terminal
from protocol.messages.jobs import NORMAL, PREPARE
from server.front.blobs import Blob
from server.front.pool import Kind
from server.worker.messages import Header

HANDLES_MAX = 256

Area = tuple[str | int, ...]
"""A part of a document, and what its inversion depends on besides pixels."""

Returned = Literal["layer", "variants", "group", "frames", "nothing"]
State = Literal["queued", "running", "done", "failed", "cancelled"]
Reason = Literal["", "client", "deadline", "gave way"]
TerminalMaker = Callable[[int], Terminal]
"""Makes the terminal message for a sequence number; a replay needs it again with another one."""


@dataclass(kw_only=True, eq=False)
class Job:
    """One submitted job, from acceptance until it is acknowledged or forgotten."""

    submit: JobSubmit
    session: str
    order: int
    params: dict[str, Any]
    state: State = "queued"
    worker: str = ""
    attempts: int = 0
    rev: int = 0
    seq: int = 0
    stopping: Reason = ""
    deadline_at: float | None = None
    waiting_since: float = 0.0
    asked: bool = False
    missing: set[str] = field(default_factory=set[str])
    blobs: dict[str, Blob] = field(default_factory=dict[str, Blob])
    progress: Header | None = None
    progress_at: float = 0.0
    fraction: float | None = None
    step: int = 0
    told_rev: int = 0
    preview: tuple[Header, memoryview] | None = None
    preview_waits: bool = False
    images: list[tuple[Image, memoryview]] = field(default_factory=list[tuple[Image, memoryview]])
    terminal: TerminalMaker | None = None
    ended_at: float = 0.0
    acknowledged: bool = False

    @property
    def id(self) -> str:
        return self.submit.job

    @property
    def lane(self) -> Kind:
        """The quick worker does what needs no model."""
        match self.submit.task:
            case "warp":
                return "quick"
            case "prepare":
                return "model"
            case "edit":
                fields = EDITS[self.submit.op].described_fields()
                return "model" if needs_model(fields, self.params) else "quick"

    @property
    def kind(self) -> str:
        if self.submit.task == "prepare":
            return "prepare"
        return "warp" if self.lane == "quick" else "run"

    @property
    def priority(self) -> int:
        return self.submit.priority

    @property
    def gives_way(self) -> bool:
        """Whether any job that is more urgent may take its place on a worker."""
        return self.submit.priority == PREPARE

    @property
    def document(self) -> str:
        return f"{self.session}\0{self.submit.document.key}"

    @property
    def key(self) -> str:
        """A guess which cached trajectory the job will use: everything an inversion depends on and we know."""
        read = [(image.name, image.blob, image.rect) for image in self._inverted]
        text = repr((read, _inverted_by(self.submit.op, self.params))).encode()
        return hashlib.blake2b(text, digest_size=16).hexdigest()

    @property
    def area(self) -> Area:
        """The same as far as it can be known before there are pixels."""
        rect = next((image.rect for image in self._inverted), None)
        return area_of(self.submit.op, self.submit.document.key, rect, self.params)

    @property
    def _inverted(self) -> list[Image]:
        """The pictures that the inversion is of."""
        roles = {role.role for role in EDITS[self.submit.op].ROLES if role.inverted}
        return [image for image in self.submit.images if image.name in roles]

    @property
    def ready(self) -> bool:
        return not self.missing

    @property
    def ended(self) -> bool:
        return self.terminal is not None

    @property
    def result_bytes(self) -> int:
        return sum(len(data) for _, data in self.images)

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq

    def forget_result(self) -> None:
        self.images, self.preview, self.progress = [], None, None


@dataclass(kw_only=True, eq=False)
class Errand:
    """A question to a worker that is no job."""

    id: str
    session: str
    order: int
    lane: Kind
    kind: str
    header: Header
    done: Callable[[Header], None]
    failed: Callable[[str, str], None]
    priority: int = NORMAL
    ready: bool = True
    gives_way: bool = False
    stopping: Reason = ""
    document: str = ""
    key: str = ""


Item = Job | Errand


def result_kind(job: Job, *, layers: bool, film: bool) -> Returned:
    """What a result is: as its edit describes it, whatever of it there is."""
    if not layers:
        return "nothing"
    if film:
        return "frames"
    returns = EDITS[job.submit.op].RETURNS if job.submit.task == "edit" else "layer"
    return "layer" if returns == "frames" else returns


def area_of(op: str, document: str, rect: Sequence[int] | None, params: Mapping[str, Any]) -> Area:
    """A part of a document, whoever edits it, and what its inversion depends on besides."""
    return (document, *(rect or ()), *_inverted_by(op, params))


def _inverted_by(op: str, params: Mapping[str, Any]) -> tuple[str, ...]:
    """The values that an inversion depends on, as far as they are given or have a default."""
    edit = EDITS[op]
    return tuple(f"{name}={params.get(name, getattr(edit, name))}" for name in edit.INVERTED_BY)


def body_of(submit: JobSubmit) -> dict[str, object]:
    """What makes two submits the same: everything but when and as which message they were sent."""
    plain = submit.to_plain()
    for name in ("id", "re", "ms", "x"):
        plain.pop(name, None)
    return plain


def progress_message(job: Job, header: Header, seq: int) -> JobProgress:
    """A worker's step as the client reads it."""
    phase = header["phase"]
    return JobProgress(
        job=job.id,
        seq=seq,
        phase=phase,
        step=min(header["step"], header["steps"]),
        steps=header["steps"],
        rev=header["rev"] or None,
        eta_ms=header.get("eta_ms"),
        handles=handles_of(header),
        fraction=job.fraction,
    )


def handles_of(header: Header) -> tuple[tuple[float, float], ...]:
    """Where a worker says that the pulled points are."""
    return tuple((float(x), float(y)) for x, y in header.get("handles", ())[:HANDLES_MAX])
