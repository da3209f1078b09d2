# SPDX-License-Identifier: Apache-2.0
"""Every message of version 1, and the catalogue of them that the documentation is made from."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields

from ..record import kinds_of
from .base import Bytes, Message, Sender
from .blobs import (
    BlobData,
    BlobDrop,
    BlobGet,
    BlobHave,
    BlobNeed,
    BlobOffer,
    BlobOk,
    BlobPatch,
    BlobPut,
    Credit,
    PatchRect,
)
from .engine import (
    EngineReport,
    EngineShutdown,
    EngineStatus,
    ModelCatalogue,
    ModelList,
    ModelLoad,
    ModelState,
    ModelUnload,
)
from .jobs import (
    JobAck,
    JobCancel,
    JobCredit,
    JobPlan,
    JobPlanned,
    JobResume,
    JobSeen,
    JobSubmit,
    JobUpdate,
    PreviewWish,
)
from .opening import (
    App,
    Auth,
    Bye,
    Caps,
    Challenge,
    Device,
    Error,
    Hello,
    Limits,
    Model,
    Op,
    Ping,
    Pong,
    Proto,
    Welcome,
    Worker,
)
from .results import (
    TERMINALS,
    JobAccepted,
    JobCancelled,
    JobChunk,
    JobDone,
    JobFailed,
    JobPreview,
    JobProgress,
    JobStarted,
    JobState,
    Note,
    ResultLayer,
    Terminal,
)

MESSAGES: tuple[type[Message], ...] = (
    *(Hello, Challenge, Auth, Welcome, Ping, Pong, Error, Bye),
    *(BlobHave, BlobNeed, BlobPut, BlobPatch, BlobOk, BlobDrop, BlobGet, BlobData, Credit),
    *(JobPlan, JobPlanned, JobSubmit, JobUpdate, JobCredit, JobCancel, JobResume, JobAck),
    *(
        JobAccepted,
        JobState,
        JobStarted,
        JobProgress,
        JobPreview,
        JobChunk,
        JobDone,
        JobFailed,
        JobCancelled,
    ),
    *(ModelList, ModelCatalogue, ModelLoad, ModelUnload, ModelState),
    *(EngineStatus, EngineReport, EngineShutdown),
)
"""Every message, in the order in which a reader meets them."""

BY_TYPE: dict[str, type[Message]] = {message.TYPE: message for message in MESSAGES}


@dataclass(frozen=True, kw_only=True)
class FieldInfo:
    """A field of a message as the documentation shows it; `default` is None for one that must be given."""

    name: str
    allowed: str
    default: str | None


@dataclass(frozen=True, kw_only=True)
class MessageInfo:
    """A message as the documentation shows it."""

    type: str
    sender: Sender
    frames: tuple[int, int]
    text: str
    fields: tuple[FieldInfo, ...]


COMMON = ("id", "re", "ms", "x")
"""Fields that every message may carry: its own id, the id it answers, the sender's clock, room for extensions."""


def catalogue() -> list[MessageInfo]:
    """Describe every message; the common fields (`COMMON`) are left out."""
    return [
        MessageInfo(
            type=message.TYPE,
            sender=message.SENDER,
            frames=message.FRAMES,
            text=" ".join((message.__doc__ or "").split()),
            fields=_fields(message),
        )
        for message in MESSAGES
    ]


def _fields(message: type[Message]) -> tuple[FieldInfo, ...]:
    kinds = kinds_of(message)
    infos: list[FieldInfo] = []
    for field in fields(message):
        if field.name in COMMON or field.name not in kinds:
            continue
        if field.default_factory is not MISSING:
            default: str | None = "{}"
        else:
            default = None if field.default is MISSING else repr(field.default)
        infos.append(
            FieldInfo(name=field.name, allowed=kinds[field.name].describe(), default=default)
        )
    return tuple(infos)


__all__ = [
    "BY_TYPE",
    "COMMON",
    "MESSAGES",
    "TERMINALS",
    "App",
    "Auth",
    "BlobData",
    "BlobDrop",
    "BlobGet",
    "BlobHave",
    "BlobNeed",
    "BlobOffer",
    "BlobOk",
    "BlobPatch",
    "BlobPut",
    "Bye",
    "Bytes",
    "Caps",
    "Challenge",
    "Credit",
    "Device",
    "EngineReport",
    "EngineShutdown",
    "EngineStatus",
    "Error",
    "FieldInfo",
    "Hello",
    "JobAccepted",
    "JobAck",
    "JobCancel",
    "JobCancelled",
    "JobChunk",
    "JobCredit",
    "JobDone",
    "JobFailed",
    "JobPlan",
    "JobPlanned",
    "JobPreview",
    "JobProgress",
    "JobResume",
    "JobSeen",
    "JobStarted",
    "JobState",
    "JobSubmit",
    "JobUpdate",
    "Limits",
    "Message",
    "MessageInfo",
    "Model",
    "ModelCatalogue",
    "ModelList",
    "ModelLoad",
    "ModelState",
    "ModelUnload",
    "Note",
    "Op",
    "PatchRect",
    "Ping",
    "Pong",
    "PreviewWish",
    "Proto",
    "ResultLayer",
    "Sender",
    "Terminal",
    "Welcome",
    "Worker",
    "catalogue",
]
