# SPDX-License-Identifier: Apache-2.0
"""Krita's documents in bytes: as much of its module as `plugin_krita/pullbrush/host.py` uses, named as Krita names it.

Integers are BGRA and floats RGBA, as Krita keeps them. Adding a node is a step of undo, as is whatever is done to the
whole picture; a node's eye and its pixels are none, as measured.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType, SimpleNamespace
from typing import Any

from protocol.images import Depth
from protocol.plugin.host import NOWHERE, Pixels, Rect

from .bytes_of import at_depth, inside, patched, row_of, shifted, turned, zoomed

DEPTHS: dict[str, str] = {"u1": "U8", "u2": "U16", "f4": "F32"}
PROFILE = "sRGB-elle-V2-srgbtrc.icc"


class Data(bytes):
    """What Qt calls an array of bytes."""

    def data(self) -> bytes:
        return bytes(self)


class Answer:
    """What Qt's small values answer with: `toString`, `x` and `y`."""

    def __init__(self, text: str = "", rect: Rect = NOWHERE) -> None:
        self._text, self._rect = text, rect

    def toString(self) -> str:
        return self._text

    def x(self) -> int:
        return self._rect[0]

    def y(self) -> int:
        return self._rect[1]

    def width(self) -> int:
        return self._rect[2]

    def height(self) -> int:
        return self._rect[3]

    def isEmpty(self) -> bool:
        return not (self._rect[2] and self._rect[3])


class Node:
    """A layer or a group."""

    numbers = itertools.count(1)

    def __init__(self, document: Document, name: str, kind: str) -> None:
        self.document, self._name, self._kind = document, name, kind
        self.sheet = Pixels(rect=NOWHERE, data=b"", dtype=document.dtype, order=document.order)
        self.key, self.shown, self.alpha = f"{{{next(self.numbers):08x}}}", True, 255
        self.children: list[Node] = []
        self.parent: Node | None = None

    def uniqueId(self) -> Answer:
        return Answer(text=self.key)

    def name(self) -> str:
        return self._name

    def setName(self, name: str) -> None:
        self._name = name

    def type(self) -> str:
        return self._kind

    def visible(self) -> bool:
        return self.shown

    def setVisible(self, on: bool) -> None:
        self.shown = on

    def opacity(self) -> int:
        return self.alpha

    def setOpacity(self, alpha: int) -> None:
        self.alpha = alpha

    def animated(self) -> bool:
        return False

    def position(self) -> Answer:
        return Answer(rect=self.sheet.rect)

    def bounds(self) -> Answer:
        return Answer(rect=self.sheet.rect)

    def colorModel(self) -> str:
        return "RGBA"

    def colorDepth(self) -> str:
        return DEPTHS[self.sheet.dtype]

    def colorProfile(self) -> str:
        return PROFILE

    def pixelData(self, x: int, y: int, width: int, height: int) -> Data:
        rect = (x, y, width, height)
        return Data(b"".join(row_of(self.sheet, rect, y + i) for i in range(height)))

    def setPixelData(self, data: bytes, x: int, y: int, width: int, height: int) -> None:
        """Layers grow where something is written, as Krita's do."""
        fresh = replace(self.sheet, rect=(x, y, width, height), data=bytes(data))
        self.sheet = patched(self.sheet, fresh) if self.sheet.rect[2] else fresh

    def childNodes(self) -> list[Node]:
        return list(self.children)

    def parentNode(self) -> Node | None:
        return self.parent

    def addChildNode(self, child: Node, above: Node | None) -> bool:
        place = len(self.children) if above is None else self.children.index(above) + 1
        self.document.do(self, child, place)
        return True

    def duplicate(self) -> Node:
        made = Node(self.document, self._name, self._kind)
        made.sheet, made.shown, made.alpha = self.sheet, self.shown, self.alpha
        made.children = [child.duplicate() for child in self.children]
        for child in made.children:
            child.parent = made
        return made


