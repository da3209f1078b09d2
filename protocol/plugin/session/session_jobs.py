# SPDX-License-Identifier: Apache-2.0
"""The jobs of one edit session: at most one of each task, followed from submit to their one end.

`saw(job, step, pixels, place)` is told of every preview of an edit that is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ...edits import Point
from ...events import Event, Result
from ...images import Document, Image
from ...job_request import JobRequest
from ...messages import (
    Error,
    JobAccepted,
    JobCancelled,
    JobFailed,
    JobPreview,
    JobProgress,
    PreviewWish,
)
from ...messages.jobs import Task
from ..engine import Engine, Listener
from ..host import Pixels, Placement, Rect
from ..moving import moved_image, moved_rect, moved_result
from ..snapshot import Snapshot
from ..spots import spots_of
from .edit_request import EditRequest
from .preview import EditPreview
from .progress import Progress, Queued, fraction_of
from .state_machine import StateMachine

Ending = Result | JobFailed | JobCancelled | Error
"""How a job ends; `Error` when it was never taken on."""

RETRIED = ("worker.lost", "blob.missing")
"""Failures after which a job is submitted once more by itself."""


@dataclass(kw_only=True)
class Job:
    """What was asked, and how it went since."""

    task: Task
    request: EditRequest
    snapshot: Snapshot
    document: Document
    selection: Rect | None
    more: tuple[Image, ...] = ()
    id: str = ""
    sent_rev: int = 0
    seen_rev: int = 0
    accepted: bool = False
    stopping: bool = False
    tries: int = 0
    region: tuple[Rect, ...] = ()
    moved: tuple[int, int] = (0, 0)
    """How far the picture was shifted since this was submitted: what the engine says of it is to be shifted so."""
    outdated: bool = False
    """Whether the picture is another than this works on."""
    position: int = 0
    begun: bool = False

    def hidden_by(self, placement: Placement) -> tuple[str, ...]:
        """Keys of the layers that a result placed so hides."""
        return self.snapshot.picture if placement == "instead" else ()

    @property
    def caught_up(self) -> bool:
        """Whether the engine has taken over all that was changed on the way."""
        return self.seen_rev >= self.sent_rev


class SessionJobs:
    """Open jobs by task; `machine` hears what becomes of the edit."""

    def __init__(
        self,
        engine: Engine,
        listener: Listener,
        machine: StateMachine,
        seen: EditPreview,
        previews: PreviewWish,
        saw: Callable[[Job, int, Pixels, Rect], object],
    ) -> None:
        self.open: dict[Task, Job] = {}
        self.progress = Progress()
        self.shown = -1
        """The step of the running edit whose preview is seen."""
        self._seen_handles: tuple[tuple[float, float], ...] = ()
        self.warning = ""
        self._engine = engine
        self._listener = listener
        self._machine = machine
        self._seen = seen
        self._previews = previews
        self._saw = saw

    def submit(self, job: Job) -> None:
        """Ask the engine for it."""
        job.moved, job.begun = (0, 0), False
        job.id = self._engine.connection.submit(
            JobRequest(
                op=job.request.kind,
                document=job.document,
                images=(*job.snapshot.images, *job.more),
                params=job.request.params,
                task=job.task,
                selection=job.selection,
                preview=None if job.task == "prepare" else self._previews,
            )
        )
        self._engine.expect(job.id, self._listener)
        self.open[job.task] = job
        if job.task == "edit":
            self._machine.fire("submit")
            so_far = self.progress.fraction if job.tries else 0.0
            self.progress, self.shown, self._seen_handles = Progress(fraction=so_far), -1, ()

    def update(self, job: Job, request: EditRequest) -> None:
        """Steer a running job."""
        patch = job.request.difference(request)
        job.sent_rev = self._engine.connection.update(job.id, patch)
        job.request = request

    def stop(self, job: Job) -> None:
        """Ask a job to end; the second time by force."""
        self._engine.connection.cancel(job.id, hard=job.stopping)
        job.stopping = True
        if job.task == "edit":
            self._machine.fire("stop")

    def move(
        self, dx: int, dy: int, document: Document, follow: Callable[[Snapshot], Snapshot]
    ) -> None:
        """The picture lies elsewhere now; the engine goes on where it was."""
        for job in self.open.values():
            job.request = job.request.moved(dx, dy)
            job.snapshot, job.document = follow(job.snapshot), document
            job.region = tuple(moved_rect(rect, dx, dy) for rect in job.region)
            if job.selection is not None:
                job.selection = moved_rect(job.selection, dx, dy)
            job.moved = (job.moved[0] + dx, job.moved[1] + dy)
        self._seen_handles = _moved(self._seen_handles, (dx, dy))
        self.progress = replace(self.progress, handles=_moved(self.progress.handles, (dx, dy)))

    def queue(self, following: Queued | None) -> tuple[Queued, ...]:
        """What is on its way to a result, in the order in which it is computed; previews are not listed.

        `following` is the edit that is asked for and not yet with the engine.
        """
        rows: list[Queued] = []
        for task in ("edit", "prepare"):
            job = self.open.get(task)
            if job is not None and not (task == "prepare" and (rows or following is not None)):
                rows.append(
                    Queued(
                        id=job.id,
                        kind=job.request.kind,
                        task=task,
                        running=job.begun,
                        stopping=job.stopping,
                        ahead=0 if job.begun else job.position,
                    )
                )
        return (*rows, following) if following is not None else tuple(rows)

    def begin_anew(self) -> None:
        """Another engine has taken the place of the one that accepted them."""
        for job in self.open.values():
            job.accepted = False

    def follow(self, event: Event) -> tuple[Job, Ending] | None:
        """Take an event of a job; returns the job and its end once it has ended for good."""
        about: object = getattr(event, "job", None)
        job = next((job for job in self.open.values() if job.id == about), None)
        if job is None:
            return None
        if isinstance(event, Error):
            return self._error(job, event)
        job.accepted = True
        if isinstance(event, JobAccepted):
            job.position = event.position
        elif isinstance(event, JobProgress):
            self._progress(job, event)
        elif isinstance(event, JobPreview):
            if not job.stopping:
                self._preview(job, event)
            self._engine.connection.drew(job.id)
        elif isinstance(event, (Result, JobFailed, JobCancelled)):
            if isinstance(event, Result):
                event = moved_result(event, *job.moved)
            return self._end(job, event)
        return None

    def _progress(self, job: Job, event: JobProgress) -> None:
        """How far it is; the handles stay where they are in the frame that is seen, which may be an older one."""
        job.seen_rev, job.begun = max(job.seen_rev, event.rev or 0), True
        if job.task == "edit":
            self._machine.fire("start")
            told = event.fraction
            if told is None:
                told = fraction_of(event.phase, event.step, event.steps)
            self.progress = Progress(
                fraction=max(self.progress.fraction, told),
                phase=event.phase,
                step=event.step,
                steps=event.steps,
                eta_ms=event.eta_ms,
                handles=self._seen_handles or _moved(event.handles, job.moved),
            )

    def _preview(self, job: Job, event: JobPreview) -> None:
        """What is seen now, with the handles in it."""
        image, handles = moved_image(event.image, *job.moved), _moved(event.handles, job.moved)
        spots = spots_of(job.request.model, job.request.params, handles)
        hides = job.hidden_by(event.placement)
        seen = None if job.outdated else self._seen.show(image, event.frames[0], spots, hides)
        if job.task == "edit":
            self.shown = event.step
            if seen is not None:
                self._saw(job, event.step, seen, image.rect)
            if handles:
                self._seen_handles = handles
                self.progress = replace(self.progress, handles=handles)

    def _error(self, job: Job, event: Error) -> tuple[Job, Ending] | None:
        """A job that was never taken on has ended; else only what was said about it was refused."""
        if job.accepted:
            self.warning = event.message
        elif event.code != "blob.missing":  # then the client sends the pixels again by itself
            return self._end(job, event)
        return None

    def _end(self, job: Job, event: Ending) -> tuple[Job, Ending] | None:
        self._engine.forget(job.id)
        del self.open[job.task]
        if job.task == "edit":
            full = 1.0 if isinstance(event, Result) else self.progress.fraction
            self.progress = Progress(fraction=full)
        failed = isinstance(event, (JobFailed, Error))
        if failed and event.code in RETRIED and not job.tries and not job.stopping:
            job.tries, job.accepted, job.sent_rev, job.seen_rev = 1, False, 0, 0
            self.submit(job)
            return None
        if job.task == "edit":
            self._machine.fire("end")
        return job, event


def _moved(points: tuple[Point, ...], by: tuple[int, int]) -> tuple[Point, ...]:
    return tuple((x + by[0], y + by[1]) for x, y in points)
