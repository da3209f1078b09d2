# SPDX-License-Identifier: Apache-2.0
"""What the suite for hosts works with: a document with one layer, hands to work on it, and ways to read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from protocol.images import Depth
from protocol.plugin.engine import Engine
from protocol.plugin.host import Host, NewLayer, Pixels, Rect, layers_of
from protocol.plugin.session.edit_session import EditSession

from .connection import ScriptedConnection

DRAG: dict[str, Any] = {"drags": [[[10, 10], [16, 12]]], "seed": 5}
PATCH: Rect = (6, 5, 9, 4)


class Artist(Protocol):
    """A document of 32 × 24 with one layer “Paper” at (2, 1), 28 × 22, and hands to work on it."""

    host: Host
    paper: str
    undoes_selections: bool

    def select(self, rect: Rect | None, value: int = 255) -> None: ...
    def undo(self) -> None: ...
    def redo(self) -> None: ...
    def names(self) -> list[str]: ...
    def visible(self, key: str) -> bool: ...
    def steps(self) -> int: ...
    def look(self) -> None: ...
    def close(self) -> None: ...

    # what artists do to the whole picture, each one step of undo, as the program's own command does it

    def crop(self, rect: Rect) -> None:
        """Crop the image; what lies beside is deleted."""
        ...

    def resize(self, rect: Rect) -> None:
        """Resize the canvas to this rectangle of it; layers keep all they have."""
        ...

    def scale(self, width: int, height: int) -> None:
        """Scale the image."""
        ...

    def rotate(self) -> None:
        """Turn the image clockwise by a quarter."""
        ...

    def convert(self, dtype: Depth) -> None:
        """Keep the image in another depth, `u2` or `f4`, with the tone curve that it has."""
        ...

    def move(self, dx: int, dy: int) -> None:
        """Shift the paper."""
        ...

    def paint(self, rect: Rect, color: tuple[int, int, int, int]) -> None:
        """Fill a rectangle of the paper."""
        ...

    def delete(self) -> None:
        """Delete the paper; the picture keeps another layer."""
        ...


def pattern() -> bytes:
    """RGBA of the paper, row by row."""
    return bytes(
        (x * 7 + y * 3 + c * 50) % 256 if c < 3 else 255
        for y in range(22)
        for x in range(28)
        for c in range(4)
    )


def rgba(pixels: Pixels) -> bytes:
    """The bytes in RGBA order, whatever the host's order is."""
    data = bytearray(bytes(pixels.data))
    if pixels.order == "bgra":
        data[0::4], data[2::4] = data[2::4], data[0::4]
    return bytes(data)


def read(host: Host, rect: Rect, key: str = "") -> Pixels:
    """One layer's pixels at once."""
    (layer,) = layers_of(host, [key], rect)
    assert layer.pixels is not None, layer.refusal
    return layer.pixels


def patch(artist: Artist, name: str = "New", **more: Any) -> NewLayer:
    """A layer to add: red, half transparent."""
    data = bytes((255, 0, 0, 128)) * (PATCH[2] * PATCH[3])
    return NewLayer(name=name, pixels=Pixels(rect=PATCH, data=data), above=artist.paper, **more)


def started(artist: Artist) -> tuple[ScriptedConnection, EditSession]:
    """A drag that was asked for, on an engine that answers when it is told to."""
    net = ScriptedConnection()
    session = EditSession(artist.host, Engine(net), watch_s=0.0)
    session.choose("drag", DRAG)
    session.run()
    return net, session


def ticks(session: EditSession, count: int) -> Iterator[None]:
    """Let so many turns of the program's clock pass."""
    for _ in range(count):
        session.tick()
        yield
