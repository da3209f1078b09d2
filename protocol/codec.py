# SPDX-License-Identifier: Apache-2.0
"""Messages to frames and back, trusting nothing that arrives.

Frame 0 is `PBR`, major, minor, flags; frame 1 a msgpack map; the rest raw bytes. Whatever the bytes are,
`decode` returns a message or raises `ProtocolError`, in time and memory bounded by the limits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, cast

from . import VERSION, ids, packing
from .errors import ProtocolError
from .limits import FRAME_MAX, FRAMES_MAX, HEADER_DEPTH_MAX, HEADER_MAX, HEADER_NODES_MAX
from .messages import BY_TYPE, Bytes, Message

MAGIC = b"PBR"
HEAD_BYTES = 6
MUST_UNDERSTAND = 0xF0
"""Flags a later version may set that an older one must not pass over; the lower four it may."""


def encode(message: Message) -> list[Bytes]:
    """Return the frames of a message; raises ProtocolError when its header is larger than may be sent."""
    plain_header: dict[str, object] = {"t": message.TYPE, **message.to_plain()}
    _count_nodes(plain_header)
    header = packing.pack(plain_header)
    if len(header) > HEADER_MAX:
        raise ProtocolError(
            "header.invalid",
            f"{message.TYPE} needs a header of {len(header)} bytes; {HEADER_MAX} fit",
        )
    return [MAGIC + bytes((*VERSION, 0)), header, *message.frames]


def decode(frames: Sequence[Bytes]) -> Message:
    """Read one message; raises ProtocolError (ParamError for a field), with `re` and `job` where they are legible."""
    if not 2 <= len(frames) <= FRAMES_MAX:
        raise ProtocolError(
            "header.invalid", f"A message has 2 to {FRAMES_MAX} frames, not {len(frames)}."
        )
    _check_head(bytes(frames[0][: HEAD_BYTES + 1]))
    if largest := max((len(frame) for frame in frames[2:] if len(frame) > FRAME_MAX), default=0):
        raise ProtocolError(
            "frame.too_large", f"A frame of {largest} bytes came; {FRAME_MAX} are allowed."
        )
    header = decode_header(frames[1])
    try:
        return _build(header, frames[2:])
    except ProtocolError as error:
        error.re, error.job = _legible(header, "id"), _legible(header, "job")
        raise


def decode_header(frame: Bytes) -> dict[str, object]:
    """Read a header as plain values, within every limit; raises ProtocolError `header.invalid`."""
    if len(frame) > HEADER_MAX:
        raise ProtocolError(
            "header.invalid", f"A header of {len(frame)} bytes came; {HEADER_MAX} are allowed."
        )
    header = _unpack(bytes(frame))
    if not isinstance(header, dict):
        raise ProtocolError("header.invalid", "A header is a map.")
    _count_nodes(cast("object", header))
    return cast("dict[str, object]", header)


def _check_head(head: bytes) -> None:
    if len(head) != HEAD_BYTES or not head.startswith(MAGIC):
        raise ProtocolError("header.invalid", "These bytes are not a Pullbrush message.")
    major, _, flags = head[3:]
    if major != VERSION[0]:
        raise ProtocolError("proto.version", detail={"major": major, "ours": VERSION[0]})
    if flags & MUST_UNDERSTAND:
        raise ProtocolError("proto.version", detail={"flags": flags})


def _build(header: dict[str, object], frames: Sequence[Bytes]) -> Message:
    name = header.get("t")
    if not isinstance(name, str):
        raise ProtocolError("header.invalid", "A header without its type came.")
    if (kind := BY_TYPE.get(name)) is None:
        raise ProtocolError("type.unknown", detail={"type": name[:60]})
    return kind.from_plain(header, frames=tuple(frames))


def _unpack(data: bytes) -> object:
    try:
        return packing.unpack(data, _pairs)
    except ProtocolError:
        raise
    except (
        Exception
    ) as error:  # a library's reader may fail in more ways than it lists; none may get past here
        raise ProtocolError(
            "header.invalid", f"The header is not sound msgpack ({type(error).__name__})."
        ) from None


def _pairs(pairs: Sequence[tuple[Any, Any]]) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, value in pairs:
        if not isinstance(name, str):
            raise ProtocolError("header.invalid", "A header has names that are not text.")
        if name in values:
            raise ProtocolError("header.invalid", "A header has one name twice.")
        values[name] = value
    return values


def _count_nodes(root: object) -> None:
    level: list[object] = [root]
    nodes = depth = 0
    while level:
        depth += 1
        nodes += len(level)
        if depth > HEADER_DEPTH_MAX or nodes > HEADER_NODES_MAX:
            raise ProtocolError(
                "header.invalid", f"A header of depth {depth} with {nodes} values is too much."
            )
        level = [inner for value in level for inner in _inside(value)]


def _inside(value: object) -> Sequence[object]:
    if isinstance(value, dict):
        return list(cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return cast("list[object]", value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ProtocolError("header.invalid", f"A header holds {value}.")
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return ()
    raise ProtocolError("header.invalid", f"A header holds a {type(value).__name__}.")


def _legible(header: dict[str, object], name: str) -> str | None:
    value = header.get(name)
    return value if isinstance(value, str) and re.fullmatch(ids.PATTERN, value) else None
