# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as nodes of Krita's, put together beside the document in small bites.

A node whose pixels are set before it is added makes one step of undo; what is set afterwards would make more.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

from .formats import Space
from .protocol.plugin.host import HostError, NewLayer
from .protocol.sentences import say
from .writing import out_in_bites

Find = Callable[[str], Any]
Making = Generator[None, None, Any]


def make_layer(new: NewLayer, document: Any, like: Any, find: Find) -> Making:
    """Return a node for `document` with a result's pixels, in the color space of `like` or of what it is a copy of."""
    source = find(new.copy_of) if new.copy_of else None
    space = Space.of(source if source is not None else like)
    if source is None:
        node = empty_layer(document, new.name, space)
        node.setOpacity(round(255 * new.opacity))
    else:
        node = copied(source, document, space)
        node.setName(new.name)
    try:
        for pixels in (*new.patches, new.pixels):
            yield from out_in_bites(node.setPixelData, space, pixels)
    except ValueError as problem:
        raise HostError(say("result.unfit")) from problem
    return node


def make_group(layers: Sequence[NewLayer], name: str, other: Any, like: Any, find: Find) -> Making:
    """Return a group of results; `other` is a document beside, in which adding them makes no steps of undo here."""
    group = other.createGroupLayer(name)
    other.rootNode().addChildNode(group, None)
    for layer in layers:
        group.addChildNode((yield from make_layer(layer, other, like, find)), None)
    return group.duplicate()


def copied(source: Any, document: Any, space: Space) -> Any:
    """A shown copy of a node, with opacity, blending mode and masks; what has no pixels of its own, as it is seen."""
    if source.type() == "paintlayer":
        node = source.duplicate()
        node.setVisible(True)
        return node
    node = empty_layer(document, source.name(), space)
    box = source.bounds()
    if not box.isEmpty():
        place = (box.x(), box.y(), box.width(), box.height())
        node.setPixelData(source.projectionPixelData(*place), *place)
    node.setOpacity(source.opacity())
    if source.blendingMode() != node.blendingMode():
        node.setBlendingMode(source.blendingMode())
    return node


def empty_layer(document: Any, name: str, space: Space) -> Any:
    """A paint layer that is nowhere yet."""
    node = document.createNode(name, "paintlayer")
    if Space.of(node) != space:
        node.setColorSpace(space.model, space.depth, space.profile)
    return node
