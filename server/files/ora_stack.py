# SPDX-License-Identifier: Apache-2.0
"""The stack.xml of an OpenRaster file: where its layers and groups stand in the text.

The text is never written anew from a model of it, which would lose what the model does not know:
changes are cut into it, and everything else stays byte for byte.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from server.files.errors import damaged, not_an_image

STACK_BYTES_MAX = 8 << 20
DEPTH_MAX = 64
"""How deep groups may lie in each other."""
ELEMENTS_MAX = 20_000
"""How many layers and groups a file may have."""
HIDDEN_BY = "pullbrush-hidden-by"
"""Attribute of our own: the short id of the result that hid this layer or group."""
_TAG = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_ATTRIBUTE = re.compile(rb"\s+([^\s=/>]+)\s*=\s*(\"[^\"]*\"|'[^']*')")


@dataclass(kw_only=True)
class Element:
    """A layer, a group (`stack`) or another child of a group: attributes, and its place in the text.

    start..end: all of it; head: the end of its start tag. number: of layers and groups, in the
    order of the text.
    """

    tag: str
    attributes: dict[str, str]
    start: int
    head: int
    end: int = 0
    number: int = 0
    children: list[Element] = field(default_factory=list["Element"])


@dataclass(kw_only=True)
class StackText:
    """The text, the attributes of its `image`, and its outermost group, None when there is none."""

    text: bytes
    image: dict[str, str]
    root: Element | None


def parse_stack(text: bytes, file: str) -> StackText:
    """Read a stack.xml; raises FileError for damage, document types, and too many or deep groups."""
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text or b"\x00" in text:
        raise not_an_image(file, "its list of layers declares a document type or is not UTF-8")
    reader = _Reader(text, file)
    try:
        reader.parser.Parse(text, True)
    except expat.ExpatError:
        raise damaged(file, "its list of layers") from None
    return StackText(text=text, image=reader.image, root=reader.root)


class _Reader:
    """Follows the parser with a list instead of recursion: depth costs nothing before it is refused."""

    def __init__(self, text: bytes, file: str) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.image: dict[str, str] = {}
        self.root: Element | None = None
        self._text, self._file = text, file
        self._path: list[Element | None] = []  # None: an element whose content is not ours
        self._count = 0

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._path:
            self.image = attributes
            self._path.append(None)
            return
        parent = self._path[-1]
        first = len(self._path) == 1 and tag == "stack" and self.root is None
        element = None
        if first or (parent is not None and parent.tag == "stack"):
            at = self.parser.CurrentByteIndex
            head = _tag_end(self._text, at)
            element = Element(tag=tag, attributes=attributes, start=at, head=head)
            if tag in ("stack", "layer"):
                element.number, self._count = self._count, self._count + 1
        if first:
            self.root = element
        elif element is not None and parent is not None:
            parent.children.append(element)
        self._path.append(element)
        self._check()

    def _end(self, _tag: str) -> None:
        element = self._path.pop()
        if element is not None:
            at, empty = (
                self.parser.CurrentByteIndex,
                self._text[element.head - 2 : element.head] == b"/>",
            )
            element.end = element.head if empty else _tag_end(self._text, at)

    def _check(self) -> None:
        if len(self._path) > DEPTH_MAX:
            raise not_an_image(self._file, f"its groups lie more than {DEPTH_MAX} deep")
        if self._count > ELEMENTS_MAX:
            raise not_an_image(self._file, f"it has more than {ELEMENTS_MAX} layers and groups")


def _tag_end(text: bytes, at: int) -> int:
    """Where the tag that begins at `at` ends; `>` may stand inside quotes."""
    found = _TAG.match(text, at)
    return found.end() if found else len(text)


def _blank_before(text: bytes, at: int) -> int:
    """Where the blank space that ends at `at` begins."""
    while at > 0 and text[at - 1] in b" \t\r\n":
        at -= 1
    return at


class StackEdit:
    """Changes to a stack.xml, cut into its text at the end."""

    def __init__(self, stack: StackText) -> None:
        self._text = stack.text
        self._cuts: list[tuple[int, int, int, bytes]] = []

    def remove(self, element: Element) -> None:
        """Leave an element out, with the blank space before it."""
        self._cut(_blank_before(self._text, element.start), element.end, b"")

    def insert_before(self, element: Element, xml: bytes) -> None:
        """Put an element right above another one, indented as that is."""
        space = self._text[_blank_before(self._text, element.start) : element.start]
        self._cut(element.start, element.start, xml + space)

    def set(self, element: Element, name: str, value: str | None) -> None:
        """Give a start tag's attribute a value, or take it away."""
        found = self._attribute(element, name)
        new = b"" if value is None else b" " + attribute(name, value)
        if found is not None:
            self._cut(*found, new)
        elif new:
            at = element.start + 1 + len(element.tag.encode())
            self._cut(at, at, new)

    def _attribute(self, element: Element, name: str) -> tuple[int, int] | None:
        """Where an attribute stands in a start tag, with the blank space before it."""
        at = element.start + 1 + len(element.tag.encode())
        while found := _ATTRIBUTE.match(self._text, at, element.head):
            if found.group(1) == name.encode():
                return found.start(), found.end()
            at = found.end()
        return None

    def text(self) -> bytes:
        """The text with all changes in it."""
        text = self._text
        for start, end, _, new in sorted(self._cuts, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def _cut(self, start: int, end: int, new: bytes) -> None:
        # what is inserted first at one place stands first: the list is worked off from its end
        self._cuts.append((start, end, len(self._cuts), new))


def attribute(name: str, value: str) -> bytes:
    """`name="value"` that is right in every encoding XML is written in."""
    plain = "".join(c for c in value if c.isprintable())
    return f"{name}={quoteattr(plain)}".encode("ascii", "xmlcharrefreplace")


def tag(name: str, attributes: dict[str, str]) -> bytes:
    """An element without content."""
    inside = b" ".join(attribute(key, value) for key, value in attributes.items())
    return b"<" + name.encode() + b" " + inside + b"/>"
