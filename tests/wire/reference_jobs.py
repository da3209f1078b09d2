# SPDX-License-Identifier: Apache-2.0
"""The jobs of the reference engine: accepted, worked on step by step, told again, finished."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from protocol import flow
from protocol import messages as say
from protocol.errors import ProtocolError
from protocol.images import Image
from protocol.messages import Message


@dataclass
class Peer:
    """One connection."""

    nonce: bytes
    nonce2: bytes
    session: str = ""
    allowance: flow.Allowance = field(default_factory=lambda: flow.Allowance(0))
    intake: flow.Intake = field(default_factory=flow.Intake)
    outbox: list[Message] = field(default_factory=list)


@dataclass
class Job:
    """One job; `steps` are taken by hand or by themselves."""

    submit: say.JobSubmit
    owner: bytes
    seq: int = 0
    step: int = 0
    steps: int = 3
    started: bool = False
    cancelled: bool = False
    rev: int | None = None
    credit: int = 0
    ending: Message | None = None
    params: dict = field(default_factory=dict)


class JobDesk:
    """What the engine does about jobs."""

    jobs: dict[str, Job]
    peers: dict[bytes, Peer]
    blobs: dict[str, bytes | bytearray]
    submits: list[say.JobSubmit]
    acked: list[str]
    plans_ignored: int
    skip_seq: int
    steps: int
    step_s: float

    def tell(self, job: Job, message: Message) -> None:
        """Send a message of a job to whoever owns it, in order with its result."""
        if (peer := self.peers.get(job.owner)) is not None:
            peer.outbox.append(message)

    def number(self, job: Job) -> int:
        job.seq += 1
        if self.skip_seq and job.seq == self.skip_seq:
            self.skip_seq = 0
            job.seq += 1
        return job.seq

    def on_job_plan(self, who: bytes, peer: Peer, message: say.JobPlan) -> None:
        if self.plans_ignored:
            self.plans_ignored -= 1
            return
        whole = (0, 0, message.document.width, message.document.height)
        plan = say.JobPlanned(
            re=message.id,
            read_rect=whole,
            region=(whole,),
            crop=whole,
            model="none",
            bytes=0,
            eta_ms=0,
        )
        self.send(who, plan)

    def on_job_submit(self, who: bytes, peer: Peer, message: say.JobSubmit) -> None:
        self.submits.append(message)
        if message.op == "impossible":
            return self.send(who, say.Error(re=message.id, job=message.job, code="op.unsupported"))
        if (job := self.jobs.get(message.job)) is not None:
            if replace(message, id=None) != replace(job.submit, id=None):
                raise ProtocolError("job.conflict", re=message.id, job=message.job)
            job.owner = who
            return self.send(
                who,
                say.JobState(re=message.id, job=message.job, seq=job.seq, state=self.state(job)),
            )
        job = Job(
            message,
            who,
            credit=message.preview.credit if message.preview else 0,
            params=dict(message.params),
            steps=self.steps,
        )
        self.jobs[message.job] = job
        self.tell(
            job,
            say.JobAccepted(
                re=message.id, job=message.job, seq=self.number(job), position=len(self.jobs) - 1
            ),
        )
        return None

    def on_job_update(self, who: bytes, peer: Peer, message: say.JobUpdate) -> None:
        job = self.jobs[message.job]
        job.rev = message.rev
        job.params.update(message.patch)

    def on_job_credit(self, who: bytes, peer: Peer, message: say.JobCredit) -> None:
        if message.job in self.jobs:
            self.jobs[message.job].credit += message.previews

    def on_job_cancel(self, who: bytes, peer: Peer, message: say.JobCancel) -> None:
        if message.job in self.jobs:
            self.jobs[message.job].cancelled = True

    def on_job_resume(self, who: bytes, peer: Peer, message: say.JobResume) -> None:
        for seen in message.jobs:
            job = self.jobs.get(seen.job)
            if job is None:
                peer.outbox.append(
                    say.JobState(re=message.id, job=seen.job, seq=0, state="unknown")
                )
                continue
            job.owner = who
            # What still waits for the broken connection is told again from here.
            peer.outbox = [old for old in peer.outbox if getattr(old, "job", None) != seen.job]
            job.seq = max(job.seq, seen.last_seq)
            peer.outbox.append(
                say.JobState(re=message.id, job=seen.job, seq=job.seq, state=self.state(job))
            )
            if job.ending is not None:
                self.finish(job)

    def on_job_ack(self, who: bytes, peer: Peer, message: say.JobAck) -> None:
        self.acked.append(message.job)

    # ---- the work

    def state(self, job: Job) -> str:
        if job.ending is not None:
            return job.ending.TYPE.split(".")[1]
        return "running" if job.started else "queued"

    def work(self) -> None:
        for job in list(self.jobs.values()):
            if job.ending is None:
                self.advance(job)

    def advance(self, job: Job) -> None:
        name = job.submit.job
        if job.cancelled:
            job.ending = say.JobCancelled(job=name, seq=1, at_step=job.step)
            return self.finish(job)
        missing = [image.blob for image in job.submit.images if image.blob not in self.blobs]
        if missing:
            return None
        if not job.started:
            job.started = True
            return self.tell(job, say.JobStarted(job=name, seq=self.number(job), worker="quick"))
        if job.step < job.steps:
            time.sleep(self.step_s)
            job.step += 1
            self.tell(
                job,
                say.JobProgress(
                    job=name,
                    seq=self.number(job),
                    phase="edit",
                    step=job.step,
                    steps=job.steps,
                    rev=job.rev,
                ),
            )
            if job.credit:
                job.credit -= 1
                self.preview(job)
            return None
        self.compute(job)
        return self.finish(job)

    def preview(self, job: Job) -> None:
        image = Image(name="preview", shape=(1, 1, 1), dtype="u1", order="gray", rect=(0, 0, 8, 8))
        pixel = bytes((job.step % 256,))
        self.tell(
            job,
            say.JobPreview(
                job=job.submit.job,
                seq=self.number(job),
                image=image,
                step=job.step,
                frames=(pixel,),
            ),
        )

    def compute(self, job: Job) -> None:
        """Invert the source: a result that can be checked without a model."""
        if "boom" in job.params:
            job.ending = say.JobFailed(
                job=job.submit.job, seq=1, code="internal", message="It broke.", incident="i1"
            )
            return
        layer = say.ResultLayer(image="result", name="Inverted", placement="over")
        job.ending = say.JobDone(
            job=job.submit.job, seq=1, layers=(layer,), seed=7, metrics={"params": dict(job.params)},
        )  # fmt: skip

    def finish(self, job: Job) -> None:
        assert job.ending is not None
        if isinstance(job.ending, say.JobDone):
            source = job.submit.images[0]
            data = bytes(self.blobs[source.blob]).translate(bytes(range(255, -1, -1)))
            image = replace(source, name="result", blob=None)
            for off, piece in flow.chunks(data):
                chunk = say.JobChunk(
                    job=job.submit.job,
                    seq=self.number(job),
                    image=image,
                    off=off,
                    total=len(data),
                    frames=(piece,),
                )
                self.tell(job, chunk)
        self.tell(job, replace(job.ending, seq=self.number(job)))
