# SPDX-License-Identifier: Apache-2.0
"""What all messages have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from ..errors import ParamError
from ..ids import PATTERN
from ..kinds import Count, Int, Plain, Text
from ..limits import FRAME_MAX
from ..record import Record

Sender = Literal["client", "engine", "both"]
Bytes = bytes | bytearray | memoryview
"""What may be sent as a frame; a frame that was received is `bytes` or a `memoryview`."""

Ulid = Annotated[str, Text(26, 26, PATTERN)]
Millis = Annotated[int, Int()]
Seq = Annotated[int, Int(1, 2**53)]
Bytecount = Annotated[int, Int()]
Digest = Annotated[str, Text(64, 64, "[0-9a-f]{64}")]
"""BLAKE2b-256 of the bytes, in hexadecimal."""
Word = Annotated[str, Text(64, 1, "[A-Za-z0-9][A-Za-z0-9_.+-]*")]
"""A name that a program gives: of an edit, a model, a device, a feature."""
Sentence = Annotated[str, Text(1000)]
Plains = Annotated[Mapping[str, Annotated[object, Plain()]], Count(512)]
"""Parameters, metrics and the like: names with anything plain."""


@dataclass(frozen=True, kw_only=True)
class Message(Record):
    """Base of every message; `frames` are the raw bytes that follow the header."""

    TYPE: ClassVar[str] = ""
    SENDER: ClassVar[Sender] = "both"
    FRAMES: ClassVar[tuple[int, int]] = (0, 0)

    id: Ulid | None = None
    re: Ulid | None = None
    ms: Millis | None = None
    x: Plains = field(default_factory=dict[str, object])
    frames: tuple[Bytes, ...] = field(default=(), repr=False, metadata={"wire": False})

    def __init_subclass__(
        cls, *, type: str, sender: Sender, frames: tuple[int, int] = (0, 0)
    ) -> None:
        super().__init_subclass__()
        cls.TYPE, cls.SENDER, cls.FRAMES = type, sender, frames

    def __post_init__(self) -> None:
        low, high = self.FRAMES
        if not low <= len(self.frames) <= high:
            raise ParamError(
                "frames", f"{self.TYPE} has {low} to {high} frames, not {len(self.frames)}"
            )
        for i, frame in enumerate(self.frames):
            if not 1 <= len(frame) <= FRAME_MAX:
                raise ParamError(
                    f"frames.{i}", f"must have 1 to {FRAME_MAX} bytes, not {len(frame)}"
                )
        super().__post_init__()
