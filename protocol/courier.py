# SPDX-License-Identifier: Apache-2.0
"""What a client does behind its calls: connect and reconnect, hand on messages, send blobs, collect results.

`advance` is the only place where anything moves; all else takes note of what is wanted.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from . import ids, limits
from . import session as session_file
from .errors import ProtocolError
from .events import Arrived, Connected, Event, Reconnecting, Result
from .flow import Assembly, Intake
from .link import Link, Target
from .messages import (
    App,
    BlobData,
    BlobDrop,
    BlobHave,
    BlobNeed,
    BlobOk,
    Bye,
    Credit,
    Error,
    JobAck,
    JobCancelled,
    JobChunk,
    JobCredit,
    JobFailed,
    JobPreview,
    Message,
    Pong,
    Welcome,
)
from .tracking import Jobs
from .transport import Choice
from .upload import Uploads

SourceOfSession = session_file.Session | Path | None


class Courier:
    """The connection of one client and all that depends on its coming and going."""

    def __init__(self, app: App, session: SourceOfSession, transport: Choice, window: int) -> None:
        self.jobs = Jobs()
        self.uploads = Uploads()
        self.events: deque[Event] = deque()
        self.welcome: Welcome | None = None
        self.link: Link | None = None
        self._app, self._session, self._window = app, session, window
        self._transport: Choice = transport
        self._intake = Intake(window)
        self._engine_id = self._trying = ""
        self._attempt = self._turn = self._turns = 0
        self._next_attempt = 0.0
        self._requests: dict[str, Message] = {}
        self._questions: dict[str, BlobHave] = {}
        self._fetching: dict[str, Assembly] = {}
        self._acks: list[str] = []
        self._dropping: set[str] = set()
        self._more = False

    @property
    def connected(self) -> bool:
        """Whether the engine has proved itself and the connection is open."""
        return self.link is not None and self.link.welcome is not None

    def say(self, message: Message) -> None:
        """Send a message if there is a connection; what must survive its loss is kept elsewhere."""
        if self.link is not None and self.connected:
            self.link.send(message)

    def request(self, message: Message) -> str:
        """Ask something with one answer; asked again after a reconnect until the answer comes."""
        asked = message if message.id else replace(message, id=ids.new())
        assert asked.id is not None
        self._requests[asked.id] = asked
        self.say(asked)
        return asked.id

    def drop(self, blobs: Iterable[str]) -> None:
        """Forget blobs, as soon as no open job needs them: they may have to be sent again."""
        self._dropping.update(blobs)
        used = {blob for known in self.jobs.open.values() for blob in known.blobs}
        ready = self._dropping - used
        self._dropping &= used
        if heard := self.uploads.drop(ready):
            self.say(BlobDrop(blobs=tuple(heard)))

    def advance(self) -> None:
        """Do all that can be done without waiting; what happened is in `events`."""
        try:
            self._connect_if_due()
            if self.link is not None:
                # An end is acknowledged one call later: when the owner has had it.
                acks, self._acks = self._acks, []
                for job in acks:
                    self.say(JobAck(job=job))
                for message in self.link.receive():
                    self._take(message)
                self._send()
                if self._dropping:
                    self.drop(())
        except ProtocolError as error:
            self._lost(error)

    def sleep(self, seconds: float) -> None:
        """Sleep until there may be something to do."""
        if self.link is not None:
            self.link.wait(0 if self._more else seconds)
        else:
            time.sleep(max(0.0, min(seconds, self._next_attempt - time.monotonic())))

    def close(self) -> None:
        """Say goodbye."""
        if self.link is not None:
            self.link.close(goodbye=True)
            self.link = None

    # ---- coming and going

    def _connect_if_due(self) -> None:
        if self.link is not None or time.monotonic() < self._next_attempt:
            return
        session = self._session
        if not isinstance(session, session_file.Session):
            session = session_file.read(session)
        same = session.engine_id == self._engine_id and self.welcome is not None
        target = Target(
            session=session,
            endpoint=session.endpoints[self._turn % len(session.endpoints)],
            app=self._app,
            window=self._window,
            transport=self._transport,
            earlier=self.welcome.session if same and self.welcome else None,
        )
        self._trying, self._turns = session.engine_id, len(session.endpoints)
        self.link = Link(target)

    def _lost(self, error: ProtocolError) -> None:
        opened = self.connected
        if self.link is not None:
            self.link.close(goodbye=False)
            self.link = None
        self._turn += 1
        if not opened and self._turn < self._turns:
            return  # the engine's other address may do: a sandbox has no way to its unix socket
        self._turn, self._attempt = 0, 0 if opened else self._attempt
        delay = min(limits.BACKOFF_LAST_S, limits.BACKOFF_FIRST_S * 2 ** min(self._attempt, 10))
        delay *= random.uniform(0.5, 1.0)  # noqa: S311 (spreads many clients, keeps no secret)
        self._attempt += 1
        self._next_attempt = time.monotonic() + delay
        self.events.append(
            Reconnecting(code=error.code, message=error.message, attempt=self._attempt, delay=delay)
        )

    def _opened(self, welcome: Welcome) -> None:
        assert self.link is not None
        restarted = bool(self._engine_id) and self._engine_id != self._trying
        self._engine_id, self._attempt, self._turn, self.welcome = self._trying, 0, 0, welcome
        self._intake = Intake(self._window)
        self._fetching.clear()
        self.uploads.opened(welcome.window, welcome.limits.chunk_max, kept=welcome.resumed)
        self.events.append(
            Connected(
                engine_id=self._engine_id,
                welcome=welcome,
                transport=self.link.transport,
                restarted=restarted,
            )
        )
        if welcome.resumed:
            self.jobs.after_reconnect()
        else:
            self.events += self.jobs.after_restart()
        for known in self.jobs.open.values():
            self.uploads.want(known.blobs)
        for request in list(self._requests.values()):
            self.say(request)

    # ---- what comes

    def _take(self, message: Message) -> None:
        if isinstance(message, Welcome):
            self._opened(message)
        elif isinstance(message, Credit):
            self.uploads.granted(message.bytes)
        elif isinstance(message, BlobOk):
            self.uploads.confirmed(message.blob)
        elif isinstance(message, BlobNeed):
            question = self._questions.pop(message.re or "", None)
            self.uploads.needed(
                message.blobs, [offer.id for offer in question.blobs] if question else []
            )
        elif isinstance(message, (JobChunk, BlobData)):
            self._take_chunk(message)
        elif isinstance(message, Bye):
            raise ProtocolError(
                "engine.unreachable", f"The engine said goodbye. {message.reason}".strip()
            )
        elif not isinstance(message, Pong):
            self._hand_on(message)

    def _take_chunk(self, message: JobChunk | BlobData) -> None:
        nbytes = len(message.frames[0])
        self._intake.received(nbytes)
        if isinstance(message, JobChunk):
            self.events += self.jobs.take(message)
        else:
            self._take_blob_data(message)
        if grant := self._intake.drained(nbytes):
            self.say(Credit(bytes=grant))

    def _take_blob_data(self, message: BlobData) -> None:
        if message.re not in self._requests:
            return
        part = self._fetching.setdefault(message.blob, Assembly(message.total))
        part.add(message.off, message.total, message.frames[0])
        if part.complete:
            del self._fetching[message.blob]
            self._requests.pop(message.re or "", None)
            self.events.append(Arrived(blob=message.blob, data=part.whole(), re=message.re))

    def _hand_on(self, message: Message) -> None:
        if message.re is not None:
            self._requests.pop(message.re, None)
        if isinstance(message, Error) and message.code == "auth.required":
            raise ProtocolError(message.code, message.sentence)
        came = self.jobs.take(message)
        self._acks += [
            event.job for event in came if isinstance(event, (Result, JobFailed, JobCancelled))
        ]
        for event in came:
            if isinstance(event, JobPreview):
                self._supersede(event)
            self.events.append(event)

    def _supersede(self, preview: JobPreview) -> None:
        """Keep only the newest preview of a job that was not fetched yet; the older one counts as drawn."""
        for event in self.events:
            if isinstance(event, JobPreview) and event.job == preview.job:
                self.events.remove(event)
                self.say(JobCredit(job=preview.job))
                return

    # ---- what goes

    def _send(self) -> None:
        if self.link is None or not self.connected:
            return
        while (question := self.uploads.question()) is not None:
            assert question.id is not None
            self._questions[question.id] = question
            self.say(question)
        # Before the blobs: a cancel must not wait behind an upload.
        say, self.jobs.say = self.jobs.say, []
        for message in say:
            self.say(message)
        self._more = self.uploads.send(self.link.offer)
        self.link.flush()
