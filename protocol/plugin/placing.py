# SPDX-License-Identifier: Apache-2.0
"""A host that puts a new result where an older one of the same edit was.

A result edited again takes the older one's place: it lies right above it, and hides it in the same step, so that
one undo brings the older one back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .host import (
    Extent,
    Host,
    HostLayer,
    Level,
    NewLayer,
    Pixels,
    Preparing,
    Rect,
    Selection,
    draws_handles,
    is_there,
    revision_of,
)
from .lineage import hidden_by


class Placing:
    """Passes everything on to a host. `replaces` is the key of the layer that the next result takes the place of."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.written: list[str] = []
        self._older: list[str] = []

    @property
    def replaces(self) -> str:
        """The newest of the results in this place that is in the document: undo may have taken one away."""
        return next((one for one in reversed(self._older) if is_there(self.host, one)), "")

    @replaces.setter
    def replaces(self, key: str) -> None:
        self._older = [key] if key else []

    def revision(self) -> object:
        return revision_of(self.host)

    @property
    def draws_handles(self) -> bool:
        return draws_handles(self.host)

    def document_key(self) -> str | None:
        return self.host.document_key()

    def extent_and_profile(self) -> Extent:
        return self.host.extent_and_profile()

    def read_layers(self, rect: Rect | None, keys: Sequence[str]) -> Iterator[HostLayer | None]:
        return self.host.read_layers(rect, keys)

    def read_selection(self, rect: Rect | None) -> Selection | None:
        return self.host.read_selection(rect)

    def write_layers(
        self, layers: Sequence[NewLayer], group: str | None, undo_name: str
    ) -> list[str]:
        self.written = self.host.write_layers(self._placed(layers), group, undo_name)
        if self._older:
            self._older += self.written[-1:]
        return self.written

    def prepare_layers(self, layers: Sequence[NewLayer], group: str | None) -> Iterator[None]:
        if isinstance(self.host, Preparing):
            return self.host.prepare_layers(self._placed(layers), group)
        return iter(())

    def _placed(self, layers: Sequence[NewLayer]) -> Sequence[NewLayer]:
        older = self.replaces
        if not older:
            return layers
        return [replace(one, above=older, hides=(*hidden_by([one]), older)) for one in layers]

    def show_preview(self, rgba: Pixels | None, rect: Rect) -> None:
        self.host.show_preview(rgba, rect)

    def message(self, level: Level, text: str) -> None:
        self.host.message(level, text)
