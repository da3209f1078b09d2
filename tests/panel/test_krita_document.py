# SPDX-License-Identifier: Apache-2.0
"""The suite for hosts against Krita's adapter over documents of bytes; tests/hosts runs both in the real Krita."""

from __future__ import annotations

import math
from typing import Any

import pytest
from fakes.bytes_of import shifted
from fakes.host_suite import CASES, pattern
from fakes.krita_program import Document, Krita, adapter

from protocol.images import Depth
from protocol.plugin.host import NewLayer, Pixels, Rect

KritaHost = adapter()


class ByteArtist:
    """Hands for a document of bytes."""

    undoes_selections = False

    def __init__(self) -> None:
        self.document = Document(32, 24)
        Krita.instance().open.append(self.document)
        paper = self.document.createNode("Paper", "paintlayer")
        data = bytearray(pattern())
        data[0::4], data[2::4] = data[2::4], data[0::4]  # Krita keeps 8 bit as BGRA
        paper.setPixelData(bytes(data), 2, 1, 28, 22)
        self.document.rootNode().addChildNode(paper, None)
        self.document.past.clear()
        self.paper = paper.key.strip("{}")
        self.host = KritaHost(self.document, "key", lambda *_: None, lambda *_: None)

    def select(self, rect: Rect | None, value: int = 255) -> None:
        self.document.selected = None
        if rect is not None:
            data = bytes([value]) * (rect[2] * rect[3])
            self.document.selected = Pixels(
                rect=rect, data=data, channels=1, order="gray", alpha="none"
            )

    def undo(self) -> None:
        self.document.undo()

    def redo(self) -> None:
        self.document.redo()

    def names(self) -> list[str]:
        return [node.name() for node in self.document.root.children]

    def visible(self, key: str) -> bool:
        return next(n.visible() for n in self.document.root.children if n.key == f"{{{key}}}")

    def steps(self) -> int:
        return len(self.document.past)

    def crop(self, rect: Rect) -> None:
        self.document.crop(rect)

    def resize(self, rect: Rect) -> None:
        self.document.resizeImage(*rect)

    def scale(self, width: int, height: int) -> None:
        self.document.scaleImage(width, height)

    def rotate(self) -> None:
        self.document.rotateImage(math.pi / 2)

    def convert(self, dtype: Depth) -> None:
        self.document.convert(dtype)

    def move(self, dx: int, dy: int) -> None:
        paper = self._paper
        paper.sheet = shifted(paper.sheet, dx, dy)

    def paint(self, rect: Rect, color: tuple[int, int, int, int]) -> None:
        red, green, blue, alpha = color
        data = bytes((blue, green, red, alpha)) * (rect[2] * rect[3])
        self.document.fill(self._paper, data, rect)

    def delete(self) -> None:
        other = self.document.createNode("Other", "paintlayer")
        self.document.rootNode().addChildNode(other, None)
        self.document.remove(self._paper)

    @property
    def _paper(self) -> Any:
        key = f"{{{self.paper}}}"
        return next(node for node in self.document.root.children if node.key == key)

    def look(self) -> None:
        self.host.look()

    def close(self) -> None:
        self.document.close()


@pytest.mark.parametrize("case", CASES)
def test_kritas_adapter(case: str) -> None:
    artist = ByteArtist()
    for _ in CASES[case](artist):
        pass
    artist.close()


def test_results_of_a_layer_pile_up_in_order() -> None:
    artist = ByteArtist()

    def add(name: str, above: str) -> str:
        pixels = Pixels(rect=(4, 4, 2, 2), data=b"\xff" * 16)
        new = NewLayer(name=name, pixels=pixels, above=above)
        return artist.host.write_layers([new], None, name)[0]

    first = add("1", artist.paper)
    add("2", artist.paper)
    add("1.1", first)
    assert artist.names() == ["Paper", "1", "1.1", "2"]
    assert artist.host.source_of(first) == artist.paper
