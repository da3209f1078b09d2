# SPDX-License-Identifier: Apache-2.0
"""*Save as OpenRaster with recipes*: programs' own exporters drop what they do not know; it is added after them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from ...ora_recipes import add_recipes, read_recipes
from ...recipe import Bundle, RecipeError
from ...sentences import say
from ...store import Store
from ..binding import bundles_for
from ..host import Host, HostError, layers_of
from ..notes import Notes
from .document_controller import DocumentController


class Exporter(Host, Notes, Protocol):
    """A host that can have its program write the document to a file."""

    def export(self, place: Path) -> bool:
        """Have the program write the document, without asking anything; False when it could not."""
        ...


def save_with_recipes(
    place: Path, host: Exporter, desk: DocumentController, store: Store | None
) -> int:
    """Export to `place` and add the recipes of its layers; returns how many. Raises HostError."""
    if not host.export(place):
        raise HostError(say("file.unwritten", file=place.name))
    keys = [key for key, _ in host.layers()]
    layers = layers_of(host, keys)
    known = {**desk.in_file, **{entry.id: entry.bundle for entry in desk.results.history.entries}}
    bundles = bundles_for(layers, in_file=known, store=store)
    try:
        add_recipes(place, bundles)
    except (RecipeError, OSError) as problem:
        raise HostError(say("file.no_recipes", file=place.name, reason=str(problem))) from None
    return len(bundles)


def recipes_beside(file: str) -> Mapping[str, Bundle]:
    """The recipes in the OpenRaster file a document came from, nothing for other files."""
    if not file.lower().endswith(".ora"):
        return {}
    try:
        return read_recipes(file)[0]
    except (RecipeError, OSError):
        return {}
