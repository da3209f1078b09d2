# SPDX-License-Identifier: Apache-2.0
"""What clients ask about the engine itself: models, workers, its end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Literal, cast

from protocol import limits
from protocol.edits import EDITS, schema_bytes
from protocol.errors import ParamError, ProtocolError
from protocol.flow import digest
from protocol.messages import (
    Bye,
    Caps,
    Device,
    EngineReport,
    EngineShutdown,
    EngineStatus,
    Limits,
    Message,
    Model,
    ModelCatalogue,
    ModelList,
    ModelLoad,
    ModelState,
    ModelUnload,
    Op,
    Ping,
    Pong,
    Worker,
)
from protocol.sentences import say
from server.front.authentication import error_message
from server.front.blobs import BlobStore
from server.front.config import Config
from server.front.dispatcher import Dispatcher
from server.front.job_store import JobStore
from server.front.jobs import Job
from server.front.pool import WorkerInfo
from server.front.sessions import Session, Sessions
from server.worker.messages import Header

_log = logging.getLogger("pullbrush.front")
_MODELS_MAX = 128
FEATURES = ("plan", "patch", "resume", "update", "prepare", "warp")
_STATES = {"stopped": "stopping", "broken": "lost"}
WorkerState = Literal["starting", "idle", "busy", "loading", "stopping", "lost"]


class EngineHandlers:
    """Handlers of `model.*`, `engine.*` and `ping`."""

    def __init__(
        self,
        config: Config,
        sessions: Sessions,
        blobs: BlobStore,
        job_store: JobStore,
        dispatcher: Dispatcher,
        *,
        version: str,
        launcher: int,
        shut_down: Callable[[], None],
    ) -> None:
        self._config, self._sessions, self._blobs = config, sessions, blobs
        self._job_store, self._dispatcher = job_store, dispatcher
        self._version, self._launcher, self._shut_down = version, launcher, shut_down
        self._started = time.monotonic()
        self._models: tuple[Model, ...] = ()
        self.schema = schema_bytes()
        self.schema_digest = digest(self.schema)

    def caps(self) -> Caps:
        """What a `welcome` tells: the models are those known so far, `model.list` asks again."""
        return Caps(
            ops=tuple(Op(name=name, schema_hash=self.schema_digest) for name in EDITS),
            models=self._models,
            devices=tuple(self._devices()),
            features=FEATURES,
            schema=self.schema_digest,
        )

    def limits(self) -> Limits:
        return Limits(
            chunk_max=limits.FRAME_MAX,
            header_max=limits.HEADER_MAX,
            pixels_max=limits.PIXELS_MAX,
            blob_bytes=self._config.blob_quota,
            jobs_queued=self._config.jobs_queued,
        )

    def learn_models(self, listed: list[dict[str, Any]]) -> None:
        """Note what a worker says about models; what is loaded is asked of the model workers."""
        loaded = self._loaded()
        models: list[Model] = []
        for entry in listed[:_MODELS_MAX]:
            state = "loaded" if entry["name"] in loaded else "unloaded"
            try:
                models.append(Model.from_plain({**entry, "state": state}))
            except ParamError:  # such as a file's name that the wire cannot carry
                _log.warning("a model has an impossible name and is left out")
        self._models = tuple(models)

    def ping(self, session: Session, message: Ping) -> None:
        _say(session, Pong(re=message.id, n=message.n, workers=self._workers()))

    def status(self, session: Session, message: EngineStatus) -> None:
        active = self._job_store.active()
        running = sum(job.state == "running" for job in active)
        report = EngineReport(
            re=message.id,
            version=self._version,
            uptime_ms=int(1000 * (time.monotonic() - self._started)),
            workers=self._workers(),
            devices=tuple(self._devices()),
            sessions=self._present(),
            queued=len(active) - running,
            running=running,
            blob_bytes=self._blobs.nbytes,
            result_bytes=self._job_store.result_bytes,
        )
        _say(session, report)

    def list_models(self, session: Session, message: ModelList) -> None:
        def done(reply: Header) -> None:
            self.learn_models(reply["models"])
            _say(session, ModelCatalogue(re=message.id, models=self._models))

        self._dispatcher.ask("quick", "models", {}, done, _failed(session, message), session.id)

    def load(self, session: Session, message: ModelLoad) -> None:
        self._change(session, message, message.model, "load", "loading", "loaded")

    def unload(self, session: Session, message: ModelUnload) -> None:
        self._change(session, message, message.model, "unload", "loaded", "unloaded")

    def shutdown(self, session: Session, message: EngineShutdown) -> None:
        """Only for the program that started this engine, or when nobody else would notice."""
        others = self._present() > 1 or any(
            job.session != session.id for job in self._job_store.active()
        )
        if others and (self._launcher == 0 or session.app.pid != self._launcher):
            raise ProtocolError("queue.full", say("engine.in_use"), re=message.id)
        for other in self._sessions.all():
            _say(other, Bye(re=message.id if other is session else None, reason="shutdown"))
        self._shut_down()

    def _change(
        self, session: Session, message: Message, model: str, kind: str, before: str, after: str
    ) -> None:
        known = next((entry for entry in self._models if entry.name == model), None)
        if known is None and self._models:
            there = ", ".join(sorted(entry.name for entry in self._models))
            raise ProtocolError(
                "model.missing", say("model.unknown", name=model, models=there), re=message.id
            )

        def state(word: str) -> ModelState:
            family = known.family if known else "unknown"
            label = known.label if known else ""
            word = cast("Literal['unloaded', 'loading', 'loaded', 'failed']", word)
            return ModelState(
                re=message.id, model=Model(name=model, label=label, family=family, state=word)
            )

        def failed(code: str, text: str) -> None:
            _say(session, state("failed"))
            _failed(session, message)(code, text)

        _say(session, state(before))
        self._dispatcher.ask(
            "model",
            kind,
            {"model": model},
            lambda _: _say(session, state(after)),
            failed,
            session.id,
        )

    def _present(self) -> int:
        return self._sessions.present(time.monotonic(), self._config.session_silent_s)

    def _loaded(self) -> set[str]:
        return {
            name
            for worker in self._dispatcher.pool.workers()
            for name in worker.facts.get("models", ())
            if worker.kind == "model"
        }

    def _devices(self) -> list[Device]:
        devices = {
            str(worker.facts["device"]): Device(
                name=str(worker.facts["device"]), bytes=int(worker.facts.get("memory", 0))
            )
            for worker in self._dispatcher.pool.workers()
            if worker.facts.get("device")
        }
        return list(devices.values())

    def _workers(self) -> tuple[Worker, ...]:
        return tuple(self._worker(info) for info in self._dispatcher.pool.workers())

    def _worker(self, info: WorkerInfo) -> Worker:
        item = self._dispatcher.line.running.get(info.name)
        state = "loading" if info.state == "busy" and info.loading else info.state
        models = info.facts.get("models", ()) if info.kind == "model" else ()
        return Worker(
            name=info.name,
            state=cast("WorkerState", _STATES.get(state, state)),
            device=str(info.facts.get("device", "cpu")),
            pid=info.pid,
            last_tick_ms=info.tick_age_ms,
            job=item.id if isinstance(item, Job) else None,
            models=tuple(models),
            bytes=int(info.facts.get("bytes", 0)),
        )


def _failed(session: Session, message: Message) -> Callable[[str, str], None]:
    def failed(code: str, text: str) -> None:
        _say(session, error_message(ProtocolError(code, text, re=message.id)))

    return failed


def _say(session: Session, message: Message) -> None:
    if session.send_queue is not None:
        session.send_queue.say(message)
