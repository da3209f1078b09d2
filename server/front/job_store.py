# SPDX-License-Identifier: Apache-2.0
"""All jobs the engine remembers, and for how long: until acknowledged, or ten minutes after their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, cast

from server.front.blobs import BlobStore
from server.front.jobs import Job, TerminalMaker


class JobStore:
    """Jobs by id. Their ids are the clients' own, so each is looked up together with its session."""

    def __init__(
        self, blobs: BlobStore, kept_s: float, quota: int, clock: Callable[[], float]
    ) -> None:
        self._blobs, self._kept_s, self._quota, self._clock = blobs, kept_s, quota, clock
        self._jobs: dict[str, Job] = {}

    def add(self, job: Job) -> None:
        self._jobs[job.id] = job

    def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    def of(self, session: str, job_id: str) -> Job | None:
        """A job of this session; another session's is as unknown as one that never was."""
        job = self._jobs.get(job_id)
        return job if job is not None and job.session == session else None

    def all(self) -> Iterator[Job]:
        return iter(list(self._jobs.values()))

    def active(self, session: str | None = None) -> list[Job]:
        """Jobs that have not ended yet."""
        return [
            job for job in self._jobs.values() if not job.ended and session in (None, job.session)
        ]

    @property
    def result_bytes(self) -> int:
        return sum(job.result_bytes for job in self._jobs.values())

    def end(self, job: Job, state: str, terminal: TerminalMaker) -> None:
        """Note the end of a job and give its pictures back."""
        job.state = cast("Literal['done', 'failed', 'cancelled']", state)
        job.terminal, job.ended_at = terminal, self._clock()
        job.missing.clear()
        self._blobs.unpin(job.blobs.values())
        job.blobs = {}
        job.progress, job.preview_waits = None, False
        self._make_room(job)

    def acknowledge(self, job: Job) -> None:
        """The client has the whole result; only the fact that the job was done is kept."""
        job.acknowledged = True
        job.forget_result()

    def tick(self, now: float) -> None:
        """Forget what nobody came back for."""
        for job in list(self._jobs.values()):
            if job.ended and now - job.ended_at > self._kept_s:
                del self._jobs[job.id]

    def forget_session(self, session: str) -> None:
        """A session will not come back: its ended jobs go. The caller has stopped the others."""
        for job in list(self._jobs.values()):
            if job.session == session and job.ended:
                del self._jobs[job.id]

    def _make_room(self, newest: Job) -> None:
        """When results take too much memory, the oldest that nobody fetched go first."""
        held = sorted(
            (job for job in self._jobs.values() if job.images), key=lambda job: job.ended_at
        )
        for job in held:
            if self.result_bytes <= self._quota or job is newest:
                return
            job.forget_result()
            del self._jobs[job.id]
