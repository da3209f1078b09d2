# SPDX-License-Identifier: Apache-2.0
"""Layers of bytes with the names that Krita gives to what its own can do, as far as putting them together needs it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from fakes.noted import NotedHost
from pullbrush.seeing import Change, seen_with

from protocol.plugin.host import Pixels

SRGB = "sRGB-elle-V2-srgbtrc.icc"


class Id(str):
    """A unique id as Qt writes it."""

    def toString(self) -> str:
        return "{" + self + "}"


@dataclass
class Node:
    """A node, or a document with its root."""

    key: str
    pixels: Pixels | None = None
    children: Sequence[Node] = ()
    shown: bool = True
    kind: str = "paintlayer"
    opaque: int = 255
    mode: str = "normal"
    clipped: bool = False
    space: tuple[str, str, str] = field(default=("RGBA", "U8", SRGB))

    def __getattr__(self, name: str) -> Any:
        told = {
            "uniqueId": Id(self.key), "childNodes": self.children, "visible": self.shown, "type": self.kind,
            "opacity": self.opaque, "blendingMode": self.mode, "inheritAlpha": self.clipped, "rootNode": self,
            "colorModel": self.space[0], "colorDepth": self.space[1], "colorProfile": self.space[2],
        }  # fmt: skip
        if name not in told:
            raise AttributeError(name)
        return lambda: told[name]

    def projectionPixelData(self, x: int, y: int, w: int, h: int) -> bytes:
        """Blue, green, red, alpha; nothing where there is nothing."""
        assert self.pixels is not None
        left, top, width, height = self.pixels.rect
        out = bytearray(4 * w * h)
        for row in range(max(y, top), min(y + h, top + height)):
            for column in range(max(x, left), min(x + w, left + width)):
                at = 4 * ((row - top) * width + column - left)
                red, green, blue, alpha = self.pixels.data[at : at + 4]
                to = 4 * ((row - y) * w + column - x)
                out[to : to + 4] = bytes((blue, green, red, alpha))
        return bytes(out)


class SeenHost(NotedHost):
    """A document of bytes whose picture is put together as Krita's is."""

    def seen_with(self, change: Change) -> Generator[None, None, Any]:
        layers = [Node(s.key, s.pixels, shown=s.visible) for s in self.state.sheets]
        return seen_with(Node("root", children=layers), change)

    def checks(self) -> tuple[int, str, str]:
        return (8, "220,220,220", "255,255,255")
