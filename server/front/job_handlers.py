# SPDX-License-Identifier: Apache-2.0
"""What clients say about jobs: plan, submit, update, grant previews, cancel, resume, acknowledge."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from protocol.edits import EDITS, from_params
from protocol.errors import ParamError, ProtocolError
from protocol.messages import (
    JobAccepted,
    JobAck,
    JobCancel,
    JobCredit,
    JobPlan,
    JobPlanned,
    JobResume,
    JobState,
    JobSubmit,
    JobUpdate,
    Note,
)
from protocol.sentences import say
from server.front.authentication import error_message
from server.front.blobs import BlobStore
from server.front.config import Config
from server.front.dispatcher import Dispatcher
from server.front.job_events import JobEvents
from server.front.job_inputs import JobInputs
from server.front.job_store import JobStore
from server.front.jobs import Job, area_of, body_of
from server.front.sessions import Session
from server.worker.messages import Header

_PLANS_MAX = 32
_MODEL = r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}"


class JobHandlers:
    """Handlers of the `job.*` messages."""

    def __init__(
        self,
        config: Config,
        blobs: BlobStore,
        job_store: JobStore,
        dispatcher: Dispatcher,
        job_events: JobEvents,
        job_inputs: JobInputs,
    ) -> None:
        self._config, self._blobs, self._job_store = config, blobs, job_store
        self._dispatcher, self._job_events, self._job_inputs = dispatcher, job_events, job_inputs
        self._warm = False

    def plan(self, session: Session, message: JobPlan) -> None:
        """Geometry only, answered by the quick worker; the model worker is woken meanwhile."""
        _known_edit(message.op, message.params)
        if session.plans >= _PLANS_MAX:
            raise ProtocolError("queue.full", detail={"plans": session.plans})
        session.plans += 1
        header: Header = {
            "op": message.op,
            "params": message.params,
            "document": [message.document.width, message.document.height],
            "selection": list(message.selection) if message.selection else None,
            **self._dispatcher.ready(),
        }

        def done(reply: Header) -> None:
            session.plans -= 1
            found: Header = reply["plan"]
            area = area_of(message.op, message.document.key, found["read_rect"], message.params)
            cost: Header = found.get(self._dispatcher.line.seen(area)) or {}
            found = {**found, **cost}
            if session.send_queue is not None:
                session.send_queue.say(_planned(found, message.id))

        def failed(code: str, text: str) -> None:
            session.plans -= 1
            if session.send_queue is not None:
                session.send_queue.say(error_message(ProtocolError(code, text, re=message.id)))

        self._dispatcher.ask("quick", "plan", header, done, failed, session.id)
        self._warm_up()

    def _warm_up(self) -> None:
        """Who plans will soon want the model: let its worker import its libraries meanwhile.

        That goes on when a job takes the worker over, which then says how far it is.
        """
        if not self._warm:
            self._warm = True
            self._dispatcher.ask(
                "model",
                "facts",
                {},
                lambda _: None,
                lambda _code, _text: None,
                gives_way=True,
            )

    def submit(self, session: Session, message: JobSubmit) -> None:
        """Accept a job, or say how one stands that was submitted before."""
        known = self._job_store.get(message.job)
        if known is not None:
            self._repeated(session, known, message)
            return
        _known_edit(message.op, message.params)
        _roles_given(message)
        replaced = self._replaceable(session, message)
        active = self._job_store.active(session.id)
        if len(active) - (replaced is not None) >= self._config.jobs_queued:
            raise ProtocolError("queue.full", detail={"jobs": len(active)})
        job = self._job(session, message)
        self._job_inputs.gather(session, job)
        self._job_store.add(job)
        if replaced is not None:
            self._dispatcher.stop(replaced, "client")
        accepted = JobAccepted(
            re=message.id,
            job=job.id,
            seq=job.next_seq(),
            position=self._dispatcher.line.position(job),
            reuse=self._dispatcher.line.cached(job),
        )
        assert session.send_queue is not None
        session.send_queue.say(accepted)
        self._job_inputs.ask_for_lost(session, job)
        self._dispatcher.add(job)

    def update(self, session: Session, message: JobUpdate) -> None:
        """Newer parameters: for a waiting job at once, for a running one from its next step on."""
        job = self._get(session, message.job, message.id)
        if job.ended or message.rev <= job.rev:
            return
        params = {**job.params, **message.patch}
        _known_edit(job.submit.op, params)
        job.params, job.rev = params, message.rev
        self._dispatcher.tell(job, {"t": "update", "rev": job.rev, "params": params})

    def credit(self, session: Session, message: JobCredit) -> None:
        job = self._job_store.of(session.id, message.job)
        if job is not None:
            self._dispatcher.tell(job, {"t": "credit", "previews": message.previews})

    def cancel(self, session: Session, message: JobCancel) -> None:
        """Idempotent; the terminal message is the answer."""
        job = self._get(session, message.job, message.id)
        if not job.ended:
            self._dispatcher.stop(job, "client", hard=message.hard)

    def resume(self, session: Session, message: JobResume) -> None:
        assert session.send_queue is not None
        for seen in message.jobs:
            job = self._job_store.of(session.id, seen.job)
            if job is None:
                session.send_queue.say(
                    JobState(re=message.id, job=seen.job, seq=seen.last_seq, state="unknown")
                )
            else:
                self._job_events.resume(session, job, message.id)

    def ack(self, session: Session, message: JobAck) -> None:
        job = self._job_store.of(session.id, message.job)
        if job is not None and job.ended:
            self._job_store.acknowledge(job)
            if session.send_queue is not None:
                session.send_queue.take_back(job.id)

    def _job(self, session: Session, message: JobSubmit) -> Job:
        now = time.monotonic()
        deadline = now + message.deadline_ms / 1000 if message.deadline_ms else None
        return Job(
            submit=message,
            session=session.id,
            order=self._dispatcher.next_order(),
            params=dict(message.params),
            deadline_at=deadline,
            waiting_since=now,
        )

    def _repeated(self, session: Session, job: Job, message: JobSubmit) -> None:
        if job.session != session.id or body_of(job.submit) != body_of(message):
            raise ProtocolError("job.conflict", job=message.job, re=message.id)
        self._job_events.resume(session, job, message.id)

    def _replaceable(self, session: Session, message: JobSubmit) -> Job | None:
        if message.replaces is None:
            return None
        job = self._job_store.of(session.id, message.replaces)
        return job if job is not None and job.state == "queued" else None

    def _get(self, session: Session, job_id: str, asked: str | None) -> Job:
        job = self._job_store.of(session.id, job_id)
        if job is None:
            raise ProtocolError("job.unknown", job=job_id, re=asked)
        return job


def _known_edit(op: str, params: Mapping[str, object]) -> None:
    """Refuse what no worker could do. Raises ProtocolError `op.unsupported` or ParamError."""
    if op not in EDITS:
        raise ProtocolError("op.unsupported", say("kind.newer", edit=f"edit.{op}"))
    try:
        edit = from_params(op, dict(params))
    except ParamError as error:
        raise error.under("params") from None
    if not re.fullmatch(_MODEL, edit.model):
        raise ParamError("params.model", say("model.path"))


def _roles_given(message: JobSubmit) -> None:
    """Refuse a submit that lacks a picture its edit needs."""
    given = {image.name for image in message.images}
    for role in EDITS[message.op].ROLES:
        if role.required and role.role not in given:
            raise ParamError(
                "images", say("picture.role", edit=f"edit.{message.op}", role=role.label)
            )


def _planned(plan: Header, asked: str | None) -> JobPlanned:
    return JobPlanned(
        re=asked,
        read_rect=plan["read_rect"],
        region=(plan["region"],),
        crop=plan["crop"],
        model=plan["model"],
        bytes=plan["bytes"],
        eta_ms=plan["eta_ms"],
        evaluations=plan["evaluations"],
        warnings=tuple(note["message"] for note in plan["notes"]),
        notes=tuple(Note.from_plain(note) for note in plan["notes"]),
        eta_guessed=plan["eta_guessed"],
    )
