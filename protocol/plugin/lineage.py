# SPDX-License-Identifier: Apache-2.0
"""What a result was made of: the layers that were seen together, so that an edit can go on from there.

A host keeps one line with each result: `over` or `whole` (a full copy, which shows what it was made of), then the keys
of the layers it was made of, from bottom to top. An older line with one key means the same. Files of other kinds than
the program's own lose that line; there it is guessed from what they keep, names, order and what is hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..recipe_parts import short_id_of
from .host import Host, NewLayer, find_layer, is_there
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


def made_of(notes: Notes | None, host: Host, key: str, named: str = "") -> tuple[str, ...]:
    """Layers that a result was made of and that are still there, from bottom to top; () for what is no result.

    `named` is what its recipe calls the topmost of them, for files that did not keep the line.
    """
    line = _line(notes, key) or _guess(notes, host, key, named)
    return tuple(one for one in line[1:] if is_there(host, one))


def picture_on(notes: Notes | None, host: Host, key: str) -> tuple[str, ...]:
    """Layers that show together what is seen of a layer: itself, and below it what a result was made of."""
    line = _line(notes, key) or _guess(notes, host, key)
    below = () if line[:1] == ["whole"] else tuple(one for one in line[1:] if is_there(host, one))
    return (*below, key)[-LAYERS_MAX:]


def covered_by(notes: Notes | None, key: str) -> str:
    """Key of the highest result that hides this layer by being a full copy of it, "" without one."""
    for one, _ in notes.layers() if notes is not None else ():
        line = _line(notes, one)
        if line and line[0] in ("whole", "instead") and key in line[1:]:
            return one
    return ""


def topmost(key: str, siblings: Sequence[str], source_of: Callable[[str], str]) -> str:
    """The last of the results that lie on a layer already, among `siblings` from bottom to top, or the layer itself.

    A new result is seen above that.
    """
    family = {key}
    for one in siblings[siblings.index(key) + 1 :]:
        if source_of(one) not in family:
            break
        family.add(one)
        key = one
    return key


def _guess(notes: Notes | None, host: Host, key: str, named: str = "") -> list[str]:
    """The line of a result that lost it, [] for what is no result.

    A result lies on its source, which is hidden if the result is a whole copy. What is hidden between them is an
    older result in whose place this one came.
    """
    listed = notes.layers() if notes is not None else []
    result = [at for at, (one, name) in enumerate(listed) if one == key and short_id_of(name)]
    below = listed[result[0] + 1 :] if result else []
    found = next((one for one, name in below if named and name == named), "")
    for one, _ in below if not found else ():
        layer = find_layer(host, one)
        if layer is not None and layer.visible:
            found = one
            break
    source = find_layer(host, found) if found else None
    return ["over" if source.visible else "whole", found] if source is not None else []


def _line(notes: Notes | None, key: str) -> list[str]:
    if notes is None:
        return []
    told = getattr(notes, "lineage_of", None)
    if callable(told):
        return [word for word in str(told(key)).split(" ") if word]
    below = notes.source_of(key)
    return ["over", below] if below else []
