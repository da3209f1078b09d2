# SPDX-License-Identifier: Apache-2.0
"""What the client asks of the engine: to plan an edit, to do it, to change it on the way, to stop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from ..errors import ParamError
from ..images import Document, Images, Rect, Rects, check_inputs
from ..kinds import Count, Int
from ..limits import JOBS_RESUMED_MAX, PREVIEW_CREDIT_MAX, SIDE_MAX
from ..record import Record
from ..sentences import SAY, heard
from .base import Bytecount, Message, Millis, Plains, Sentence, Ulid, Word
from .opening import Code

PREPARE, BATCH, NORMAL, LIVE = 0, 1, 2, 3
Priority = Annotated[int, Int(PREPARE, LIVE)]
"""0 prepare, 1 batch, 2 normal, 3 live. A job of 0 gives way at its next step to any job above it."""
Task = Literal["edit", "warp", "prepare"]
Rev = Annotated[int, Int(1, 2**53)]


@dataclass(frozen=True, kw_only=True)
class JobPlan(Message, type="job.plan", sender="client"):
    """Asks what an edit would read, change and cost; geometry only, no pixels. Answered by `job.planned`."""

    op: Word
    document: Document
    params: Plains = field(default_factory=dict[str, object])
    selection: Rect | None = None


@dataclass(frozen=True, kw_only=True)
class Note(Record):
    """Something to know of an edit that works; `detail` fills the sentence that a client has for the code."""

    code: Code
    message: Sentence = ""
    detail: Plains = field(default_factory=dict[str, object])

    @property
    def sentence(self) -> str:
        """The message, as the Sentence that its code stands for."""
        return heard(self.message, {**self.detail, SAY: f"note.{self.code}"})


@dataclass(frozen=True, kw_only=True)
class JobPlanned(Message, type="job.planned", sender="engine"):
    """The plan: upload `read_rect`; nothing outside `region` will change; the model sees `crop`.

    `eta_guessed`: `eta_ms` comes from no measurement, because the model was not used on this machine before.
    `notes` say in any language what `warnings` say in English.
    """

    read_rect: Rect
    region: Rects
    crop: Rect
    model: Word
    bytes: Bytecount
    eta_ms: Millis
    evaluations: Annotated[int, Int()] = 0
    warnings: Annotated[tuple[Sentence, ...], Count(32)] = ()
    eta_guessed: bool = False
    notes: Annotated[tuple[Note, ...], Count(32)] = ()


@dataclass(frozen=True, kw_only=True)
class PreviewWish(Record):
    """How previews are wanted: one each `every` steps, no side above `max_px`, `credit` of them undrawn."""

    every: Annotated[int, Int(1, 1000)] = 1
    max_px: Annotated[int, Int(16, SIDE_MAX)] = 512
    credit: Annotated[int, Int(0, PREVIEW_CREDIT_MAX)] = 1


@dataclass(frozen=True, kw_only=True)
class JobSubmit(Message, type="job.submit", sender="client"):
    """Asks for an edit (`edit`), its instant preview (`warp`) or its inversion ahead of time (`prepare`).

    May be sent again: the same job with the same body is answered with its state, with another body with
    `job.conflict`. `replaces` takes the place of a job that still waits. The images' blobs may still be on their way.
    """

    job: Ulid
    op: Word
    document: Document
    images: Images
    params: Plains = field(default_factory=dict[str, object])
    selection: Rect | None = None
    task: Task = "edit"
    priority: Priority = NORMAL
    preview: PreviewWish | None = None
    deadline_ms: Annotated[int, Int(1)] | None = None
    replaces: Ulid | None = None

    def check(self) -> None:
        check_inputs(self.images)
        if self.task == "prepare" and self.priority != PREPARE:
            raise ParamError(
                "priority", f"a job that prepares has priority {PREPARE}, not {self.priority}"
            )
        if self.replaces == self.job:
            raise ParamError("replaces", "a job cannot replace itself")


@dataclass(frozen=True, kw_only=True)
class JobUpdate(Message, type="job.update", sender="client"):
    """Changes parameters of a running job; the newest `rev` holds from the next step on."""

    job: Ulid
    rev: Rev
    patch: Plains


@dataclass(frozen=True, kw_only=True)
class JobCredit(Message, type="job.credit", sender="client"):
    """That many previews were drawn; as many more may come."""

    job: Ulid
    previews: Annotated[int, Int(1, PREVIEW_CREDIT_MAX)] = 1


@dataclass(frozen=True, kw_only=True)
class JobCancel(Message, type="job.cancel", sender="client"):
    """Stops a job before its next network evaluation; `hard` kills its worker. The terminal message answers."""

    job: Ulid
    hard: bool = False


@dataclass(frozen=True, kw_only=True)
class JobSeen(Record):
    """A job and the last message of it that was received; 0 for none."""

    job: Ulid
    last_seq: Annotated[int, Int(0, 2**53)] = 0


@dataclass(frozen=True, kw_only=True)
class JobResume(Message, type="job.resume", sender="client"):
    """After a reconnect: each job is answered with `job.state`, then its last preview and its result from the start."""

    jobs: Annotated[tuple[JobSeen, ...], Count(JOBS_RESUMED_MAX, 1)]


@dataclass(frozen=True, kw_only=True)
class JobAck(Message, type="job.ack", sender="client"):
    """The result has arrived whole; the engine may forget it."""

    job: Ulid
