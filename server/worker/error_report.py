# SPDX-License-Identifier: Apache-2.0
"""From an exception to what the artist reads: a dotted code and a sentence, never a traceback.

The log keeps where it happened (file, line, function, type) and not what the exception said, because
messages of libraries quote prompts and file names. An incident id joins the two.
"""

from __future__ import annotations

import logging
import secrets
import traceback

from protocol.errors import ParamError
from protocol.sentences import say
from server.engine.api import EngineError

_log = logging.getLogger("pullbrush.worker")
_OUT_OF_MEMORY = ("out of memory", "not enough memory", "can't allocate memory")


def explain(error: BaseException) -> tuple[str, str, str]:
    """Code, sentence and incident id ("" when there is nothing to look up) for a failed task."""
    if isinstance(error, EngineError):
        return error.code, error.message, ""
    if isinstance(error, ParamError):
        return "param.invalid", error.message, ""
    incident = new_incident()
    _log.error("incident %s: %s", incident, where(error))
    if is_out_of_memory(error):
        return (
            "gpu.oom",
            say("memory.out"),
            incident,
        )
    return (
        "internal",
        say("internal.incident", incident=incident),
        incident,
    )


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: Python's, torch's own type, or an allocator's message."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(
        words in str(error).lower() for words in _OUT_OF_MEMORY
    )


def where(error: BaseException) -> str:
    """Type and places of an error and of what caused it, without any value."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}"
        for frame in reversed(frames[-12:])
    )
    cause = error.__cause__ or error.__context__
    tail = f"; from {type(cause).__name__}" if cause else ""
    return f"{type(error).__name__} at {places or 'an unknown place'}{tail}"


def new_incident() -> str:
    """Eight letters an artist can read out."""
    return secrets.token_hex(4)
