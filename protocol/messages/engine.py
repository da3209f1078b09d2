# SPDX-License-Identifier: Apache-2.0
"""Questions about the engine itself: its models, its workers, its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ..kinds import Int, Text
from .base import Bytecount, Message, Millis, Word
from .opening import Devices, Model, Models, Workers

Small = Annotated[int, Int(0, 1_000_000)]


@dataclass(frozen=True, kw_only=True)
class ModelList(Message, type="model.list", sender="client"):
    """Asks which models there are; answered by `model.catalogue`."""


@dataclass(frozen=True, kw_only=True)
class ModelCatalogue(Message, type="model.catalogue", sender="engine"):
    """All models the engine can use."""

    models: Models


@dataclass(frozen=True, kw_only=True)
class ModelLoad(Message, type="model.load", sender="client"):
    """Loads a model ahead of time; answered by `model.state`, again when it is there."""

    model: Word


@dataclass(frozen=True, kw_only=True)
class ModelUnload(Message, type="model.unload", sender="client"):
    """Gives a model's memory back; answered by `model.state`."""

    model: Word


@dataclass(frozen=True, kw_only=True)
class ModelState(Message, type="model.state", sender="engine"):
    """How one model stands."""

    model: Model


@dataclass(frozen=True, kw_only=True)
class EngineStatus(Message, type="engine.status", sender="client"):
    """Asks how the engine is; answered by `engine.report`."""


@dataclass(frozen=True, kw_only=True)
class EngineReport(Message, type="engine.report", sender="engine"):
    """How the engine is."""

    version: Annotated[str, Text(64)]
    uptime_ms: Millis
    workers: Workers
    devices: Devices = ()
    sessions: Small = 0
    queued: Small = 0
    running: Small = 0
    blob_bytes: Bytecount = 0
    result_bytes: Bytecount = 0


@dataclass(frozen=True, kw_only=True)
class EngineShutdown(Message, type="engine.shutdown", sender="client"):
    """Ends the engine, if this client started it or it does nothing for anybody; answered by `bye` or `error`."""
