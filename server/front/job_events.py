# SPDX-License-Identifier: Apache-2.0
"""What clients hear of their jobs: progress, previews, results, and exactly one end.

Progress is at most ten a second, the newest wins; of previews only the newest waits; pixels leave in chunks when
the client's window has room. While a client is away nothing is lost but progress: its results wait.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import get_args

from protocol import codec, flow, ids
from protocol.errors import CODES, RETRYABLE, ProtocolError
from protocol.images import Image
from protocol.limits import PROGRESS_PER_SECOND
from protocol.messages import (
    JobCancelled,
    JobChunk,
    JobDone,
    JobFailed,
    JobPreview,
    JobStarted,
    JobState,
    Message,
    Note,
    ResultLayer,
    Terminal,
)
from protocol.messages.results import Phase
from protocol.sentences import detail_of
from server.front.job_store import JobStore
from server.front.jobs import Job, handles_of, progress_message, result_kind
from server.front.send_queue import SendQueue
from server.front.sessions import Session, Sessions
from server.worker.messages import Header

_log = logging.getLogger("pullbrush.jobs")
_INTERVAL_S = 1 / PROGRESS_PER_SECOND
_PHASES = frozenset(get_args(Phase))


class JobEvents:
    """Tells clients about their jobs; the `Listener` of the dispatcher."""

    def __init__(self, sessions: Sessions, job_store: JobStore) -> None:
        self._sessions, self._job_store = sessions, job_store

    def started(self, job: Job) -> None:
        self._tell(job, lambda seq: JobStarted(job=job.id, seq=seq, worker=job.worker))

    def stepped(self, job: Job, header: Header) -> None:
        if header["phase"] not in _PHASES:
            header = {**header, "phase": "invert"}
        told = header.get("fraction")
        if told is not None:  # a job that is done once more does not go back to its beginning
            job.fraction = max(job.fraction or 0.0, min(told, 1.0))
        job.progress = header
        self._tell_progress(job, time.monotonic())

    def previewed(self, job: Job, header: Header, data: memoryview) -> None:
        job.preview, job.preview_waits = (header, data), True
        self._tell_preview(job)

    def done(self, job: Job, header: Header, frames: list[memoryview]) -> None:
        try:
            images = [Image.from_plain(layer["image"]) for layer in header["layers"]]
            layers = tuple(
                ResultLayer(image=image.name, name=layer["name"], placement=layer["placement"])
                for image, layer in zip(images, header["layers"], strict=True)
            )
            if "film" in header:
                images.append(Image.from_plain(header["film"]))
            sizes = [image.nbytes for image in images]
            if sizes != [len(data) for data in frames]:
                raise ValueError(f"layers of {sizes} bytes came as {[len(f) for f in frames]}")
            kind = result_kind(job, layers=bool(layers), film="film" in header)
            ending = JobDone(
                job=job.id,
                seq=1,
                layers=layers,
                kind=kind,
                seed=header["seed"],
                metrics=header["metrics"],
                provenance=header["provenance"],
                notes=tuple(Note.from_plain(note) for note in header.get("notes", ())),
            )
            codec.encode(ending)
        except (ProtocolError, ValueError, KeyError, TypeError) as error:
            incident = ids.new()[-8:]
            _log.error(
                "incident %s: a worker's result is unusable: %s", incident, type(error).__name__
            )
            self.failed(job, "internal", CODES["internal"], incident)
            return
        job.images = list(zip(images, frames, strict=True))
        self._end(job, "done", lambda seq: _renumbered(ending, seq))

    def failed(self, job: Job, code: str, message: str, incident: str = "") -> None:
        ending = JobFailed(
            job=job.id,
            seq=1,
            code=code,
            message=(message or CODES.get(code, code))[:1000],
            detail=detail_of(message),
            retryable=code in RETRYABLE,
            incident=incident,
        )
        self._end(job, "failed", lambda seq: _renumbered(ending, seq))

    def cancelled(self, job: Job) -> None:
        ending = JobCancelled(job=job.id, seq=1, at_step=job.step)
        self._end(job, "cancelled", lambda seq: _renumbered(ending, seq))

    def resume(self, session: Session, job: Job, re: str | None = None) -> None:
        """Tell a client that came back how its job stands, and everything that still matters of it."""
        assert session.send_queue is not None
        session.send_queue.take_back(job.id)
        self._state(session, job, re)
        if job.preview is not None and not job.ended:
            job.preview_waits = True
            self._tell_preview(job)
        if job.ended and not job.acknowledged:
            session.send_queue.stream(job.id, self._ending(job, session.send_queue.chunk))

    def _state(self, session: Session, job: Job, re: str | None) -> None:
        assert session.send_queue is not None
        session.send_queue.say(JobState(re=re, job=job.id, seq=job.seq, state=job.state))

    def tick(self, now: float) -> None:
        """Send the progress and previews that had to wait."""
        for job in self._job_store.all():
            if job.progress is not None:
                self._tell_progress(job, now)
            if job.preview_waits:
                self._tell_preview(job)

    def _tell_progress(self, job: Job, now: float) -> None:
        header = job.progress
        if header is None or job.ended or now - job.progress_at < _INTERVAL_S:
            return
        send_queue = self._send_queue(job)
        if send_queue is None or send_queue.clogged:
            return
        job.progress, job.progress_at, job.told_rev = None, now, header["rev"]
        self._tell(job, lambda seq: progress_message(job, header, seq))

    def _tell_preview(self, job: Job) -> None:
        send_queue = self._send_queue(job)
        if job.preview is None or job.ended or send_queue is None or send_queue.clogged:
            return
        header, data = job.preview
        job.preview_waits = False
        image = Image.from_plain(header["image"])
        self._tell(
            job,
            lambda seq: JobPreview(
                job=job.id,
                seq=seq,
                image=image,
                step=header["step"],
                handles=handles_of(header),
                placement=header["placement"],
                frames=(data,),
            ),
        )

    def _end(self, job: Job, state: str, terminal: Callable[[int], Terminal]) -> None:
        assert not job.ended, f"job {job.id} ended twice"
        if job.progress is not None and job.progress["rev"] > job.told_rev:
            job.progress_at = 0.0
            self._tell_progress(job, time.monotonic())
        self._job_store.end(job, state, terminal)
        _log.info("job %s %s", job.id, state)
        send_queue = self._send_queue(job)
        if send_queue is not None:
            send_queue.stream(job.id, self._ending(job, send_queue.chunk))

    def _ending(self, job: Job, size: int) -> Iterator[Message]:
        """The result in chunks, then the terminal message; made while they are sent."""
        for image, data in job.images:
            for off, chunk in flow.chunks(data, size):
                yield JobChunk(
                    job=job.id,
                    seq=job.next_seq(),
                    image=image,
                    off=off,
                    total=image.nbytes,
                    frames=(chunk,),
                )
        assert job.terminal is not None
        yield job.terminal(job.next_seq())

    def _tell(self, job: Job, make: Callable[[int], Message]) -> None:
        send_queue = self._send_queue(job)
        if send_queue is not None:
            send_queue.say(make(job.next_seq()))

    def _send_queue(self, job: Job) -> SendQueue | None:
        session = self._sessions.get(job.session)
        return session.send_queue if session else None


def _renumbered(ending: Terminal, seq: int) -> Terminal:
    return replace(ending, seq=seq)
