# SPDX-License-Identifier: Apache-2.0
"""What a result was made of: the layers that were seen together, so that an edit can go on from there.

A host keeps one line with each result: `over` or `whole` (a full copy, which shows what it was made of), then the keys
of the layers it was made of, from bottom to top. An older line with one key means the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from .host import Host, HostError, NewLayer
from .notes import Notes

LAYERS_MAX = 64
"""How many results on each other are followed; a document may be damaged."""


def line_of(layer: NewLayer) -> str:
    """The line to keep with a new layer."""
    return " ".join(("whole" if layer.whole else "over", *(layer.made_of or (layer.above,))))


def hidden_by(layers: Sequence[NewLayer]) -> list[str]:
    """Keys of the layers to hide when these are added."""
    instead = [new.above for new in layers if new.placement == "instead"]
    return list(dict.fromkeys([*instead, *(key for new in layers for key in new.hides)]))


def source_in(line: str) -> str:
    """Key of the topmost layer that a result was made of, "" without a line."""
    keys = line.split(" ")[1:]
    return keys[-1] if keys else ""


def made_of(notes: Notes | None, host: Host, key: str) -> tuple[str, ...]:
    """Layers that a result was made of and that are still there, from bottom to top; () for what is no result."""
    return tuple(one for one in _line(notes, key)[1:] if is_there(host, one))


def picture_on(notes: Notes | None, host: Host, key: str) -> tuple[str, ...]:
    """Layers that show together what is seen of a layer: itself, and below it what a result was made of."""
    line = _line(notes, key)
    below = () if not line or line[0] == "whole" else made_of(notes, host, key)
    return (*below, key)[-LAYERS_MAX:]


def covered_by(notes: Notes | None, key: str) -> str:
    """Key of the highest result that hides this layer by being a full copy of it, "" without one."""
    for one, _ in notes.layers() if notes is not None else ():
        line = _line(notes, one)
        if line and line[0] in ("whole", "instead") and key in line[1:]:
            return one
    return ""


def is_there(host: Host, key: str) -> bool:
    """Whether a layer is still in the document."""
    try:
        return any(one is not None for one in host.read_layers(None, [key]))
    except HostError:
        return False


def _line(notes: Notes | None, key: str) -> Sequence[str]:
    if notes is None:
        return ()
    told = getattr(notes, "lineage_of", None)
    if callable(told):
        return [word for word in str(told(key)).split(" ") if word]
    below = notes.source_of(key)
    return ("over", below) if below else ()
