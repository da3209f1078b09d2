# SPDX-License-Identifier: Apache-2.0
"""The client that plug-ins and the command line use: it never blocks, and looks after the connection by itself.

Call `receive()` on a timer or when `fileno()` becomes readable; everything happens in there: reading, writing,
pings, reconnecting, sending blobs, following jobs. It returns events (`events.py`). All other calls only take note
of what is wanted, so they work without a connection too, and outlast the engine:
blobs stay until `drop`, open jobs are taken up where the engine is the same and submitted again where it is not.

    client = Client("my-script")
    source = Image(name="source", shape=(h, w, 4), dtype="u1", order="rgba", alpha="straight",
                   rect=(0, 0, w, h), blob=client.put(pixels))
    document = Document(key="a", width=w, height=h)
    job = client.submit(JobRequest(op="drag", document=document, images=(source,), params=params))
    ending = client.wait(job, timeout=60)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from . import ids, limits
from .courier import Courier
from .errors import ProtocolError
from .events import Arrived, Connected, Ending, Event, Reconnecting, Result
from .job_request import JobRequest
from .messages import (
    App,
    BlobGet,
    Error,
    JobCancelled,
    JobCredit,
    JobFailed,
    Message,
    PatchRect,
    Welcome,
)
from .messages.base import Bytes
from .session import Session
from .transport import Choice


class Client:
    """One program's connection to the engine; see the module.

    `session` is the session file's contents, its path, or None for where it always lies. A file is read again
    before each attempt, so a new engine is found. Not for several threads at once.
    """

    def __init__(
        self,
        app: str,
        *,
        app_version: str = "",
        plugin_version: str = "",
        pid: int = 0,
        session: Session | Path | None = None,
        transport: Choice = "auto",
        window: int = limits.WINDOW,
    ) -> None:
        who = App(app=app, app_version=app_version, plugin_version=plugin_version, pid=pid)
        self._courier = Courier(who, session, transport, window)
        self._jobs, self._uploads = self._courier.jobs, self._courier.uploads
        self._closed = False

    @property
    def connected(self) -> bool:
        """Whether the engine has proved itself and the connection is open."""
        return self._courier.connected

    @property
    def welcome(self) -> Welcome | None:
        """What the engine said of itself, the last time it was reached."""
        return self._courier.welcome

    @property
    def open_jobs(self) -> tuple[str, ...]:
        """Jobs without their end yet."""
        return tuple(self._jobs.open)

    @property
    def unsent(self) -> int:
        """Bytes of blobs that still wait to be sent."""
        return self._uploads.waiting

    def fileno(self) -> int:
        """Return the descriptor to watch; it changes with each connection, and is -1 without one."""
        return self._courier.link.fileno() if self._courier.link else -1

    def receive(self) -> list[Event]:
        """Do all that can be done without waiting, and return what happened."""
        if self._closed:
            return []
        self._courier.advance()
        events = list(self._courier.events)
        self._courier.events.clear()
        return events

    def sleep(self, seconds: float) -> None:
        """Sleep until there may be something to receive; for scripts, and threads of one's own."""
        if not self._closed:
            self._courier.sleep(seconds)

    def close(self) -> None:
        """Say goodbye; open jobs go on in the engine until it forgets the session."""
        self._closed = True
        self._courier.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- blobs

    def put(self, data: Bytes, *, by_digest: bool = False, name: str | None = None) -> str:
        """Take bytes for the engine and return their blob id; they must not change until `drop`.

        `by_digest` asks the engine first whether it has the same bytes: worth it for what rarely changes.
        Whoever calls from elsewhere has chosen the id before: `name`, a new ULID.
        """
        return self._uploads.put(data, by_digest=by_digest, name=name)

    def patch(
        self, base: str, data: Bytes, size: tuple[int, int], pixel: int, rects: Iterable[PatchRect]
    ) -> str:
        """Take a new image, `size` (width, height) of `pixel` bytes each; returns its blob id.

        It differs from the blob `base` only in `rects`, so only these travel where that is quicker.
        """
        return self._uploads.patch(base, data, size, pixel, rects)

    def drop(self, *blobs: str) -> None:
        """Forget blobs, here and in the engine, as soon as no open job needs them."""
        self._courier.drop(blobs)

    def get(self, blob: str) -> str:
        """Ask for a blob of the engine's, such as `welcome.caps.schema`; comes as `Arrived`."""
        return self.request(BlobGet(blob=blob))

    # ---- jobs

    def submit(self, request: JobRequest, *, job: str | None = None) -> str:
        """Ask for an edit and return its job; raises ProtocolError for what cannot be asked.

        Whoever calls from elsewhere has chosen the id before: `job`, a new ULID.
        """
        submit = request.message(job or ids.new())
        self._uploads.want(blob for image in submit.images for blob in image.blobs)
        self._jobs.submit(submit)
        return submit.job

    def update(self, job: str, patch: Mapping[str, object]) -> int:
        """Change parameters of a running job; returns the revision that `job.progress.rev` reports, 0 if over."""
        return self._jobs.update(job, patch)

    def cancel(self, job: str, *, hard: bool = False) -> bool:
        """Stop a job; its end comes as an event. False when it is over already."""
        return self._jobs.cancel(job, hard=hard)

    def drew(self, job: str, previews: int = 1) -> None:
        """Say that a preview was drawn, so that the next may come."""
        if job in self._jobs.open:
            self._courier.say(JobCredit(job=job, previews=previews))

    def request(self, message: Message) -> str:
        """Ask something with one answer (`job.plan`, `model.list` …); the answer's `re` is the id returned."""
        return self._courier.request(message)

    # ---- for scripts: the same, waiting

    def wait(
        self, job: str, timeout: float, on_event: Callable[[Event], None] | None = None
    ) -> Ending:
        """Wait for the end of a job; other events go to `on_event`, or stay for `receive`.

        Raises ProtocolError when the engine does not take the job, or no end comes in time.
        """

        def is_end(event: Event) -> bool:
            if isinstance(event, Error) and event.job == job and job not in self._jobs.open:
                raise _as_exception(event)
            return isinstance(event, (Result, JobFailed, JobCancelled)) and event.job == job

        ending = self._until(is_end, timeout, on_event)
        assert isinstance(ending, (Result, JobFailed, JobCancelled))
        return ending

    def ask(self, message: Message, timeout: float) -> Message | Arrived:
        """Ask something and wait for the answer; raises ProtocolError when it is an error, or none comes in time."""
        asked = self.request(message)
        answer = self._until(lambda event: getattr(event, "re", None) == asked, timeout)
        if isinstance(answer, Error):
            raise _as_exception(answer)
        assert isinstance(answer, (Message, Arrived))
        return answer

    def connect(self, timeout: float) -> Welcome:
        """Wait for the connection; raises ProtocolError with the last reason when there is none in time."""
        if not self.connected:
            self._until(lambda event: isinstance(event, Connected), timeout)
        assert self.welcome is not None
        return self.welcome

    def _until(
        self,
        wanted: Callable[[Event], bool],
        timeout: float,
        on_event: Callable[[Event], None] | None = None,
    ) -> Event:
        deadline = time.monotonic() + timeout
        events = self._courier.events
        reason = ProtocolError("deadline", f"The engine did not answer within {timeout:g} s.")
        passed: list[Event] = []
        try:
            while True:
                self._courier.advance()
                while events:
                    event = events.popleft()
                    if isinstance(event, Reconnecting):
                        reason = ProtocolError(event.code, event.message)
                    if wanted(event):
                        return event
                    passed.append(event) if on_event is None else on_event(event)
                if (left := deadline - time.monotonic()) <= 0:
                    raise reason
                self.sleep(left)
        finally:
            events.extendleft(reversed(passed))


def _as_exception(error: Error) -> ProtocolError:
    detail = {
        name: value for name, value in error.detail.items() if isinstance(value, (str, int, float))
    }
    return ProtocolError(
        error.code,
        error.sentence,
        detail=detail,
        re=error.re,
        job=error.job,
        incident=error.incident or None,
    )
