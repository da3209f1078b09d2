# SPDX-License-Identifier: Apache-2.0
"""Krita's documents in bytes: as much of its module as `plugin_krita/pullbrush/host.py` uses, named as Krita names it.

8-bit layers, BGRA as Krita keeps them. Adding a node is a step of undo, its eye and its pixels are none, as measured.
"""

from __future__ import annotations

import itertools
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

from protocol.plugin.host import Rect

from .gimp_image import Drawable

BGRA = "R'G'B'A u8"
"""What the bytes of four channels are called there."""
PROFILE = "sRGB-elle-V2-srgbtrc.icc"


class Data(bytes):
    """What Qt calls an array of bytes."""

    def data(self) -> bytes:
        return bytes(self)


class Answer:
    """What Qt's small values answer with: `toString`, `x` and `y`."""

    def __init__(self, text: str = "", at: tuple[int, int] = (0, 0)) -> None:
        self._text, self._at = text, at

    def toString(self) -> str:
        return self._text

    def x(self) -> int:
        return self._at[0]

    def y(self) -> int:
        return self._at[1]


class Node:
    """A layer or a group."""

    numbers = itertools.count(1)

    def __init__(self, document: Document, name: str, kind: str, rect: Rect) -> None:
        self.document, self._name, self._kind = document, name, kind
        self.sheet = Drawable(rect)
        self.key, self.shown, self.alpha = f"{{{next(self.numbers):08x}}}", True, 255
        self.children: list[Node] = []
        self.parent: Node | None = None

    def uniqueId(self) -> Answer:
        return Answer(text=self.key)

    def name(self) -> str:
        return self._name

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
        return Answer(at=self.sheet.rect[:2])

    def colorModel(self) -> str:
        return "RGBA"

    def colorDepth(self) -> str:
        return "U8"

    def colorProfile(self) -> str:
        return PROFILE

    def pixelData(self, x: int, y: int, width: int, height: int) -> Data:
        return Data(self.sheet.take((x, y, width, height), BGRA))

    def setPixelData(self, data: bytes, x: int, y: int, width: int, height: int) -> None:
        """Layers grow where something is written, as Krita's do."""
        old, rect = self.sheet, (x, y, width, height)
        left, top = min(old.rect[0], x), min(old.rect[1], y)
        right = max(old.rect[0] + old.rect[2], x + width)
        bottom = max(old.rect[1] + old.rect[3], y + height)
        whole = (left, top, right - left, bottom - top) if old.rect[2] else rect
        self.sheet = Drawable(whole)
        self.sheet.put(old.rect, BGRA, bytes(old.data))
        self.sheet.put(rect, BGRA, bytes(data))

    def childNodes(self) -> list[Node]:
        return list(self.children)

    def parentNode(self) -> Node | None:
        return self.parent

    def addChildNode(self, child: Node, above: Node | None) -> bool:
        place = len(self.children) if above is None else self.children.index(above) + 1
        self.document.do(self, child, place)
        return True

    def duplicate(self) -> Node:
        made = Node(self.document, self._name, self._kind, self.sheet.rect)
        made.sheet.data[:] = self.sheet.data
        made.children = [child.duplicate() for child in self.children]
        for child in made.children:
            child.parent = made
        return made


class Document:
    """An open document with its history."""

    def __init__(self, width: int, height: int, name: str = "") -> None:
        self._size, self._name = (width, height), name
        self.root = Node(self, "root", "grouplayer", (0, 0, 0, 0))
        self.active: Node | None = None
        self.selected: tuple[Rect, Drawable] | None = None
        self.notes: dict[str, bytes] = {}
        self.past: list[tuple[Node, Node, int]] = []
        self.future: list[tuple[Node, Node, int]] = []

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
        (x, y, width, height), mask = self.selected
        return SimpleNamespace(
            x=lambda: x, y=lambda: y, width=lambda: width, height=lambda: height,
            pixelData=lambda *rect: Data(mask.take(rect, "Y u8")),
        )  # fmt: skip

    def createNode(self, name: str, kind: str) -> Node:
        return Node(self, name, kind, (0, 0, 0, 0))

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

    def close(self) -> bool:
        if self in Krita.instance().open:
            Krita.instance().open.remove(self)
        return True

    # ---- undo

    def do(self, parent: Node, child: Node, place: int) -> None:
        parent.children.insert(place, child)
        child.parent, self.active = parent, child
        self.past.append((parent, child, place))
        self.future.clear()

    def undo(self) -> None:
        parent, child, place = self.past.pop()
        parent.children.remove(child)
        self.active = parent.children[-1] if parent.children else None
        self.future.append((parent, child, place))

    def redo(self) -> None:
        parent, child, place = self.future.pop()
        parent.children.insert(place, child)
        self.past.append((parent, child, place))


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

    assert pullbrush.VERSION
    sys.modules["krita"] = made
    try:
        from pullbrush.host import KritaHost
    finally:
        del sys.modules["krita"]
        if before is not None:
            sys.modules["krita"] = before
    return KritaHost
