# SPDX-License-Identifier: Apache-2.0
"""What a host keeps with a document besides its layers, and what this project keeps there."""

from __future__ import annotations

from typing import Protocol

from .history import History
from .host import Host, is_there

HISTORY = "pullbrush/history"
ABOUT = "Pullbrush: how the results of this picture were made"
GENERATIONS_MAX = 64
"""How often a result can be edited again and still be followed back; a document may be damaged."""


class Notes(Protocol):
    """Named bytes that are saved with the document, and where results came from."""

    def read_note(self, key: str) -> bytes | None:
        """Return what was kept under this name, or None."""
        ...

    def write_note(self, key: str, about: str, data: bytes) -> None:
        """Keep bytes with the document; `about` says in a few words what they are."""
        ...

    def source_of(self, layer: str) -> str:
        """Return the key of the topmost layer this result was made of, "" when that is not known."""
        ...

    def layers(self) -> list[tuple[str, str]]:
        """Return (key, name) of the layers that can be edited, from top to bottom."""
        ...


def listed(notes: Notes | None) -> list[tuple[str, str]]:
    """(key, name) of the layers that can be edited, from top to bottom; none where a host keeps no notes."""
    return notes.layers() if notes is not None else []


def read_history(notes: Notes | None) -> tuple[History, str]:
    """Return the document's history, and a sentence when a part of it could not be read."""
    data = notes.read_note(HISTORY) if notes is not None else None
    if not data:
        return History(), ""
    history, problems = History.from_bytes(data)
    return history, problems[0] if problems else ""


def write_history(notes: Notes, history: History) -> None:
    """Keep the history with the document."""
    notes.write_note(HISTORY, ABOUT, history.to_bytes())


def origin(notes: Notes, host: Host, layer: str) -> str:
    """Follow a result back to the layer that the artist painted, as far as the layers are still there."""
    for _ in range(GENERATIONS_MAX):
        below = notes.source_of(layer)
        if not below or below == layer or not is_there(host, below):
            break
        layer = below
    return layer
