# SPDX-License-Identifier: Apache-2.0
"""A connection whose engine does exactly what the test says, one event at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from protocol import ids
from protocol.events import Connected, Event, Picture, Reconnecting, Result
from protocol.images import Document, Image
from protocol.job_request import JobRequest
from protocol.limits import CHUNK, HEADER_MAX, PIXELS_MAX, WINDOW
from protocol.messages import (
    Caps,
    Error,
    JobAccepted,
    JobCancelled,
    JobDone,
    JobFailed,
    JobPlan,
    JobPlanned,
    JobPreview,
    JobProgress,
    Limits,
    Message,
    ResultLayer,
    Welcome,
)
from protocol.plugin.host import Rect

ENGINE_ID = ids.new()


@dataclass
class Asked:
    """A job as it was submitted, and what was said about it since."""

    id: str
    op: str
    document: Document
    images: tuple[Image, ...]
    params: dict[str, Any]
    task: str
    selection: Rect | None = None
    updates: list[dict[str, Any]] = field(default_factory=list)
    cancels: list[bool] = field(default_factory=list)
    drawn: int = 0

    def image(self, role: str) -> Image:
        return next(image for image in self.images if image.name == role)


@dataclass
class ScriptedConnection:
    """Fulfils `protocol.plugin.engine.Connection`; `margin` is how far a plan reads around its region."""

    connected: bool = True
    margin: int = 4
    answer_plans: bool = True
    blobs: dict[str, bytes] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    plans: list[tuple[str, dict[str, Any], Rect | None]] = field(default_factory=list)
    requests: list[Message] = field(default_factory=list)
    jobs: list[Asked] = field(default_factory=list)
    inbox: list[Event] = field(default_factory=list)
    waiting_plans: list[Event] = field(default_factory=list)

    # ---- what a session calls

    def receive(self) -> list[Event]:
        events, self.inbox = self.inbox, []
        return events

    def sleep(self, seconds: float) -> None:
        pass

    def put(self, data: Any, *, by_digest: bool = False) -> str:
        name = f"blob-{len(self.blobs)}"
        self.blobs[name] = bytes(data)
        return name

    def drop(self, *blobs: str) -> None:
        self.dropped += blobs

    def get(self, blob: str) -> str:
        self.asked_schema = blob
        return ids.new()

    def request(self, message: Message) -> str:
        re = ids.new()
        if not isinstance(message, JobPlan):
            self.requests.append(message)
            return re
        params, selection = dict(message.params), message.selection
        self.plans.append((message.op, params, selection))
        planned = self._planned(re, message.document, params, selection)
        (self.inbox if self.answer_plans else self.waiting_plans).append(planned)
        return re

    def submit(self, request: JobRequest) -> str:
        for image in request.images:
            assert image.blob in self.blobs
            assert image.blob not in self.dropped
            assert len(self.blobs[image.blob]) == image.nbytes
        job = Asked(
            id=ids.new(),
            op=request.op,
            document=request.document,
            images=request.images,
            params=dict(request.params),
            task=request.task,
            selection=request.selection,
        )
        self.jobs.append(job)
        return job.id

    def update(self, job: str, patch: Mapping[str, object]) -> int:
        asked = self._job(job)
        asked.updates.append(dict(patch))
        return len(asked.updates)

    def cancel(self, job: str, *, hard: bool = False) -> bool:
        self._job(job).cancels.append(hard)
        return True

    def drew(self, job: str, previews: int = 1) -> None:
        self._job(job).drawn += previews

    # ---- what the test lets happen

    def last(self, task: str = "edit") -> Asked:
        return [job for job in self.jobs if job.task == task][-1]

    def tasks(self) -> list[str]:
        return [job.task for job in self.jobs]

    def progress(self, job: Asked, step: int = 1, steps: int = 5, rev: int | None = None) -> None:
        self.inbox.append(
            JobProgress(
                job=job.id,
                seq=1,
                phase="edit",
                step=step,
                steps=steps,
                rev=rev,
                eta_ms=900,
                fraction=step / steps,
            )
        )

    def accept(self, job: Asked) -> None:
        self.inbox.append(JobAccepted(job=job.id, seq=1, position=0))

    def preview(self, job: Asked, placement: Any = "over") -> None:
        image = replace(job.image("source"), name="preview", blob=None)
        frames = (self.source(job),)
        self.inbox.append(
            JobPreview(job=job.id, seq=2, image=image, step=1, frames=frames, placement=placement)
        )

    def done(
        self,
        job: Asked,
        *,
        layers: int = 1,
        placement: Any = "over",
        seed: int | None = None,
        opaque: bool = False,
        kind: Any = "layer",
    ) -> None:
        """End a job with the source inverted, once for each layer; `opaque` with an alpha of 255."""
        image = replace(job.image("source"), blob=None)
        pixels = bytearray(255 - value for value in self.source(job))
        if opaque:
            pixels[3::4] = b"\xff" * (len(pixels) // 4)
        pictures = {
            f"layer.{i}": Picture(image=replace(image, name=f"layer.{i}"), pixels=bytes(pixels))
            for i in range(layers)
        }
        done = JobDone(
            job=job.id,
            seq=9,
            layers=tuple(
                ResultLayer(image=name, name="x", placement=placement) for name in pictures
            ),
            kind=kind if layers else "nothing",
            seed=job.params["seed"] if seed is None else seed,
            metrics={"evaluations": 7},
            provenance={
                "model": "scenes",
                "model_sha256": "a" * 64,
                "engine": "9.9",
                "source_sha256": "b" * 64,
            },
        )
        self.inbox.append(Result(job=job.id, done=done, pictures=pictures))

    def fail(
        self, job: Asked, code: str = "gpu.oom", message: str = "The device ran out of memory."
    ) -> None:
        self.inbox.append(JobFailed(job=job.id, seq=9, code=code, message=message))

    def refuse(
        self, job: Asked, code: str = "queue.full", message: str = "Too many edits are waiting."
    ) -> None:
        self.inbox.append(Error(job=job.id, code=code, message=message))

    def cancelled(self, job: Asked) -> None:
        self.inbox.append(JobCancelled(job=job.id, seq=9))

    def go(self) -> None:
        self.connected = False
        self.inbox.append(
            Reconnecting(
                code="engine.unreachable",
                message="The engine does not answer.",
                attempt=1,
                delay=0.1,
            )
        )

    def come_back(self, *, restarted: bool = False, caps: Caps | None = None) -> None:
        self.connected = True
        limits = Limits(
            chunk_max=CHUNK,
            header_max=HEADER_MAX,
            pixels_max=PIXELS_MAX,
            blob_bytes=1,
            jobs_queued=8,
        )
        welcome = Welcome(
            session="s" * 16, minor=0, caps=caps or Caps(), limits=limits, window=WINDOW, hb_ms=2000
        )
        self.inbox.append(
            Connected(engine_id=ENGINE_ID, welcome=welcome, transport="none", restarted=restarted)
        )

    def source(self, job: Asked) -> bytes:
        return self.blobs[job.image("source").blob or ""]

    def _job(self, job: str) -> Asked:
        return next(one for one in self.jobs if one.id == job)

    def _planned(
        self, re: str, document: Document, params: dict[str, Any], selection: Rect | None
    ) -> Event:
        points = [point for way in params.get("drags", []) for point in way]
        x0, y0, x1, y1 = 0.0, 0.0, float(document.width), float(document.height)
        if points:
            x0, y0 = (min(point[i] for point in points) - self.margin for i in (0, 1))
            x1, y1 = (max(point[i] for point in points) + self.margin for i in (0, 1))
        x0, y0 = max(0, int(x0)), max(0, int(y0))
        x1, y1 = min(document.width, int(x1)), min(document.height, int(y1))
        if x1 <= x0 or y1 <= y0:
            return Error(
                re=re, code="param.invalid", message="The edit lies wholly outside the picture."
            )
        rect = (x0, y0, x1 - x0, y1 - y0)
        return JobPlanned(
            re=re,
            read_rect=rect,
            region=(rect,),
            crop=rect,
            model="scenes",
            bytes=1,
            eta_ms=1,
            evaluations=7,
        )
