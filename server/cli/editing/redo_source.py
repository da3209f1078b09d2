# SPDX-License-Identifier: Apache-2.0
"""Which layer of a file a result was made from, also where others have its name."""

from __future__ import annotations

from collections.abc import Container, Iterable

from protocol.recipe_parts import Source
from server.cli.problem import Problem
from server.engine.canvas import source_hash
from server.engine.canvas.rects import intersect, of_size
from server.engine.canvas.view import cut
from server.files import Document, FileError, FileLayer, Group, Node


def source_of(document: Document, made_from: Source, *, results: Container[str]) -> FileLayer:
    """The layer that the results of these names were made from. Raises Problem where nothing tells.

    Of several with its name, those with the pixels that the recipe remembers; of these the nearest below the result.
    """
    layers = [layer for layer in document.layers if layer.name not in results]
    named = [layer for layer in layers if layer.name == made_from.layer]
    if not named:
        if len(layers) == 1:
            return layers[0]
        listed = ", ".join(f"“{layer.name}”" for layer in layers)
        text = f"The layer “{made_from.layer}” this was made from is gone; there are {listed}."
        raise Problem(text)
    if len(named) > 1:
        named = [layer for layer in named if _is_unchanged(layer, made_from)] or named
    if len(named) > 1:
        below = _below(document.nodes, results)
        named = [layer for layer in below if any(layer is one for one in named)][:1] or named
    if len(named) > 1:
        raise Problem(
            f"{document.name} has {len(named)} layers called “{made_from.layer}”, and nothing tells which of them this "
            "was made from. Rename the others, or put the result right above it."
        )
    return named[0]


def _is_unchanged(layer: FileLayer, made_from: Source) -> bool:
    """Whether a layer shows what the recipe's digest was taken of."""
    if not made_from.sha256:
        return False
    try:
        picture = layer.load()
        part = cut(picture, intersect(made_from.crop, of_size(picture.document)))
    except (FileError, ValueError):  # no pixels, or none there
        return False
    return source_hash(part) == made_from.sha256


def _below(nodes: Iterable[Node], results: Container[str]) -> list[FileLayer]:
    """The layers below the topmost of the results, in its own group."""
    nodes = list(nodes)
    for at, node in enumerate(nodes):
        if isinstance(node, FileLayer) and node.name in results:
            return [one for one in nodes[at + 1 :] if isinstance(one, FileLayer)]
        found = _below(node.children, results) if isinstance(node, Group) else []
        if found:
            return found
    return []
