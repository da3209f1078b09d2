# SPDX-License-Identifier: Apache-2.0
"""Sees to it that a job has its pictures: they may still be on their way when it is submitted."""

from __future__ import annotations

from protocol.errors import ProtocolError
from protocol.messages import BlobNeed
from server.front.blobs import Blob, BlobStore
from server.front.config import Config
from server.front.dispatcher import Dispatcher
from server.front.job_store import JobStore
from server.front.jobs import Job
from server.front.sessions import Session, Sessions

_LATE_S = 2.0


class JobInputs:
    """Pins blobs for jobs as they arrive, asks for those that are lost, and gives up on those that never come."""

    def __init__(
        self,
        config: Config,
        sessions: Sessions,
        blobs: BlobStore,
        job_store: JobStore,
        dispatcher: Dispatcher,
    ) -> None:
        self._config, self._sessions, self._blobs = config, sessions, blobs
        self._job_store, self._dispatcher = job_store, dispatcher

    def gather(self, session: Session, job: Job) -> None:
        """Pin what is here, ask for what was lost, and wait for the rest: a job travels ahead of its pictures.

        Raises ProtocolError `blob.range` when a blob is not what the job describes; nothing is pinned then.
        """
        found = {name: self._blobs.find((session.id, name)) for name in _names(job)}
        here = {name: blob for name, blob in found.items() if blob is not None and blob.complete}
        for name, blob in here.items():
            _check_size(job, name, blob)
        for name, blob in here.items():
            self._take(job, name, blob)
        job.missing = set(found) - set(here)

    def ask_for_lost(self, session: Session, job: Job) -> None:
        """Ask at once for what the engine had and made room of: the client does not know that."""
        self._ask(session, [n for n in job.missing if self._blobs.was_lost((session.id, n))])

    def arrived(self, session: Session, name: str) -> None:
        """A blob is complete: jobs that waited for it may start."""
        for job in self._job_store.active(session.id):
            if name not in job.missing:
                continue
            blob = self._blobs.get((session.id, name))
            try:
                _check_size(job, name, blob)
            except ProtocolError as error:
                self._dispatcher.fail(job, error.code, error.message)
                continue
            self._take(job, name, blob)
            job.missing.discard(name)

    def tick(self, now: float) -> None:
        """Ask for pictures that are late, and end the jobs whose pictures never came."""
        for job in self._job_store.active():
            if not job.missing:
                continue
            waited = now - job.waiting_since
            if waited > self._config.no_credit_s:
                self._dispatcher.fail(job, "blob.missing", "")
            elif waited > _LATE_S and not job.asked:
                job.asked = True
                self._ask_for_late(job)

    def _ask_for_late(self, job: Job) -> None:
        session = self._sessions.get(job.session)
        if session is not None:
            late = [n for n in job.missing if self._blobs.find((session.id, n)) is None]
            self._ask(session, late)

    def _take(self, job: Job, name: str, blob: Blob) -> None:
        self._blobs.pin(blob)
        job.blobs[name] = blob

    def _ask(self, session: Session, names: list[str]) -> None:
        if names and session.send_queue is not None:
            session.send_queue.say(BlobNeed(blobs=tuple(names)))


def _check_size(job: Job, name: str, blob: Blob) -> None:
    for image in job.submit.images:
        if image.blob == name and image.nbytes != blob.nbytes:
            detail: dict[str, str | int] = {"blob": name, "nbytes": blob.nbytes}
            raise ProtocolError("blob.range", detail=detail, job=job.id)


def _names(job: Job) -> list[str]:
    """Blobs of a job in order, each once: pixels first, then profiles."""
    pixels = [image.blob for image in job.submit.images if image.blob]
    icc = [image.profile for image in job.submit.images if image.profile]
    return list(dict.fromkeys(pixels + icc))
