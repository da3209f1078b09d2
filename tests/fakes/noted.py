# SPDX-License-Identifier: Apache-2.0
"""The paint program of bytes with what real ones keep besides layers: notes, where results came from, arrows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from fakes.host import FakeHost, open_host

from protocol.plugin.host import HostLayer, Level, NewLayer, Pixels, Rect
from protocol.plugin.lineage import line_of, source_in


@dataclass
class NotedHost(FakeHost):
    """A FakeHost that fulfils `notes.Notes` and `drag_layer.Easel`."""

    notes: dict[str, bytes] = field(default_factory=dict)
    above: dict[str, str] = field(default_factory=dict)
    svg: str | None = None
    name: str = "one.kra"
    show: Callable[[Pixels | None, Rect], None] | None = None
    tell: Callable[[Level, str], None] | None = None

    @classmethod
    def opened(cls, width: int = 32, height: int = 24, name: str = "one.kra") -> NotedHost:
        """Open a document with one layer."""
        plain = open_host(width, height)
        return cls(width=width, height=height, state=plain.state, name=name)

    def document_name(self) -> str:
        return self.name

    def file(self) -> str:
        return ""

    def look(self) -> None:
        pass

    def read_note(self, key: str) -> bytes | None:
        return self.notes.get(key)

    def write_note(self, key: str, about: str, data: bytes) -> None:
        assert about
        self.notes[key] = data

    def source_of(self, layer: str) -> str:
        return source_in(self.lineage_of(layer))

    def lineage_of(self, layer: str) -> str:
        return self.above.get(layer, "")

    def layers(self) -> list[tuple[str, str]]:
        return [(sheet.key, sheet.name) for sheet in reversed(self.state.sheets)]

    def active(self) -> str:
        return self.state.active

    def visible_keys(self) -> list[str]:
        return [sheet.key for sheet in self.state.sheets if sheet.visible]

    def activate(self, key: str) -> None:
        self.state = replace(self.state, active=key)

    def write_layers(
        self, layers: Sequence[NewLayer], group: str | None, undo_name: str
    ) -> list[str]:
        keys = super().write_layers(layers, group, undo_name)
        self.above |= {key: line_of(new) for key, new in zip(keys, layers, strict=True)}
        return keys

    def show_preview(self, rgba: Pixels | None, rect: Rect) -> None:
        super().show_preview(rgba, rect)
        if self.show is not None:
            self.show(rgba, rect)

    def message(self, level: Level, text: str) -> None:
        super().message(level, text)
        if self.tell is not None:
            self.tell(level, text)

    def drag_layer_svg(self) -> str | None:
        return self.svg

    def write_drag_layer(self, svg: str) -> None:
        self.svg = svg


__all__ = ["HostLayer", "NotedHost"]
