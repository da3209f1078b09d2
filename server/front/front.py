# SPDX-License-Identifier: Apache-2.0
"""The front: one thread that moves messages between clients and workers and never waits for either."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import zmq

from protocol import codec, ids, limits
from protocol import messages as msg
from protocol.errors import ProtocolError
from server.front.authentication import Authentication, error_message
from server.front.blob_handlers import BlobHandlers
from server.front.blobs import BlobStore
from server.front.config import Config
from server.front.dispatcher import Dispatcher
from server.front.engine_handlers import EngineHandlers
from server.front.job_events import JobEvents
from server.front.job_handlers import JobHandlers
from server.front.job_inputs import JobInputs
from server.front.job_store import JobStore
from server.front.pool import Event, Pool
from server.front.router import PeerGone, Received, Router, chosen_by_client
from server.front.send_queue import SendQueue, TooSlow
from server.front.sessions import Session, Sessions

_log = logging.getLogger("pullbrush.front")
_BUSY_MS, _CLOGGED_MS, _IDLE_MS = 50, 10, 250
_CHORE_S = 60.0
_WINDOW_MAX = 4 * limits.WINDOW
Handler = Callable[[Session, Any], None]


class Front:
    """Everything but the processes' outside: sockets, sessions, jobs, timers."""

    def __init__(
        self,
        config: Config,
        router: Router,
        pool: Pool,
        *,
        engine_id: str,
        token: bytes,
        version: str,
        launcher: int = 0,
        chore: Callable[[], None] | None = None,
    ) -> None:
        self._config, self._router, self._pool = config, router, pool
        self._authentication = Authentication(engine_id, token, config.handshake_s)
        self._sessions = Sessions()
        self._blobs = BlobStore(config.blob_quota)
        self._job_store = JobStore(
            self._blobs, config.result_kept_s, config.results_quota, time.monotonic
        )
        self._job_events = JobEvents(self._sessions, self._job_store)
        self._dispatcher = Dispatcher(pool, self._job_events)
        self._job_inputs = JobInputs(
            config, self._sessions, self._blobs, self._job_store, self._dispatcher
        )
        self._room = EngineHandlers(
            config,
            self._sessions,
            self._blobs,
            self._job_store,
            self._dispatcher,
            version=version,
            launcher=launcher,
            shut_down=self.stop,
        )
        self._handlers = self._routes()
        self._chore, self._chore_at = chore, time.monotonic()
        self._going = True
        self._alone_since = time.monotonic()

    def _routes(self) -> dict[type[msg.Message], Handler]:
        own = {self._room.schema_digest: self._room.schema}
        blob_handlers = BlobHandlers(self._blobs, own, self._job_inputs.arrived)
        job_handlers = JobHandlers(
            self._config,
            self._blobs,
            self._job_store,
            self._dispatcher,
            self._job_events,
            self._job_inputs,
        )
        room = self._room
        return {
            msg.BlobHave: blob_handlers.have,
            msg.BlobPut: blob_handlers.put,
            msg.BlobPatch: blob_handlers.patch,
            msg.BlobDrop: blob_handlers.drop,
            msg.BlobGet: blob_handlers.get,
            msg.JobPlan: job_handlers.plan,
            msg.JobSubmit: job_handlers.submit,
            msg.JobUpdate: job_handlers.update,
            msg.JobCredit: job_handlers.credit,
            msg.JobCancel: job_handlers.cancel,
            msg.JobResume: job_handlers.resume,
            msg.JobAck: job_handlers.ack,
            msg.ModelList: room.list_models,
            msg.ModelLoad: room.load,
            msg.ModelUnload: room.unload,
            msg.EngineStatus: room.status,
            msg.EngineShutdown: room.shutdown,
            msg.Ping: room.ping,
            msg.Pong: lambda _session, _message: None,
            msg.Error: lambda _session, _message: None,
            msg.Credit: _granted,
            msg.Bye: lambda session, _message: self._leave(session),
        }

    def stop(self) -> None:
        """End the loop after the messages that wait have been sent."""
        self._going = False

    def run(self) -> None:
        """Serve until stopped, or until nobody has been here for `idle_exit_s`."""
        self._pool.want("quick")
        poller = zmq.Poller()
        for socket in (self._router.socket, *self._pool.sockets()):
            poller.register(socket, zmq.POLLIN)
        while self._going:
            poller.poll(self._patience_ms())
            self.turn(time.monotonic())
        self._flush(time.monotonic())

    def turn(self, now: float) -> None:
        """One turn of the loop: hear clients and workers, start what can start, say what can be said."""
        for received in self._router.receive():
            self._hear(received, now)
        for event in self._pool.receive() + self._pool.tick(now):
            self._hear_worker(event)
        self._job_inputs.tick(now)
        self._check_deadlines(now)
        self._dispatcher.pump()
        self._job_events.tick(now)
        self._job_store.tick(now)
        self._flush(now)
        self._look_around(now)
        if self._chore is not None and now - self._chore_at > _CHORE_S:
            self._chore_at = now
            self._chore()

    def _patience_ms(self) -> int:
        if any(s.send_queue is not None and not s.send_queue.idle for s in self._sessions.all()):
            return _CLOGGED_MS
        return _BUSY_MS if self._dispatcher.line.running else _IDLE_MS

    def _hear(self, received: Received, now: float) -> None:
        peer = received.peer
        session = self._sessions.of_peer(peer)
        try:
            if chosen_by_client(peer):
                raise ProtocolError("auth.required", "Connect without a routing id of your own.")
            if received.excess:
                text = f"A message has at most {limits.FRAMES_MAX} frames."
                raise ProtocolError("header.invalid", text)
            message = codec.decode(received.frames)
        except ProtocolError as error:
            self._refuse(session, received, error, now)
            return
        if session is None:
            self._greet(received, message, now)
            return
        session.heard_at = now
        self._handle(session, message, now)

    def _hear_worker(self, event: Event) -> None:
        """A worker that says what cannot be understood is ill: it is replaced, and its job done once more."""
        try:
            if event.kind == "ready" and "models" in event.header:
                self._room.learn_models(event.header["models"])
            self._dispatcher.hear(event)
        except Exception as error:
            shown = _without_values(error)
            _log.exception("%s made no sense (%s)", event.worker, event.kind, exc_info=shown)
            self._pool.cancel(event.worker, event.task, hard=True)

    def _greet(self, received: Received, message: msg.Message, now: float) -> None:
        reply = self._authentication.hear(received.peer, message, now)
        if isinstance(reply, msg.Hello):
            assert isinstance(message, msg.Auth)
            self._welcome(received.peer, reply, message, now)
        elif reply is not None:
            self._answer(received.peer, reply)

    def _welcome(self, peer: bytes, hello: msg.Hello, auth: msg.Auth, now: float) -> None:
        window = min(hello.window, _WINDOW_MAX)
        send_queue = SendQueue(peer=peer, window=window, patience_s=self._config.no_credit_s)
        session = self._sessions.get(auth.session) if auth.session else None
        resumed = session is not None
        if session is not None:
            self._sessions.attach(session, send_queue, now)
        else:
            session = self._sessions.open(hello.client, send_queue, now)
        _log.info("%r %s", hello.client.app, "is back" if resumed else "connected")
        send_queue.say(
            msg.Welcome(
                re=auth.id,
                session=session.id,
                minor=min(codec.VERSION[1], hello.proto.max_minor),
                caps=self._room.caps(),
                limits=self._room.limits(),
                window=session.intake.window,
                hb_ms=limits.PING_MS,
                resumed=resumed,
            )
        )

    def _handle(self, session: Session, message: msg.Message, now: float) -> None:
        handler = self._handlers.get(type(message))
        try:
            if handler is None:
                raise ProtocolError("type.unknown", detail={"type": message.TYPE}, re=message.id)
            handler(session, message)
        except ProtocolError as error:
            error.re = error.re or message.id
            error.job = error.job or getattr(message, "job", None)
            self._say_error(session, error, now)
        except Exception as error:
            incident = ids.new()[-8:]
            _log.exception(
                "incident %s in %s", incident, message.TYPE, exc_info=_without_values(error)
            )
            self._say_error(
                session, ProtocolError("internal", re=message.id, incident=incident), now
            )

    def _refuse(
        self, session: Session | None, received: Received, error: ProtocolError, now: float
    ) -> None:
        if session is not None:
            session.heard_at = now
            self._say_error(session, error, now)
            return
        reply = self._authentication.refuse(received.peer, error, now)
        if reply is not None:
            self._answer(received.peer, reply)

    def _say_error(self, session: Session, error: ProtocolError, now: float) -> None:
        if session.send_queue is not None:
            session.send_queue.say(error_message(error))

    def _answer(self, peer: bytes, message: msg.Message) -> None:
        try:
            self._router.send(peer, codec.encode(message))
        except PeerGone:
            self._authentication.expect_hello(peer)

    def _flush(self, now: float) -> None:
        for session in self._sessions.all():
            if session.send_queue is None:
                continue
            try:
                session.send_queue.flush(self._router, now)
            except PeerGone:
                self._sessions.detach(session, now)
            except TooSlow:
                self._drop(session, now)

    def _drop(self, session: Session, now: float) -> None:
        """A client that does not read loses its connection; what it ordered goes on, and it may come back."""
        if session.peer is not None:
            _log.warning("%r does not read; its connection is dropped", session.app.app)
            self._authentication.shut_out(session.peer, now)
        self._sessions.detach(session, now)

    def _leave(self, session: Session) -> None:
        """The client closes this connection; it may come back for what it left."""
        _log.info("%r left", session.app.app)
        if session.peer is not None:
            self._authentication.expect_hello(session.peer)
        self._sessions.detach(session, time.monotonic())

    def _forget(self, session: Session) -> None:
        for job in self._job_store.active(session.id):
            self._dispatcher.stop(job, "client")
        self._job_store.forget_session(session.id)
        self._blobs.drop_session(session.id)
        self._sessions.forget(session)

    def _miss(self, session: Session, away_s: float) -> None:
        """What is done in advance is not done for somebody who has gone; the rest is kept for a while."""
        if away_s > self._config.result_kept_s:
            self._forget(session)
        elif away_s > self._config.session_silent_s:
            for job in self._job_store.active(session.id):
                if job.gives_way and not job.stopping:
                    self._dispatcher.stop(job, "client")

    def _check_deadlines(self, now: float) -> None:
        for job in self._job_store.active():
            if job.deadline_at is not None and now > job.deadline_at and not job.stopping:
                self._dispatcher.stop(job, "deadline")

    def _look_around(self, now: float) -> None:
        """Notice silent clients, forget those that do not come back, and leave when nobody is here.

        A client that hears from us all the time has no reason to speak, so it is asked whether it is there.
        """
        silent_s = self._config.session_silent_s
        for session in self._sessions.all():
            silence = now - session.heard_at
            if session.send_queue is None:
                self._miss(session, now - session.left_at)
            elif silence > silent_s:
                self._miss(session, silence)
            elif silence > silent_s / 4 and now - session.pinged_at > silent_s / 4:
                session.pinged_at = now
                session.send_queue.say(msg.Ping(n=int(1000 * silence)))
        if self._sessions.present(now, silent_s) or self._job_store.active():
            self._alone_since = now
        elif now - self._alone_since > self._config.idle_exit_s:
            _log.info("nobody has been here for %.0f s", now - self._alone_since)
            self.stop()


def _granted(session: Session, message: msg.Credit) -> None:
    if session.send_queue is not None:
        session.send_queue.grant(message.bytes)


def _without_values(error: Exception) -> Exception:
    """The same error with the same places, but without what it says: that could quote an artist's words."""
    return type("Hidden" + type(error).__name__, (Exception,), {})().with_traceback(
        error.__traceback__
    )
