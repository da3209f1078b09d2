# SPDX-License-Identifier: Apache-2.0
"""A file as the artist sees it: named layers on a canvas.

A flat picture is a document with one layer. Layers decode when asked for, so opening a file with
many large layers costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from server.engine.api import Picture, Size
from server.files.errors import FileError


@dataclass(frozen=True, kw_only=True)
class FileLayer:
    """One layer: `load` decodes its picture; `png` gives its PNG bytes where the file has them.

    offset: (x, y) of its first pixel, which may lie outside the canvas. mode: the OpenRaster
    composite operator.
    """

    name: str
    load: Callable[[], Picture]
    offset: tuple[int, int] = (0, 0)
    opacity: float = 1.0
    visible: bool = True
    mode: str = "svg:src-over"
    png: Callable[[], bytes] | None = None


@dataclass(frozen=True, kw_only=True)
class Document:
    """A canvas and its layers, topmost first. entries: further members of an OpenRaster file
    under `pullbrush/` (recipes and their attachments), decoded when asked for."""

    name: str
    size: Size
    layers: tuple[FileLayer, ...]
    entries: Mapping[str, Callable[[], bytes]] = field(
        default_factory=dict[str, Callable[[], bytes]]
    )

    @property
    def names(self) -> tuple[str, ...]:
        """The layers' names, topmost first."""
        return tuple(layer.name for layer in self.layers)

    def layer(self, name: str | None = None) -> FileLayer:
        """The layer of that name, or the only one. Raises FileError that lists the names."""
        if name is None:
            if len(self.layers) == 1:
                return self.layers[0]
            raise FileError(f"{self.name} has {len(self.layers)} layers; {self._choose()}")
        found = [layer for layer in self.layers if layer.name == name]
        if not found:
            raise FileError(f"{self.name} has no layer “{name}”; {self._choose()}")
        if len(found) > 1:
            raise FileError(
                f"{self.name} has {len(found)} layers called “{name}”; rename all but one"
            )
        return found[0]

    def _choose(self) -> str:
        return "choose one of: " + ", ".join(f"“{name}”" for name in self.names)
