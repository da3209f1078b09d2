# SPDX-License-Identifier: Apache-2.0
"""A change of the picture as the layer that an edit returns. No torch."""

from __future__ import annotations

from protocol.edits import Edit
from server.engine.api import Layer
from server.engine.canvas import Change, instead_layer, needs_instead, over_layer


def title_of(edit: Edit) -> str:
    """What the result layer is called before a recipe's id is added."""
    return f"[Pullbrush] {edit.KIND} ({edit.seed})"


def layer_of(change: Change, name: str, *, instead: bool) -> Layer:
    """A change as a layer: over the source, or instead of it when asked for or when something becomes transparent."""
    if instead or needs_instead(change):
        return Layer(picture=instead_layer(change), name=name, placement="instead")
    return Layer(picture=over_layer(change), name=name, placement="over")
