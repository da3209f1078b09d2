# SPDX-License-Identifier: Apache-2.0
"""A small engine in a thread: a real pyzmq ROUTER that speaks all of the protocol and inverts pictures.

It shares the messages and the codec with the client, and nothing else. Knobs of `Engine` make it misbehave.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import zmq

from protocol import codec, flow, handshake, ids, limits, session
from protocol.errors import ProtocolError
from protocol.images import Image
from protocol.messages import (
    Auth, BlobData, BlobDrop, BlobGet, BlobHave, BlobNeed, BlobOk, BlobPatch, BlobPut, Bye, Caps, Challenge, Credit,
    EngineReport, EngineStatus, Error, Hello, JobAccepted, JobAck, JobCancel, JobCancelled, JobChunk, JobCredit,
    JobDone, JobFailed, JobPlan, JobPlanned, JobPreview, JobProgress, JobResume, JobStarted, JobState, JobSubmit,
    JobUpdate, Limits, Message, Model, ModelCatalogue, ModelList, Ping, Pong, ResultLayer, Welcome,
)  # fmt: skip

SCHEMA = b'{"drag": {}}' * 200_000


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

    submit: JobSubmit
    owner: bytes
    seq: int = 0
    step: int = 0
    started: bool = False
    cancelled: bool = False
    rev: int | None = None
    credit: int = 0
    ending: Message | None = None
    params: dict = field(default_factory=dict)


class Engine(threading.Thread):
    """The engine; `with Engine(folder) as engine:`. Its state may be looked at from outside."""

    def __init__(
        self, folder: Path, *, engine_id: str = "", token: bytes = b"", kind: str = "tcp", **knobs
    ) -> None:
        super().__init__(daemon=True)
        self.engine_id = engine_id or ids.new()
        self.token = token or handshake.new_token()
        self.told_token = self.token
        self.steps = 3
        self.step_s = 0.0
        self.window = limits.WINDOW
        self.hb_ms = 2000
        self.mute = threading.Event()
        self.skip_seq = 0
        self.plans_ignored = 0
        self.folder = folder
        self.kind = kind
        self.seen: list[str] = []
        self.submits: list[JobSubmit] = []
        self.acked: list[str] = []
        self.credits = 0
        self.blobs: dict[str, bytes | bytearray] = {}
        self.uploading: dict[str, flow.Assembly] = {}
        self.jobs: dict[str, Job] = {}
        self.peers: dict[bytes, Peer] = {}
        self.sessions: set[str] = set()
        self.max_in_flight = 0
        self.stop = threading.Event()
        for name, value in knobs.items():
            assert hasattr(self, name), name
            setattr(self, name, value)
        self.context = zmq.Context()
        self.router = self.context.socket(zmq.ROUTER)
        self.router.setsockopt(zmq.LINGER, 100)
        self.router.setsockopt(zmq.MAXMSGSIZE, limits.ZMQ_FRAME_MAX)
        self.router.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self.router.setsockopt(zmq.HANDSHAKE_IVL, limits.HANDSHAKE_MS)
        self.router.bind(
            "tcp://127.0.0.1:*" if kind == "tcp" else f"ipc://{folder}/{self.engine_id}.sock"
        )
        self.endpoint = self.router.getsockopt(zmq.LAST_ENDPOINT).decode()

    def session(self) -> session.Session:
        """What the session file says of it."""
        return session.Session(
            endpoints=(self.endpoint,), engine_id=self.engine_id, pid=os.getpid(), started_ms=0,
            proto=session.our_proto(), token=self.told_token.hex(),
        )  # fmt: skip

    @property
    def file(self) -> Path:
        return self.folder / "engine.json"

    def __enter__(self) -> Engine:
        session.write(self.session(), self.file)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """End at once, without a word."""
        self.stop.set()
        self.join(5)
        assert not self.is_alive()

    # ---- the loop

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                if self.mute.is_set():
                    time.sleep(0.01)
                    continue
                if self.router.poll(2):
                    who, *frames = self.router.recv_multipart(copy=False)
                    self.take(who.bytes, [frame.buffer for frame in frames])
                self.work()
                for who, peer in list(self.peers.items()):
                    self.drain(who, peer)
        finally:
            self.router.close(0)
            self.context.term()

    def take(self, who: bytes, frames: list) -> None:
        try:
            message = codec.decode(frames)
            self.seen.append(message.TYPE)
            self.handle(who, message)
        except ProtocolError as error:
            detail = dict(error.detail)
            self.send(
                who,
                Error(
                    code=error.code,
                    message=error.message,
                    re=error.re,
                    job=error.job,
                    detail=detail,
                ),
            )

    def send(self, who: bytes, message: Message) -> None:
        try:
            self.router.send_multipart([who, *codec.encode(message)])
        except zmq.ZMQError:
            self.peers.pop(who, None)

    def drain(self, who: bytes, peer: Peer) -> None:
        """Send what waits, results under the client's window."""
        while peer.outbox:
            nbytes = (
                len(peer.outbox[0].frames[0])
                if isinstance(peer.outbox[0], (JobChunk, BlobData))
                else 0
            )
            if not peer.allowance.take(nbytes):
                return
            self.send(who, peer.outbox.pop(0))

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

    # ---- what clients say

    def handle(self, who: bytes, message: Message) -> None:
        if isinstance(message, Hello):
            nonce2 = handshake.new_nonce()
            self.peers[who] = Peer(message.nonce, nonce2, allowance=flow.Allowance(message.window))
            mac = handshake.proof(self.token, handshake.ENGINE, message.nonce, nonce2)
            return self.send(
                who, Challenge(re=message.id, engine_id=self.engine_id, nonce2=nonce2, mac=mac)
            )
        peer = self.peers.get(who)
        if peer is None:
            return self.send(who, Error(re=message.id, code="auth.required"))
        if isinstance(message, Auth):
            return self.welcome(who, peer, message)
        if not peer.session:
            return self.send(who, Error(re=message.id, code="auth.required"))
        getattr(self, "on_" + message.TYPE.replace(".", "_"))(who, peer, message)
        return None

    def welcome(self, who: bytes, peer: Peer, message: Auth) -> None:
        if not handshake.proves(message.mac, self.token, handshake.CLIENT, peer.nonce, peer.nonce2):
            del self.peers[who]
            return self.send(who, Error(re=message.id, code="auth.failed"))
        resumed = message.session in self.sessions
        peer.session = message.session if resumed and message.session else ids.new()
        self.sessions.add(peer.session)
        peer.intake = flow.Intake(self.window)
        bounds = Limits(
            chunk_max=limits.CHUNK, header_max=limits.HEADER_MAX, pixels_max=limits.PIXELS_MAX,
            blob_bytes=limits.BLOB_QUOTA, jobs_queued=limits.JOBS_QUEUED,
        )  # fmt: skip
        caps = Caps(schema=flow.digest(SCHEMA))
        return self.send(
            who,
            Welcome(
                re=message.id, session=peer.session, minor=0, caps=caps, limits=bounds, window=self.window,
                hb_ms=self.hb_ms, resumed=resumed,
            ),
        )  # fmt: skip

    def on_ping(self, who: bytes, peer: Peer, message: Ping) -> None:
        self.send(who, Pong(n=message.n))

    def on_pong(self, who: bytes, peer: Peer, message: Pong) -> None:
        pass

    def on_bye(self, who: bytes, peer: Peer, message: Bye) -> None:
        del self.peers[who]

    def on_credit(self, who: bytes, peer: Peer, message: Credit) -> None:
        self.credits += 1
        peer.allowance.grant(message.bytes)

    def on_blob_have(self, who: bytes, peer: Peer, message: BlobHave) -> None:
        have = {flow.digest(data) for data in self.blobs.values()}
        need = tuple(offer.id for offer in message.blobs if offer.digest not in have)
        self.send(who, BlobNeed(re=message.id, blobs=need))

    def on_blob_put(self, who: bytes, peer: Peer, message: BlobPut) -> None:
        nbytes = len(message.frames[0])
        peer.intake.received(nbytes)
        self.max_in_flight = max(self.max_in_flight, self.window - peer.intake.outstanding)
        part = self.uploading.setdefault(message.blob, flow.Assembly(message.total))
        try:
            part.add(message.off, message.total, message.frames[0])
        finally:
            if grant := peer.intake.drained(nbytes):
                self.send(who, Credit(bytes=grant))
        if message.last:
            self.blobs[message.blob] = bytes(self.uploading.pop(message.blob).whole())
            self.send(who, BlobOk(blob=message.blob, nbytes=message.total))

    def on_blob_patch(self, who: bytes, peer: Peer, message: BlobPatch) -> None:
        nbytes = sum(len(frame) for frame in message.frames)
        peer.intake.received(nbytes)
        if grant := peer.intake.drained(nbytes):
            self.send(who, Credit(bytes=grant))
        if message.base not in self.blobs:
            return self.send(who, BlobNeed(blobs=(message.new,)))
        self.blobs[message.new] = flow.patched(self.blobs[message.base], message)
        return self.send(who, BlobOk(blob=message.new, nbytes=message.nbytes))

    def on_blob_drop(self, who: bytes, peer: Peer, message: BlobDrop) -> None:
        for blob in message.blobs:
            self.blobs.pop(blob, None)

    def on_blob_get(self, who: bytes, peer: Peer, message: BlobGet) -> None:
        if message.blob != flow.digest(SCHEMA):
            return self.send(who, Error(re=message.id, code="blob.missing"))
        peer.outbox += [
            BlobData(re=message.id, blob=message.blob, off=off, total=len(SCHEMA), frames=(piece,))
            for off, piece in flow.chunks(SCHEMA)
        ]
        return None

    def on_engine_status(self, who: bytes, peer: Peer, message: EngineStatus) -> None:
        self.send(who, EngineReport(re=message.id, version="0", uptime_ms=0, workers=()))

    def on_model_list(self, who: bytes, peer: Peer, message: ModelList) -> None:
        self.send(who, ModelCatalogue(re=message.id, models=(Model(name="scenes", family="sd15"),)))

    def on_job_plan(self, who: bytes, peer: Peer, message: JobPlan) -> None:
        if self.plans_ignored:
            self.plans_ignored -= 1
            return
        whole = (0, 0, message.document.width, message.document.height)
        plan = JobPlanned(
            re=message.id,
            read_rect=whole,
            region=(whole,),
            crop=whole,
            model="none",
            bytes=0,
            eta_ms=0,
        )
        self.send(who, plan)

    def on_job_submit(self, who: bytes, peer: Peer, message: JobSubmit) -> None:
        self.submits.append(message)
        if message.op == "impossible":
            return self.send(who, Error(re=message.id, job=message.job, code="op.unsupported"))
        if (job := self.jobs.get(message.job)) is not None:
            if replace(message, id=None) != replace(job.submit, id=None):
                raise ProtocolError("job.conflict", re=message.id, job=message.job)
            job.owner = who
            return self.send(
                who, JobState(re=message.id, job=message.job, seq=job.seq, state=self.state(job))
            )
        job = Job(
            message,
            who,
            credit=message.preview.credit if message.preview else 0,
            params=dict(message.params),
        )
        self.jobs[message.job] = job
        self.tell(
            job,
            JobAccepted(
                re=message.id, job=message.job, seq=self.number(job), position=len(self.jobs) - 1
            ),
        )
        return None

    def on_job_update(self, who: bytes, peer: Peer, message: JobUpdate) -> None:
        job = self.jobs[message.job]
        job.rev = message.rev
        job.params.update(message.patch)

    def on_job_credit(self, who: bytes, peer: Peer, message: JobCredit) -> None:
        if message.job in self.jobs:
            self.jobs[message.job].credit += message.previews

    def on_job_cancel(self, who: bytes, peer: Peer, message: JobCancel) -> None:
        if message.job in self.jobs:
            self.jobs[message.job].cancelled = True

    def on_job_resume(self, who: bytes, peer: Peer, message: JobResume) -> None:
        for seen in message.jobs:
            job = self.jobs.get(seen.job)
            if job is None:
                peer.outbox.append(JobState(re=message.id, job=seen.job, seq=0, state="unknown"))
                continue
            job.owner = who
            # What still waits for the broken connection is told again from here.
            peer.outbox = [old for old in peer.outbox if getattr(old, "job", None) != seen.job]
            job.seq = max(job.seq, seen.last_seq)
            peer.outbox.append(
                JobState(re=message.id, job=seen.job, seq=job.seq, state=self.state(job))
            )
            if job.ending is not None:
                self.finish(job)

    def on_job_ack(self, who: bytes, peer: Peer, message: JobAck) -> None:
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
            job.ending = JobCancelled(job=name, seq=1, at_step=job.step)
            return self.finish(job)
        missing = [image.blob for image in job.submit.images if image.blob not in self.blobs]
        if missing:
            return None
        if not job.started:
            job.started = True
            return self.tell(job, JobStarted(job=name, seq=self.number(job), worker="quick"))
        if job.step < self.steps:
            time.sleep(self.step_s)
            job.step += 1
            self.tell(
                job,
                JobProgress(
                    job=name,
                    seq=self.number(job),
                    phase="edit",
                    step=job.step,
                    steps=self.steps,
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
            JobPreview(
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
            job.ending = JobFailed(
                job=job.submit.job, seq=1, code="internal", message="It broke.", incident="i1"
            )
            return
        layer = ResultLayer(image="result", name="Inverted", placement="over")
        job.ending = JobDone(
            job=job.submit.job, seq=1, layers=(layer,), seed=7, metrics={"params": dict(job.params)},
        )  # fmt: skip

    def finish(self, job: Job) -> None:
        assert job.ending is not None
        if isinstance(job.ending, JobDone):
            source = job.submit.images[0]
            data = bytes(self.blobs[source.blob]).translate(bytes(range(255, -1, -1)))
            image = replace(source, name="result", blob=None)
            for off, piece in flow.chunks(data):
                chunk = JobChunk(
                    job=job.submit.job,
                    seq=self.number(job),
                    image=image,
                    off=off,
                    total=len(data),
                    frames=(piece,),
                )
                self.tell(job, chunk)
        self.tell(job, replace(job.ending, seq=self.number(job)))
