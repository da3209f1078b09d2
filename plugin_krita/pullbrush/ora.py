# SPDX-License-Identifier: GPL-3.0-or-later
"""*Save as OpenRaster with recipes*: Krita's own exporter drops what it does not know, so they are added after it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .protocol.ora_recipes import add_recipes, read_recipes
from .protocol.plugin.binding import bundles_for
from .protocol.plugin.desk import Desk
from .protocol.plugin.host import HostError
from .protocol.recipe import Bundle, RecipeError
from .protocol.store import Store
from .qt import QtWidgets


def ask_place(main: Any, title: str) -> Path | None:
    """Let the artist choose a file; None when none was chosen."""
    chosen = QtWidgets.QFileDialog.getSaveFileName(main, title, "", "OpenRaster (*.ora)")[0]
    return Path(chosen).with_suffix(".ora") if chosen else None


def save_with_recipes(place: Path, host: Any, desk: Desk, store: Store | None) -> int:
    """Export to `place` and add the recipes of its layers; returns how many. Raises HostError."""
    if not host.export(place):
        raise HostError(
            f"Krita could not write {place.name}. Is there room, and may you write there?"
        )
    keys = [key for key, _ in host.layers()]
    layers = [layer for layer in host.read_layers(None, keys) if layer is not None]
    known = {**desk.in_file, **{entry.id: entry.bundle for entry in desk.history.entries}}
    bundles = bundles_for(layers, in_file=known, store=store)
    try:
        add_recipes(place, bundles)
    except (RecipeError, OSError) as problem:
        raise HostError(f"{place.name} was written, but without its recipes: {problem}") from None
    return len(bundles)


def recipes_beside(file: str) -> Mapping[str, Bundle]:
    """The recipes in the OpenRaster file a document came from, nothing for other files."""
    if not file.lower().endswith(".ora"):
        return {}
    try:
        return read_recipes(file)[0]
    except (RecipeError, OSError):
        return {}
