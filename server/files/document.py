# SPDX-License-Identifier: Apache-2.0
"""A file as the artist sees it: named layers and groups on a canvas.

A flat picture is a document with one layer. Layers decode when asked for, so opening a file with
many large layers costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

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


@dataclass(frozen=True, kw_only=True)
class Document:
    """A canvas and what lies on it, topmost first. entries: further members of an OpenRaster file
    under `pullbrush/` (recipes and their attachments), decoded when asked for. source: the
    OpenRaster file that it was read from, None for other formats."""

    name: str
    size: Size
    nodes: tuple[Node, ...]
    entries: Mapping[str, Callable[[], bytes]] = field(
        default_factory=dict[str, Callable[[], bytes]]
    )
    metadata: Metadata = NOTHING
    source: Path | None = None

    @property
    def layers(self) -> tuple[FileLayer, ...]:
        """The layers of all groups, topmost first."""
        return tuple(layer for layer, _ in _walk(self.nodes))

    @property
    def names(self) -> tuple[str, ...]:
        """The layers' names, topmost first."""
        return tuple(layer.name for layer in self.layers)

    def layer(self, name: str | None = None) -> FileLayer:
        """The layer of that name, or of that path “group/layer”, or the only one.

        Raises FileError that lists the names.
        """
        placed = list(_walk(self.nodes))
        if name is None:
            if len(placed) == 1:
                return placed[0][0]
            raise FileError(f"{self.name} has {len(placed)} layers; {self._choose()}")
        found = [layer for layer, _ in placed if layer.name == name]
        found = found or [layer for layer, path in placed if "/".join((*path, layer.name)) == name]
        if not found:
            raise FileError(f"{self.name} has no layer “{name}”; {self._choose()}")
        if len(found) > 1:
            raise FileError(
                f"{self.name} has {len(found)} layers called “{name}”; rename all but one, or give "
                "“group/layer” if they lie in groups of different names"
            )
        return found[0]

    def changed(self, change: Callable[[Node], Iterable[Node]]) -> Document:
        """This document with every node replaced by what `change` makes of it (nothing, itself, or
        itself and others beside it). Groups are asked before their children."""
        return replace(self, nodes=_changed(self.nodes, change))

    def _choose(self) -> str:
        return "choose one of: " + ", ".join(f"“{name}”" for name in self.names)


def _walk(
    nodes: Iterable[Node], path: tuple[str, ...] = ()
) -> Iterator[tuple[FileLayer, tuple[str, ...]]]:
    """Every layer with the names of its groups; readers bound how deep groups lie."""
    for node in nodes:
        if isinstance(node, FileLayer):
            yield node, path
        else:
            yield from _walk(node.children, (*path, node.name))


def _changed(nodes: Iterable[Node], change: Callable[[Node], Iterable[Node]]) -> tuple[Node, ...]:
    result: list[Node] = []
    for node in nodes:
        for made in change(node):
            if isinstance(made, Group):
                made = replace(made, children=_changed(made.children, change))
            result.append(made)
    return tuple(result)
