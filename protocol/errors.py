# SPDX-License-Identifier: Apache-2.0
"""Stable error codes, and the two exceptions that carry them.

A code is part of the wire and never changes its meaning. The sentence beside it is the English text for an
artist: what happened and what to do next. Plug-ins may translate by code.
"""

from __future__ import annotations

from collections.abc import Mapping

from .sentences import Sentence, Value

CODES: dict[str, str] = {
    "proto.version": "The plug-in and the engine speak different versions. Update the older of the two.",
    "auth.required": "The engine does not know this program yet. Connect again.",
    "auth.failed": "This is not the engine that was expected. Start the engine again.",
    "header.invalid": "The message could not be read. Please report this with both version numbers.",
    "frame.too_large": "A message was larger than the engine accepts. Please report this.",
    "type.unknown": "The other side does not know this kind of message. Update the older of the two.",
    "param.invalid": "A value is not possible here. Correct it and try again.",
    "op.unsupported": "This engine cannot do that edit. Update the engine, or choose another edit.",
    "blob.missing": "The engine no longer has the picture. It is sent again by itself.",
    "blob.range": "Parts of the picture did not fit together. Try again.",
    "blob.hash": "The picture arrived damaged. Try again.",
    "blob.quota": "The engine's memory for pictures is full. Work on a smaller area or close documents.",
    "job.unknown": "The engine no longer knows this edit. Start it again.",
    "job.conflict": "Two different edits were taken for the same. Start it again.",
    "queue.full": "Too many edits are waiting. Let one finish, or cancel one.",
    "gpu.oom": "The device ran out of memory. Choose a smaller area or a smaller model.",
    "model.missing": "That model is not installed. Choose another one.",
    "model.refused": "That model file cannot be loaded safely. Convert it to safetensors.",
    "worker.lost": "The computing process stopped. The engine has started a new one; try again.",
    "deadline": "The edit took longer than allowed and was stopped. Choose a lower effort or a smaller area.",
    "internal": (
        "Something went wrong inside the engine. Try again; if it happens twice, copy the diagnostics and report it."
    ),
    "engine.unreachable": "The engine does not answer. Start it again.",
    "endpoint.refused": "Only an engine on this machine may be used. Start one here.",
    "session.missing": "No engine is running. Start one.",
    "session.unsafe": "The session file could be read or replaced by others. Delete it and start the engine again.",
}

RETRYABLE = frozenset(
    {
        "auth.required",
        "blob.missing",
        "blob.range",
        "blob.hash",
        "queue.full",
        "gpu.oom",
        "worker.lost",
    }
)
"""Codes for which the same request may succeed when it is made again."""


class ProtocolError(Exception):
    """Something that must not or could not be said; carries a code of `CODES`.

    `re` and `job` name the message and the job concerned, as far as they could be read. A `message` that is a
    Sentence brings its id and values along in `detail`.
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        detail: Mapping[str, Value] | None = None,
        re: str | None = None,
        job: str | None = None,
        incident: str | None = None,
    ) -> None:
        self.code = code
        self.message = message or CODES.get(code, code)
        own = message.detail if isinstance(message, Sentence) else {}
        self.detail: dict[str, Value] = {**own, **(detail or {})}
        self.re = re
        self.job = job
        self.incident = incident
        super().__init__(self.message)

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed when it is made again."""
        return self.code in RETRYABLE

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class ParamError(ProtocolError):
    """A value that is not possible; `path` says which, in dots: `drags.0.points`."""

    def __init__(self, path: str, message: str) -> None:
        self.path = path
        super().__init__("param.invalid", message, detail={"path": path[:200]})

    def under(self, prefix: str) -> ParamError:
        """Return the same error as seen from one level further out."""
        return ParamError(f"{prefix}.{self.path}" if self.path else prefix, self.message)

    def __str__(self) -> str:
        return (
            self.message
            if isinstance(self.message, Sentence)
            else f"{self.path or 'value'}: {self.message}"
        )
