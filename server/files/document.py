# SPDX-License-Identifier: Apache-2.0
"""A file as the artist sees it: named layers and groups on a canvas.

A flat picture is a document with one layer. Layers decode when asked for, so opening a file with
many large layers costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias, TypeVar

from server.engine.api import Picture, Size
from server.files.errors import FileError
from server.files.metadata import NOTHING, Metadata

NORMAL = "svg:src-over"


@dataclass(frozen=True, kw_only=True)
class FileLayer:
    """One layer: `load` decodes its picture; `png` gives its PNG bytes where the file has them.

    offset: (x, y) of its first pixel, which may lie outside the canvas. opacity, visible: its own,
    without those of its groups. mode: the OpenRaster composite operator. element: its number in
    the stack.xml it comes from. hidden_by: short id of the result that hid it, "" otherwise.
    refusal: why it cannot be drawn, if so.
    """

    name: str
    load: Callable[[], Picture]
    offset: tuple[int, int] = (0, 0)
    opacity: float = 1.0
    visible: bool = True
    mode: str = NORMAL
    png: Callable[[], bytes] | None = None
    element: int | None = None
    hidden_by: str = ""
    refusal: str = ""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Layers and groups that are composed together, topmost first.

    isolated: whether they see only each other; otherwise they lie on what is below the group.
    The other fields are as in `FileLayer`.
    """

    name: str
    children: tuple[Node, ...]
    opacity: float = 1.0
    visible: bool = True
    mode: str = NORMAL
    isolated: bool = True
    element: int | None = None
    hidden_by: str = ""


Node: TypeAlias = FileLayer | Group
Kind = TypeVar("Kind", FileLayer, Group)


@dataclass(frozen=True, kw_only=True)
class Document:
    """A canvas and what lies on it, topmost first. entries: further members of an OpenRaster file
    under `pullbrush/` (recipes and their attachments), decoded when asked for. source: the
    OpenRaster file that it was read from, None for other formats. pages, frames: how many pictures
    the file holds, of which this is the first. cmyk: whether its colors were converted from inks.
    merged: whether the file has layers of which only what they show together was read."""

    name: str
    size: Size
    nodes: tuple[Node, ...]
    entries: Mapping[str, Callable[[], bytes]] = field(
        default_factory=dict[str, Callable[[], bytes]]
    )
    metadata: Metadata = NOTHING
    source: Path | None = None
    pages: int = 1
    frames: int = 1
    cmyk: bool = False
    merged: bool = False

    @property
    def layers(self) -> tuple[FileLayer, ...]:
        """The layers of all groups, topmost first."""
        return tuple(_layers(self.nodes))

    @property
    def names(self) -> tuple[str, ...]:
        """The layers' names, topmost first."""
        return tuple(layer.name for layer in self.layers)

    def layer(self, name: str | None = None) -> FileLayer:
        """The layer of that name, or of that place (“group/layer”, “/layer” outside of all groups),
        or the only one.

        Raises FileError that lists the names.
        """
        if name is None:
            if len(self.layers) == 1:
                return self.layers[0]
            raise FileError(f"{self.name} has {len(self.layers)} layers; {self._choose()}")
        found = self.found(name)
        if not found:
            if group := next((group for group in self.groups(name)), None):
                raise FileError(self._is_group(name, group))
            raise FileError(f"{self.name} has no layer “{name}”; {self._choose()}")
        if len(found) > 1:
            raise FileError(self._ambiguous(name, found))
        return found[0]

    def found(self, name: str) -> list[FileLayer]:
        """The layers of that name, or else of that place."""
        return self._called(name, FileLayer)

    def groups(self, name: str) -> list[Group]:
        """The groups of that name, or else of that place."""
        return self._called(name, Group)

    def _called(self, name: str, kind: type[Kind]) -> list[Kind]:
        placed = [(node, above) for node, above in _walk(self.nodes) if isinstance(node, kind)]
        named = [node for node, _ in placed if node.name == name]
        return named or [node for node, above in placed if _place(above, node) == name]

    def groups_of(self, layer: FileLayer) -> tuple[Group, ...]:
        """The groups that a layer of this document lies in, outermost first."""
        return next((above for one, above in _walk(self.nodes) if one is layer), ())

    def changed(self, change: Callable[[Node], Iterable[Node]]) -> Document:
        """This document with every node replaced by what `change` makes of it (nothing, itself, or
        itself and others beside it). Groups are asked before their children."""
        return replace(self, nodes=_changed(self.nodes, change))

    def _choose(self) -> str:
        return "choose one of: " + _listed(self.names)

    def _is_group(self, name: str, group: Group) -> str:
        inside = _listed(self.names_of(_layers((group,))))
        within = f"name a layer in it ({inside})" if inside else "there is no layer in it"
        return f"“{name}” of {self.name} is a group; {within}, or take all that is visible with --merged"

    def names_of(self, layers: Iterable[FileLayer]) -> list[str]:
        """What each of the layers can be asked for by: its name, or its place where others have its name."""
        wanted = list(layers)
        placed = {id(node): _place(above, node) for node, above in _walk(self.nodes)}
        return [
            layer.name if self.names.count(layer.name) == 1 else placed[id(layer)]
            for layer in wanted
        ]

    def _ambiguous(self, name: str, found: list[FileLayer]) -> str:
        text = f"{self.name} has {len(found)} layers called “{name}”; rename all but one"
        places = [place for place in self.names_of(found) if len(self.found(place)) == 1]
        return f"{text}, or name one by its place: {_listed(places)}" if places else text


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _place(above: tuple[Group, ...], node: Node) -> str:
    """Where a node lies: “group/layer”, or “/layer” outside of all groups."""
    return "/".join([*(group.name for group in above), node.name] if above else ["", node.name])


def _walk(
    nodes: Iterable[Node], above: tuple[Group, ...] = ()
) -> Iterator[tuple[Node, tuple[Group, ...]]]:
    """Every node with the groups it lies in, outermost first; readers bound how deep that is."""
    for node in nodes:
        yield node, above
        if isinstance(node, Group):
            yield from _walk(node.children, (*above, node))


def _layers(nodes: Iterable[Node]) -> Iterator[FileLayer]:
    return (node for node, _ in _walk(nodes) if isinstance(node, FileLayer))


def _changed(nodes: Iterable[Node], change: Callable[[Node], Iterable[Node]]) -> tuple[Node, ...]:
    result: list[Node] = []
    for node in nodes:
        for made in change(node):
            if isinstance(made, Group):
                made = replace(made, children=_changed(made.children, change))
            result.append(made)
    return tuple(result)