class Document:
    """An open document with its history."""

    def __init__(self, width: int, height: int, name: str = "") -> None:
        self._size, self._name = (width, height), name
        self.dtype: Depth = "u1"
        self.root = Node(self, "root", "grouplayer")
        self.active: Node | None = None
        self.selected: Pixels | None = None
        self.notes: dict[str, bytes] = {}
        self.past: list[tuple[Step, Step]] = []
        self.future: list[tuple[Step, Step]] = []

    @property
    def order(self) -> Any:
        return "rgba" if self.dtype == "f4" else "bgra"

    def width(self) -> int:
        return self._size[0]

    def height(self) -> int:
        return self._size[1]

    def xRes(self) -> float:
        return 72.0

    def colorModel(self) -> str:
        return self.root.colorModel()

    def colorDepth(self) -> str:
        return self.root.colorDepth()

    def colorProfile(self) -> str:
        return self.root.colorProfile()

    def fileName(self) -> str:
        return ""

    def name(self) -> str:
        return self._name

    def rootNode(self) -> Node:
        return self.root

    def activeNode(self) -> Node | None:
        return self.active

    def selection(self) -> Any:
        if self.selected is None:
            return None
        mask, box = self.selected, self.selected.rect

        def take(x: int, y: int, width: int, height: int) -> Data:
            rect = (x, y, width, height)
            return Data(b"".join(row_of(mask, rect, y + i) for i in range(height)))

        return SimpleNamespace(
            x=lambda: box[0], y=lambda: box[1], width=lambda: box[2], height=lambda: box[3],
            pixelData=take,
        )  # fmt: skip

    def createNode(self, name: str, kind: str) -> Node:
        return Node(self, name, kind)

    def createGroupLayer(self, name: str) -> Node:
        return self.createNode(name, "grouplayer")

    def annotationTypes(self) -> list[str]:
        return list(self.notes)

    def annotation(self, name: str) -> Data:
        return Data(self.notes[name])

    def setAnnotation(self, name: str, about: str, data: bytes) -> None:
        assert about
        self.notes[name] = bytes(data)

    def refreshProjection(self) -> None:
        pass

    def tryBarrierLock(self) -> bool:
        """Nothing is ever under way here."""
        return True

    def unlock(self) -> None:
        pass

    def close(self) -> bool:
        if self in Krita.instance().open:
            Krita.instance().open.remove(self)
        return True

    # ---- what is done to the whole picture

    def crop(self, rect: Rect) -> None:
        x, y, width, height = rect
        self._on_all(lambda sheet: shifted(cut(sheet, rect), -x, -y), (width, height))

    def resizeImage(self, x: int, y: int, width: int, height: int) -> None:
        self._on_all(lambda sheet: shifted(sheet, -x, -y), (width, height))

    def scaleImage(self, width: int, height: int, *_: Any) -> None:
        by_x, by_y = width / self._size[0], height / self._size[1]
        self._on_all(lambda sheet: zoomed(sheet, by_x, by_y), (width, height))

    def rotateImage(self, _radians: float) -> None:
        """A quarter, clockwise."""
        width, height = self._size
        self._on_all(lambda sheet: turned(sheet, height), (height, width))

    def convert(self, dtype: Depth) -> None:
        def deep(sheet: Pixels) -> Pixels:
            made, order = at_depth(sheet, dtype), "rgba" if dtype == "f4" else "bgra"
            return made if made.order == order else turned_round(made)

        self._on_all(deep, self._size, dtype)

    def fill(self, node: Node, data: bytes, rect: Rect) -> None:
        """As a tool of the program's: a step of undo, unlike `Node.setPixelData`."""
        before = node.sheet

        def back() -> None:
            node.sheet = before

        self._step(lambda: node.setPixelData(data, *rect), back)

    def _on_all(
        self, deed: Callable[[Pixels], Pixels], size: tuple[int, int], dtype: Depth | None = None
    ) -> None:
        before = (self._size, self.dtype, {node: node.sheet for node in self.root.children})
        sheets = {
            node: deed(sheet) if sheet.rect[2] else sheet for node, sheet in before[2].items()
        }
        self._step(lambda: self._put(size, dtype or self.dtype, sheets), lambda: self._put(*before))

    def _put(self, size: tuple[int, int], dtype: Depth, sheets: dict[Node, Pixels]) -> None:
        self._size, self.dtype = size, dtype
        for node, sheet in sheets.items():
            node.sheet = sheet

    # ---- undo

    def do(self, parent: Node, child: Node, place: int) -> None:
        def put() -> None:
            parent.children.insert(place, child)
            child.parent, self.active = parent, child

        self._step(put, lambda: self._out(parent, child))

    def remove(self, child: Node) -> None:
        parent = child.parent or self.root
        place = parent.children.index(child)
        self._step(lambda: self._out(parent, child), lambda: parent.children.insert(place, child))

    def _out(self, parent: Node, child: Node) -> None:
        parent.children.remove(child)
        self.active = parent.children[-1] if parent.children else None

    def _step(self, do: Step, undo: Step) -> None:
        do()
        self.past.append((do, undo))
        self.future.clear()

    def undo(self) -> None:
        step = self.past.pop()
        step[1]()
        self.future.append(step)

    def redo(self) -> None:
        step = self.future.pop()
        step[0]()
        self.past.append(step)


Step = Callable[[], None]


def cut(sheet: Pixels, rect: Rect) -> Pixels:
    """What of a layer lies in a rectangle."""
    kept = inside(rect, sheet.rect)
    rows = (row_of(sheet, kept, kept[1] + i) for i in range(kept[3]))
    return replace(sheet, rect=kept, data=b"".join(rows))


def turned_round(pixels: Pixels) -> Pixels:
    """Red and blue exchanged."""
    size = len(pixels.data) // max(1, pixels.rect[2] * pixels.rect[3] * 4)
    data = bytes(pixels.data)
    items = [data[i : i + size] for i in range(0, len(data), size)]
    items[0::4], items[2::4] = items[2::4], items[0::4]
    order = "bgra" if pixels.order == "rgba" else "rgba"
    return replace(pixels, order=order, data=b"".join(items))


class Krita:
    """The program."""

    only: Krita | None = None

    def __init__(self) -> None:
        self.open: list[Document] = []

    @classmethod
    def instance(cls) -> Krita:
        cls.only = cls.only or cls()
        return cls.only

    def documents(self) -> list[Document]:
        return list(self.open)

    def createDocument(self, width: int, height: int, name: str, *_: Any) -> Document:
        return Document(width, height, name)


def adapter() -> Any:
    """Krita's adapter around these documents; nothing else of this process learns of them."""
    before = sys.modules.get("krita")
    made: Any = ModuleType("krita")
    made.Krita, made.Extension, made.DockWidget = Krita, object, object
    import pullbrush  # else its start would find this module

    assert pullbrush.__doc__
    sys.modules["krita"] = made
    try:
        from pullbrush.host import KritaHost
    finally:
        del sys.modules["krita"]
        if before is not None:
            sys.modules["krita"] = before
    return KritaHost
