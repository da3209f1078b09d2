# SPDX-License-Identifier: Apache-2.0
"""OpenRaster, changing: what is new is put in, what changed is changed, all else stays byte for byte."""

from __future__ import annotations

import zipfile
from collections.abc import Container, Iterator, Mapping
from pathlib import Path

from server.engine.api import Picture
from server.files.atomic import write_atomically
from server.files.document import Document, FileLayer, Node
from server.files.ora_archive import MIMETYPE, OraArchive
from server.files.ora_read import EXACT_FOLDER, OWN_FOLDER, exact_member, placed, read_stack
from server.files.ora_stack import HIDDEN_BY, Element, StackEdit
from server.files.ora_write import (
    OraLayer,
    add_layer,
    add_member,
    check_entries,
    layer_tag,
    merged_members,
)

Offset = tuple[int, int]


def revise_ora(
    source: Path,
    target: Path,
    *,
    document: Document,
    merged: Picture,
    entries: Mapping[str, bytes],
) -> None:
    """Write `document`, which was read from the file `source` and changed, to `target`.

    Layers without an element are new: they lie in the group, and above the node, that they lie in
    and above in `document`. Elements that are no longer in it are left out, with their pixels. The
    resolution stays as the source has it. entries: all members of our own folder, except exact
    layers. Raises FileError; ValueError for other entries.
    """
    check_entries(entries)
    archive = OraArchive(source)
    stack = read_stack(archive)
    assert stack.root is not None, "a file that could be read has a stack"
    change = _Change(archive, StackEdit(stack), stack.root, document)
    change.group(stack.root, document.nodes)
    fresh = {"mimetype": MIMETYPE, "stack.xml": change.edit.text()}
    fresh |= merged_members(merged, document.metadata)
    own = {name for name in archive.names if name.startswith(OWN_FOLDER)}
    gone = change.gone | {name for name in own if not name.startswith(EXACT_FOLDER)}
    with write_atomically(target) as stream, zipfile.ZipFile(stream, "w") as new:
        for name in dict.fromkeys(("mimetype", *archive.order, *fresh)):
            if name in fresh:
                method = zipfile.ZIP_DEFLATED if name == "stack.xml" else zipfile.ZIP_STORED
                add_member(new, name, fresh[name], method)
            elif name not in gone:
                archive.copy(name, new)
        for member, layer in change.added.items():
            add_layer(new, member, layer)
        for name, data in sorted(entries.items()):
            add_member(new, name, data, zipfile.ZIP_DEFLATED)


class _Change:
    """Compares a document with the elements it was read from, and edits their text."""

    def __init__(
        self, archive: OraArchive, edit: StackEdit, root: Element, document: Document
    ) -> None:
        self.edit = edit
        self.added: dict[str, OraLayer] = {}
        self.gone = _pixels_only_of_lost(root, {layer.element for layer in document.layers})
        self._names = {name.lower() for name in archive.names - self.gone}

    def group(self, group: Element, nodes: tuple[Node, ...], offset: Offset = (0, 0)) -> None:
        """Put what is new into a group, and change what is not. offset: of the group itself."""
        elements = {one.number: one for one in group.children if one.tag in ("stack", "layer")}
        waiting: list[bytes] = []
        kept: set[int] = set()
        for node in nodes:
            if isinstance(node, FileLayer) and node.element is None:
                waiting.append(self._new(node, offset))
                continue
            assert node.element is not None, "groups are not made here"
            element = elements[node.element]
            for xml in waiting:
                self.edit.insert_before(element, xml)
            waiting.clear()
            kept.add(element.number)
            self._attributes(element, node)
            if not isinstance(node, FileLayer):
                self.group(element, node.children, placed(element, offset))
        assert not waiting, "what is new lies above something"
        for element in elements.values():
            if element.number not in kept:
                self.edit.remove(element)

    def _new(self, layer: FileLayer, offset: Offset) -> bytes:
        number = len(self.added)
        while (member := f"data/pullbrush-{number:03d}.png") in self._names:
            number += 1
        self._names |= {member, exact_member(member).lower()}
        written = OraLayer(
            name=layer.name,
            picture=layer.load(),
            opacity=layer.opacity,
            visible=layer.visible,
            mode=layer.mode,
        )
        self.added[member] = written
        return layer_tag(member, written, offset)

    def _attributes(self, element: Element, node: Node) -> None:
        shown = element.attributes.get("visibility", "visible") != "hidden"
        if shown != node.visible:
            self.edit.set(element, "visibility", "visible" if node.visible else "hidden")
        if element.attributes.get(HIDDEN_BY, "") != node.hidden_by:
            self.edit.set(element, HIDDEN_BY, node.hidden_by or None)


def _pixels_only_of_lost(root: Element, kept: Container[int | None]) -> set[str]:
    """The members that only layers show which are no longer there."""
    sources = [(layer.number in kept, layer.attributes.get("src", "")) for layer in _layers(root)]
    shown = {source for is_kept, source in sources if is_kept}
    lost = {source for is_kept, source in sources if not is_kept} - shown
    return lost | {exact_member(one) for one in lost} - {exact_member(one) for one in shown}


def _layers(group: Element) -> Iterator[Element]:
    for element in group.children:
        if element.tag == "stack":
            yield from _layers(element)
        elif element.tag == "layer":
            yield element
