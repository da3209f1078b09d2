# SPDX-License-Identifier: Apache-2.0
"""The client's open jobs: what was asked, how far it came, and what to say about it after a reconnect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from . import ids
from .events import Ending, Event, Picture, Result
from .flow import Assembly
from .images import Image
from .limits import JOBS_RESUMED_MAX
from .messages import (
    Error,
    JobAccepted,
    JobCancel,
    JobCancelled,
    JobChunk,
    JobDone,
    JobFailed,
    JobPreview,
    JobProgress,
    JobResume,
    JobSeen,
    JobStarted,
    JobState,
    JobSubmit,
    JobUpdate,
    Message,
)

Numbered = (
    JobAccepted
    | JobStarted
    | JobProgress
    | JobPreview
    | JobChunk
    | JobDone
    | JobFailed
    | JobCancelled
)
NUMBERED = (
    JobAccepted,
    JobStarted,
    JobProgress,
    JobPreview,
    JobChunk,
    JobDone,
    JobFailed,
    JobCancelled,
)


@dataclass
class OpenJob:
    """A job without its end yet."""

    submit: JobSubmit
    accepted: bool = False
    retelling: bool = False
    last_seq: int = 0
    rev: int = 0
    update: JobUpdate | None = None
    cancel: JobCancel | None = None
    parts: dict[str, tuple[Image, Assembly]] = field(
        default_factory=dict[str, tuple[Image, Assembly]]
    )

    @property
    def blobs(self) -> list[str]:
        """Blobs that the job reads."""
        return [blob for image in self.submit.images for blob in image.blobs]

    def seen(self) -> JobSeen:
        """Say how far it was followed."""
        return JobSeen(job=self.submit.job, last_seq=self.last_seq)


class Jobs:
    """All open jobs of one client. What it wants to say to the engine it leaves in `say`."""

    def __init__(self) -> None:
        self.open: dict[str, OpenJob] = {}
        self.say: list[Message] = []

    def submit(self, submit: JobSubmit) -> None:
        """Follow a new job."""
        self.open[submit.job] = OpenJob(submit)
        self.say.append(submit)

    def update(self, job: str, patch: Mapping[str, object]) -> int:
        """Change parameters of an open job; returns the revision, 0 when the job is over."""
        if (known := self.open.get(job)) is None:
            return 0
        known.rev += 1
        earlier: Mapping[str, object] = known.update.patch if known.update else {}
        known.update = JobUpdate(id=ids.new(), job=job, rev=known.rev, patch={**earlier, **patch})
        self.say.append(known.update)
        return known.rev

    def cancel(self, job: str, *, hard: bool = False) -> bool:
        """Ask to stop an open job; False when it is over."""
        if (known := self.open.get(job)) is None:
            return False
        known.cancel = JobCancel(id=ids.new(), job=job, hard=hard)
        self.say.append(known.cancel)
        return True

    def take(self, message: Message) -> list[Event]:
        """Follow a message about a job; returns what the owner should see."""
        if isinstance(message, NUMBERED):
            return self._numbered(message)
        if isinstance(message, JobState):
            return self._state(message)
        if isinstance(message, Error):
            return [self._error(message)]
        return [message]

    def after_restart(self) -> list[Event]:
        """The engine knows nothing: submit everything again that was not being stopped."""
        self.say.clear()
        events: list[Event] = []
        for job, known in list(self.open.items()):
            if known.cancel is not None:
                del self.open[job]
                events.append(JobCancelled(job=job, seq=known.last_seq + 1))
            else:
                self._submit_again(known)
        return events

    def after_reconnect(self) -> None:
        """The engine still knows our session: ask how the jobs stand, and submit those it may not have got."""
        self.say.clear()
        known = [job for job in self.open.values() if job.accepted]
        for job in known:
            job.retelling = True
        for start in range(0, len(known), JOBS_RESUMED_MAX):
            seen = tuple(job.seen() for job in known[start : start + JOBS_RESUMED_MAX])
            self.say.append(JobResume(id=ids.new(), jobs=seen))
        for job in self.open.values():
            if not job.accepted:
                told = (job.submit, job.update, job.cancel)
                self.say += [message for message in told if message is not None]

    def _numbered(self, message: Numbered) -> list[Event]:
        known = self.open.get(message.job)
        if known is None or known.retelling or message.seq <= known.last_seq:
            return []  # of a job that is over, or that is about to be told again
        if message.seq > known.last_seq + 1:
            self._follow_again(known)
            return []
        known.last_seq, known.accepted = message.seq, True
        if isinstance(message, JobChunk):
            _, part = known.parts.setdefault(
                message.image.name, (message.image, Assembly(message.total))
            )
            part.add(message.off, message.total, message.frames[0])
            return []
        if isinstance(message, (JobDone, JobFailed, JobCancelled)):
            return self._end(known, message)
        if (
            isinstance(message, JobProgress)
            and known.update
            and (message.rev or 0) >= known.update.rev
        ):
            self._settle(known)
        return [message]

    def _end(self, known: OpenJob, message: JobDone | JobFailed | JobCancelled) -> list[Event]:
        ending: Ending
        if isinstance(message, JobDone):
            whole = {name for name, (_, part) in known.parts.items() if part.complete}
            if not {layer.image for layer in message.layers} <= whole:
                self._follow_again(known)
                return []
            pictures = {
                name: Picture(image=image, pixels=part.whole())
                for name, (image, part) in known.parts.items()
            }
            ending = Result(job=message.job, done=message, pictures=pictures)
        else:
            ending = message
        del self.open[message.job]
        return [ending]

    def _state(self, message: JobState) -> list[Event]:
        if (known := self.open.get(message.job)) is None:
            return []
        if message.state == "unknown":
            self._submit_again(known)
            return []
        known.accepted, known.retelling, known.last_seq = True, False, message.seq
        known.parts.clear()  # the result, if there is one, now comes from the start
        self.say += [again for again in (known.update, known.cancel) if again is not None]
        return [message]

    def _error(self, message: Error) -> Error:
        """Take note of a job that the engine did not accept; returns the error with its job."""
        for job, known in self.open.items():
            meant = message.re == known.submit.id if message.re else message.job == job
            if meant and not known.accepted and message.code != "blob.missing":
                del self.open[job]
                return replace(message, job=job)
        return message

    def _settle(self, known: OpenJob) -> None:
        """The engine has taken an update over: it belongs to the job from now on."""
        assert known.update is not None
        known.submit = replace(known.submit, params={**known.submit.params, **known.update.patch})
        known.update = None

    def _submit_again(self, known: OpenJob) -> None:
        if known.update is not None:
            self._settle(known)
        known.accepted, known.retelling, known.last_seq = False, False, 0
        known.parts.clear()
        self.say.append(known.submit)

    def _follow_again(self, known: OpenJob) -> None:
        """Something is missing in between: have the job told again."""
        known.parts.clear()
        known.retelling = True
        self.say.append(JobResume(id=ids.new(), jobs=(known.seen(),)))
