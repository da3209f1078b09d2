# SPDX-License-Identifier: Apache-2.0
"""A small engine in a thread: a real pyzmq ROUTER that speaks all of the protocol and inverts pictures.

It shares the messages and the codec with the client, and nothing else. Knobs of `Engine` make it misbehave.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import zmq
from reference_jobs import Job, JobDesk, Peer

from protocol import codec, flow, handshake, ids, limits, session
from protocol import messages as say
from protocol.errors import ProtocolError
from protocol.messages import Message

SCHEMA = b'{"drag": {}}' * 200_000


class Engine(JobDesk, threading.Thread):
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
        self.submits: list[say.JobSubmit] = []
        self.acked: list[str] = []
        self.credits = 0
        self.blobs: dict[str, bytes | bytearray] = {}
        self.uploading: dict[str, flow.Assembly] = {}
        self.jobs: dict[str, Job] = {}
        self.peers: dict[bytes, Peer] = {}
        self.sessions: set[str] = set()
        self.max_in_flight = 0
        self.orders: list[Callable[[], None]] = []
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

    def do(self, order: Callable[[], None]) -> None:
        """Have something done between two messages, and wait for it."""
        done = threading.Event()
        self.orders += [order, done.set]
        assert done.wait(5)

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
                while self.orders:
                    self.orders.pop(0)()
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
                say.Error(
                    code=error.code,
                    message=error.message,
                    re=error.re,
                    job=error.job,
                    detail=detail,
                ),
            )

    def send(self, who: bytes, message: Message) -> None:
        self.send_frames(who, codec.encode(message))

    def send_frames(self, who: bytes, frames: list) -> None:
        """Send frames, sound or not; a peer that is gone is forgotten."""
        try:
            self.router.send_multipart([who, *frames])
        except zmq.ZMQError:
            self.peers.pop(who, None)

    def drain(self, who: bytes, peer: Peer) -> None:
        """Send what waits, results under the client's window."""
        while peer.outbox:
            nbytes = (
                len(peer.outbox[0].frames[0])
                if isinstance(peer.outbox[0], (say.JobChunk, say.BlobData))
                else 0
            )
            if not peer.allowance.take(nbytes):
                return
            self.send(who, peer.outbox.pop(0))

    # ---- what clients say

    def handle(self, who: bytes, message: Message) -> None:
        if isinstance(message, say.Hello):
            nonce2 = handshake.new_nonce()
            self.peers[who] = Peer(message.nonce, nonce2, allowance=flow.Allowance(message.window))
            mac = handshake.proof(self.token, handshake.ENGINE, message.nonce, nonce2)
            return self.send(
                who, say.Challenge(re=message.id, engine_id=self.engine_id, nonce2=nonce2, mac=mac)
            )
        peer = self.peers.get(who)
        if peer is None:
            return self.send(who, say.Error(re=message.id, code="auth.required"))
        if isinstance(message, say.Auth):
            return self.welcome(who, peer, message)
        if not peer.session:
            return self.send(who, say.Error(re=message.id, code="auth.required"))
        getattr(self, "on_" + message.TYPE.replace(".", "_"))(who, peer, message)
        return None

    def welcome(self, who: bytes, peer: Peer, message: say.Auth) -> None:
        if not handshake.proves(message.mac, self.token, handshake.CLIENT, peer.nonce, peer.nonce2):
            del self.peers[who]
            return self.send(who, say.Error(re=message.id, code="auth.failed"))
        resumed = message.session in self.sessions
        peer.session = message.session if resumed and message.session else ids.new()
        self.sessions.add(peer.session)
        peer.intake = flow.Intake(self.window)
        bounds = say.Limits(
            chunk_max=limits.CHUNK, header_max=limits.HEADER_MAX, pixels_max=limits.PIXELS_MAX,
            blob_bytes=limits.BLOB_QUOTA, jobs_queued=limits.JOBS_QUEUED,
        )  # fmt: skip
        caps = say.Caps(schema=flow.digest(SCHEMA))
        return self.send(
            who,
            say.Welcome(
                re=message.id, session=peer.session, minor=0, caps=caps, limits=bounds, window=self.window,
                hb_ms=self.hb_ms, resumed=resumed,
            ),
        )  # fmt: skip

    def on_ping(self, who: bytes, peer: Peer, message: say.Ping) -> None:
        self.send(who, say.Pong(n=message.n))

    def on_pong(self, who: bytes, peer: Peer, message: say.Pong) -> None:
        pass

    def on_bye(self, who: bytes, peer: Peer, message: say.Bye) -> None:
        del self.peers[who]

    def on_credit(self, who: bytes, peer: Peer, message: say.Credit) -> None:
        self.credits += 1
        peer.allowance.grant(message.bytes)

    def on_blob_have(self, who: bytes, peer: Peer, message: say.BlobHave) -> None:
        have = {flow.digest(data) for data in self.blobs.values()}
        need = tuple(offer.id for offer in message.blobs if offer.digest not in have)
        self.send(who, say.BlobNeed(re=message.id, blobs=need))

    def on_blob_put(self, who: bytes, peer: Peer, message: say.BlobPut) -> None:
        nbytes = len(message.frames[0])
        peer.intake.received(nbytes)
        self.max_in_flight = max(self.max_in_flight, self.window - peer.intake.outstanding)
        part = self.uploading.setdefault(message.blob, flow.Assembly(message.total))
        try:
            part.add(message.off, message.total, message.frames[0])
        finally:
            if grant := peer.intake.drained(nbytes):
                self.send(who, say.Credit(bytes=grant))
        if message.last:
            self.blobs[message.blob] = bytes(self.uploading.pop(message.blob).whole())
            self.send(who, say.BlobOk(blob=message.blob, nbytes=message.total))

    def on_blob_patch(self, who: bytes, peer: Peer, message: say.BlobPatch) -> None:
        nbytes = sum(len(frame) for frame in message.frames)
        peer.intake.received(nbytes)
        if grant := peer.intake.drained(nbytes):
            self.send(who, say.Credit(bytes=grant))
        if message.base not in self.blobs:
            return self.send(who, say.BlobNeed(blobs=(message.new,)))
        self.blobs[message.new] = flow.patched(self.blobs[message.base], message)
        return self.send(who, say.BlobOk(blob=message.new, nbytes=message.nbytes))

    def on_blob_drop(self, who: bytes, peer: Peer, message: say.BlobDrop) -> None:
        for blob in message.blobs:
            self.blobs.pop(blob, None)

    def on_blob_get(self, who: bytes, peer: Peer, message: say.BlobGet) -> None:
        if message.blob != flow.digest(SCHEMA):
            return self.send(who, say.Error(re=message.id, code="blob.missing"))
        peer.outbox += [
            say.BlobData(
                re=message.id, blob=message.blob, off=off, total=len(SCHEMA), frames=(piece,)
            )
            for off, piece in flow.chunks(SCHEMA)
        ]
        return None

    def on_engine_status(self, who: bytes, peer: Peer, message: say.EngineStatus) -> None:
        self.send(who, say.EngineReport(re=message.id, version="0", uptime_ms=0, workers=()))

    def on_model_list(self, who: bytes, peer: Peer, message: say.ModelList) -> None:
        self.send(
            who,
            say.ModelCatalogue(re=message.id, models=(say.Model(name="scenes", family="sd15"),)),
        )
