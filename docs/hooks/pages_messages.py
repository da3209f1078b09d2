# SPDX-License-Identifier: Apache-2.0
"""The page of messages: what travels between a plug-in and the engine, read from protocol/messages."""

from __future__ import annotations

from collections.abc import Iterator

from tables import cell, code, table

from protocol import VERSION, limits
from protocol.errors import CODES, RETRYABLE
from protocol.messages import MessageInfo, catalogue

SENDERS = {"client": "plug-in → engine", "engine": "engine → plug-in", "both": "both ways"}
LIMITS = {
    "HEADER_MAX": "bytes of a header",
    "FRAME_MAX": "bytes of a frame",
    "FRAMES_MAX": "frames of a message, envelope included",
    "WINDOW": "bytes in flight before more must be granted",
    "SIDE_MAX": "pixels of the longest side of an image that travels",
    "PIXELS_MAX": "pixels of an image that travels (of `read_rect`, not of the document)",
    "BLOB_QUOTA": "bytes of pixels that a session may keep",
    "JOBS_QUEUED": "jobs waiting in a session",
    "RESULT_KEPT_MS": "ms that a result is kept for its acknowledgment",
    "PING_MS": "ms between pings",
    "IDLE_EXIT_MS": "ms after its last session that the engine leaves",
}


def page() -> str:
    """The whole page."""
    major, minor = VERSION
    parts = [
        "# Messages",
        f"Version {major}.{minor} of the protocol. This page is made from the code of `protocol/` "
        "when the site is built. A message is a ZeroMQ multipart: a strict msgpack header and, for "
        "some, raw frames of pixels. Every message may also carry `id`, `re` (the id it answers), "
        "`ms` (the sender's clock) and `x` (room for extensions).",
    ]
    for message in catalogue():
        parts += section(message)
    parts += ["## Error codes", table(("code", "means", "worth another try"), errors())]
    parts += ["## Limits", table(("limit", "value", "what"), bounds())]
    return "\n\n".join(parts) + "\n"


def section(message: MessageInfo) -> Iterator[str]:
    """One message: who sends it, what it says, its fields."""
    low, high = message.frames
    frames = (
        "" if high == 0 else f", {low} frame(s)" if low == high else f", {low} to {high} frames"
    )
    yield f"## `{message.type}`"
    yield f"*{SENDERS[message.sender]}{frames}.* {message.text}"
    if message.fields:
        yield table(
            ("field", "allowed", "default"),
            (
                (code(one.name), allowed(one.allowed), code(one.default or "") or "needed")
                for one in message.fields
            ),
        )


def allowed(text: str) -> str:
    """What is allowed; patterns inside are already marked as code."""
    return cell(text.replace("*", "\\*") if "`" not in text else text)


def errors() -> Iterator[tuple[str, str, str]]:
    for name, sentence in CODES.items():
        yield code(name), cell(sentence), "yes" if name in RETRYABLE else ""


def bounds() -> Iterator[tuple[str, str, str]]:
    for name, what in LIMITS.items():
        yield code(name), f"{getattr(limits, name):,}".replace(",", " "), cell(what)
