# SPDX-License-Identifier: Apache-2.0
"""The engine as a plug-in sees it: one connection, shared by the edit sessions of all open documents.

`pump` is called on a timer or when the connection's descriptor becomes readable; it hands every event to the
session that asked for it. What edits there are, their texts and the models come from the running engine; until it
is there, from what this plug-in was built with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Protocol

from ..edits import EDITS, EditModel, ParamError, read_schema
from ..events import Arrived, Connected, Event, Reconnecting
from ..job_request import JobRequest
from ..limits import MIB
from ..messages import (
    Error,
    JobPlanned,
    Message,
    Model,
    ModelCatalogue,
    ModelList,
    ModelState,
    Welcome,
)
from ..messages.base import Bytes

SCHEMA_MAX = 16 * MIB


class Connection(Protocol):
    """What is needed of `protocol.client.Client`."""

    @property
    def connected(self) -> bool: ...
    def receive(self) -> list[Event]: ...
    def sleep(self, seconds: float) -> None: ...
    def put(self, data: Bytes, *, by_digest: bool = False) -> str: ...
    def drop(self, *blobs: str) -> None: ...
    def get(self, blob: str) -> str: ...
    def request(self, message: Message) -> str: ...
    def submit(self, request: JobRequest) -> str: ...
    def update(self, job: str, patch: Mapping[str, object]) -> int: ...
    def cancel(self, job: str, *, hard: bool = False) -> bool: ...
    def drew(self, job: str, previews: int = 1) -> None: ...


class Listener(Protocol):
    """Whoever asked the engine for something."""

    def take(self, event: Event) -> None:
        """Receive an event about what was asked, and the fate of the connection."""
        ...


class Engine:
    """One connection and who waits for what."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.edits: Mapping[str, EditModel] = {k: EditModel.of(e) for k, e in EDITS.items()}
        self.texts: Mapping[str, Mapping[str, str]] = {}
        self.models: Mapping[str, Model] = {}
        self.known: dict[str, Model] = {}
        """All models that the engine ever told of: what they are called stays known while it is away."""
        self.problem = ""
        self.restarts = 0
        self._schema = ""
        self._waiting: dict[str, Listener] = {}
        self._listeners: list[Listener] = []

    @property
    def ready(self) -> bool:
        """Whether the engine can be asked something now."""
        return self.connection.connected

    def join(self, listener: Listener) -> None:
        """Tell `listener` about the connection from now on."""
        self._listeners.append(listener)

    def leave(self, listener: Listener) -> None:
        """Forget `listener` and all that it waits for."""
        self._listeners = [one for one in self._listeners if one is not listener]
        self._waiting = {key: one for key, one in self._waiting.items() if one is not listener}

    def expect(self, asked: str, listener: Listener) -> str:
        """Hand what comes about this job or request to `listener`; returns its id."""
        self._waiting[asked] = listener
        return asked

    def forget(self, asked: str) -> None:
        """A job or request is over."""
        self._waiting.pop(asked, None)

    def pump(self) -> None:
        """Receive what has come and hand it on."""
        for event in self.connection.receive():
            if isinstance(event, Connected):
                self._connected(event)
            elif isinstance(event, Reconnecting):
                self.problem = event.message
                self._tell_all(event)
            elif isinstance(event, Arrived):
                self._arrived(event)
            else:
                self._hand_on(event)

    def _connected(self, event: Connected) -> None:
        self.problem = ""
        self.restarts += event.restarted
        self._learn(event.welcome)
        self._tell_all(event)

    def _learn(self, welcome: Welcome) -> None:
        self._models_are(welcome.caps.models)
        self.connection.request(ModelList())  # at the welcome the engine may not have looked yet
        if welcome.caps.schema and welcome.caps.schema != self._schema:
            self.connection.get(welcome.caps.schema)

    def _arrived(self, event: Arrived) -> None:
        if len(event.data) > SCHEMA_MAX:
            return
        try:
            edits, texts = read_schema(json.loads(bytes(event.data)))
        except (ValueError, RecursionError):
            return  # no JSON: stay with what we know
        except ParamError as problem:
            self.problem = problem.message
            return
        self.edits, self.texts, self._schema = edits, texts, event.blob

    def _hand_on(self, event: Event) -> None:
        if isinstance(event, ModelCatalogue):
            self._models_are(event.models)
        elif isinstance(event, ModelState):
            self._models_are([*self.models.values(), event.model])
        asked = _about(event)
        if asked in self._waiting:
            self._waiting[asked].take(event)

    def _models_are(self, models: Iterable[Model]) -> None:
        self.models = {model.name: model for model in models}
        self.known |= self.models

    def _tell_all(self, event: Event) -> None:
        for listener in list(self._listeners):
            listener.take(event)


def _about(event: Event) -> str:
    """Find the job or the request that an event belongs to."""
    if isinstance(event, JobPlanned):
        return event.re or ""
    if isinstance(event, Error):
        return event.job or event.re or ""
    job: object = getattr(event, "job", None)
    if isinstance(job, str):
        return job
    return (event.re or "") if isinstance(event, Message) else ""
