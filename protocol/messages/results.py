# SPDX-License-Identifier: Apache-2.0
"""What the engine reports about a job. Every accepted job ends with exactly one of done, failed, cancelled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from ..errors import ParamError
from ..images import Image, ImageName
from ..kinds import Count, Int, Real, Text
from ..limits import COORDINATE_MAX
from ..record import Record
from ..sentences import heard
from .base import Message, Millis, Plains, Sentence, Seq, Ulid
from .blobs import BlobSize, Offset, check_chunk
from .jobs import Note, Rev
from .opening import Code

State = Literal["queued", "running", "done", "failed", "cancelled", "unknown"]
Placement = Literal["over", "instead"]
Phase = Literal["load", "encode", "invert", "edit", "decode", "warp"]
Steps = Annotated[int, Int(0, 1_000_000)]
Where = Annotated[float, Real(-COORDINATE_MAX, COORDINATE_MAX)]
Handles = Annotated[tuple[tuple[Where, Where], ...], Count(256)]


@dataclass(frozen=True, kw_only=True)
class JobAccepted(Message, type="job.accepted", sender="engine"):
    """The job is in the queue; `reuse` says that its inversion is cached."""

    job: Ulid
    seq: Seq
    position: Annotated[int, Int(0, 100_000)]
    eta_ms: Millis | None = None
    reuse: bool = False


@dataclass(frozen=True, kw_only=True)
class JobState(Message, type="job.state", sender="engine"):
    """How a job stands; the next message of it has the number after `seq`. Unknown jobs must be submitted again."""

    job: Ulid
    seq: Annotated[int, Int(0, 2**53)]
    state: State


@dataclass(frozen=True, kw_only=True)
class JobStarted(Message, type="job.started", sender="engine"):
    """A worker has begun."""

    job: Ulid
    seq: Seq
    worker: Annotated[str, Text(64)] = ""


@dataclass(frozen=True, kw_only=True)
class JobProgress(Message, type="job.progress", sender="engine"):
    """How far it is; at most ten a second. `rev` is the newest update that took effect, `handles` where they are.

    `step` of `steps` counts within the phase; `fraction` is 0 … 1 over the whole job and never goes back.
    """

    job: Ulid
    seq: Seq
    phase: Phase
    step: Steps
    steps: Steps
    rev: Rev | None = None
    eta_ms: Millis | None = None
    note: Annotated[str, Text(200)] = ""
    handles: Handles = ()
    fraction: Annotated[float, Real(0, 1)] | None = None

    def check(self) -> None:
        if self.step > self.steps:
            raise ParamError("step", f"{self.step} of {self.steps}")


@dataclass(frozen=True, kw_only=True)
class JobPreview(Message, type="job.preview", sender="engine", frames=(1, 1)):
    """A picture of how far it is, whole in one frame; only with credit, and only ever the latest.

    `handles` is where the pulled points are in it, for edits that pull some; `placement` is that of `ResultLayer`: what
    is seen `instead` of the source is not to be laid over it.
    """

    job: Ulid
    seq: Seq
    image: Image
    step: Steps
    rev: Rev | None = None
    handles: Handles = ()
    placement: Placement = "over"

    def check(self) -> None:
        if self.image.nbytes != len(self.frames[0]):
            raise ParamError(
                "image", f"describes {self.image.nbytes} bytes, but {len(self.frames[0])} came"
            )


@dataclass(frozen=True, kw_only=True)
class JobChunk(Message, type="job.chunk", sender="engine", frames=(1, 1)):
    """A piece of one image of the result, under the client's window. All come before `job.done`."""

    job: Ulid
    seq: Seq
    image: Image
    off: Offset
    total: BlobSize

    def check(self) -> None:
        if self.image.nbytes != self.total:
            raise ParamError("total", f"{self.total}, but the image has {self.image.nbytes} bytes")
        check_chunk(self.off, len(self.frames[0]), self.total)


@dataclass(frozen=True, kw_only=True)
class ResultLayer(Record):
    """A layer to add: an image of the result, its name for the artist, and how it is placed."""

    image: ImageName
    name: Annotated[str, Text(200)]
    placement: Placement = "over"
    opacity: Annotated[float, Real(0, 1)] = 1.0


@dataclass(frozen=True, kw_only=True)
class JobDone(Message, type="job.done", sender="engine"):
    """The end of a job that worked: its layers from bottom to top, and how they were made."""

    job: Ulid
    seq: Seq
    layers: Annotated[tuple[ResultLayer, ...], Count(32)] = ()
    kind: Literal["layer", "variants", "group", "frames", "nothing"] = "layer"
    seed: Annotated[int, Int()] = 0
    metrics: Plains = field(default_factory=dict[str, object])
    provenance: Plains = field(default_factory=dict[str, object])
    notes: Annotated[tuple[Note, ...], Count(32)] = ()

    def check(self) -> None:
        if not self.layers and self.kind != "nothing":
            raise ParamError("layers", f"a result of kind {self.kind} has at least one layer")


@dataclass(frozen=True, kw_only=True)
class JobFailed(Message, type="job.failed", sender="engine"):
    """The end of a job that did not work, and why."""

    job: Ulid
    seq: Seq
    code: Code
    message: Sentence = ""
    retryable: bool = False
    incident: Annotated[str, Text(64)] = ""
    detail: Plains = field(default_factory=dict[str, object])

    @property
    def sentence(self) -> str:
        """The message, as the Sentence that it is when it came with an id."""
        return heard(self.message, self.detail)


@dataclass(frozen=True, kw_only=True)
class JobCancelled(Message, type="job.cancelled", sender="engine"):
    """The end of a job that was stopped, by the client or by one that replaces it."""

    job: Ulid
    seq: Seq
    at_step: Steps = 0


Terminal = JobDone | JobFailed | JobCancelled
TERMINALS = (JobDone, JobFailed, JobCancelled)
