# SPDX-License-Identifier: Apache-2.0
"""What there is to pick from in a row that points at something: models, layers, the selection, colors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .panel import Row
from .snapshot import SELECTION
from .strings import Strings

NEW_COLOR = "#a0c4ff"
SHORT = 20
"""Letters up to which a name is short as it is."""


class Sources(Protocol):
    """Where rows find what there is to pick from."""

    def suggestions(self, name: str) -> list[tuple[str, str]]:
        """(value, label) of a list of the engine, of models those that the chosen edit can use; none it has not."""
        ...

    def layers(self) -> list[tuple[str, str]]:
        """(key, name) of the document's layers, from top to bottom."""
        ...


def entries_of(row: Row, sources: Sources, strings: Strings) -> list[tuple[str, str]]:
    """(value, text) to pick from; what is chosen but not there any more stays in the list."""
    value, gone = str(row.value or ""), ""
    if row.widget == "layers":
        nothing = strings.text("panel.choose_layer" if row.needed else "panel.none")
        entries, gone = [("", nothing), *sources.layers()], strings.text("panel.layer_gone")
        if row.selection:
            entries.insert(1, (SELECTION, strings.text("panel.selection")))
    else:
        entries = sources.suggestions(row.suggest)
    if value not in [one for one, _ in entries]:
        entries = [*entries, (value, gone or value or strings.text("panel.none"))]
    return entries


def short_names(entries: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Models with names that fit: without what explains them, where they are told apart all the same."""
    heads = [text.split(": ")[0].split(" (")[0].strip() for _, text in entries]
    return [
        (value, head if len(text) > SHORT and head and heads.count(head) == 1 else text)
        for (value, text), head in zip(entries, heads, strict=True)
    ]


def colors_of(row: Row) -> list[str]:
    """The colors of a palette's row."""
    return [str(color) for color in row.value or ()]


def recolored(colors: Sequence[str], at: int, color: str) -> list[str]:
    """With another color at one place."""
    return [*colors[:at], color, *colors[at + 1 :]]


def without(colors: Sequence[str], at: int) -> list[str]:
    """With one color taken out."""
    return [color for i, color in enumerate(colors) if i != at]
