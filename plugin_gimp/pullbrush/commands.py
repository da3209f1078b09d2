# SPDX-License-Identifier: GPL-3.0-or-later
"""What the procedures do: an edit, the same edit again, the last one once more, the panel, diagnostics."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import VERSION
from .arguments import params_of, values_of
from .carrying_out import Wish, Worker
from .entries import Entry
from .gimp import Gimp, show_progress
from .host import GimpHost, program
from .language import strings
from .protocol.client import Client
from .protocol.edits import EDITS, EditModel, ParamError
from .protocol.line import Line
from .protocol.plugin.again import again
from .protocol.plugin.binding import find
from .protocol.plugin.guard import problems
from .protocol.plugin.host import HostError, HostLayer
from .protocol.plugin.lineage import made_of, picture_on
from .protocol.plugin.notes import read_history
from .protocol.plugin.ora_file import recipes_beside
from .protocol.plugin.work import SessionError
from .protocol.recipe import Bundle, RecipeError
from .protocol.store import Store, default_folder

FOLDER = Path(__file__).resolve().parent
ANSWER_S = 1.2


class Failed(Exception):
    """It did not work; the message is for the artist."""


class Cancelled(Exception):
    """The artist stopped it."""


def run(
    entry: Entry, values: Mapping[str, Any], image: Any, drawables: Sequence[Any], *, alone: bool
) -> list[Any]:
    """Do what an entry says and return its results; `alone`: the artist is there and no values were given.

    Raises ParamError, Failed or Cancelled.
    """
    if entry.name == "pullbrush-diagnostics":
        return [_diagnostics(image, alone=alone)]
    if alone and entry.name != "pullbrush-repeat-last":
        from .panel import run_panel  # the only place where windows are needed

        run_panel(image, entry.name, kind=entry.edit, again=entry.name == "pullbrush-edit-again")
        return [None, ""] if entry.returns else []
    if entry.name == "pullbrush-panel":
        raise Failed("The panel needs a screen; each edit is a procedure of its own.")
    try:
        return _layers(entry, values, GimpHost(image, lambda *_: None, _tell), drawables)
    except SessionError as problem:
        if problem.code == "cancelled":
            raise Cancelled from None
        raise Failed(strings().error(problem.code, problem.message)) from None
    except (HostError, RecipeError) as problem:
        raise Failed(str(problem)) from None


def last_values(entry: Entry, image: Any) -> dict[str, object]:
    """The values with which this edit was done last in this image, from the panel or by a procedure."""
    if not entry.edit or image is None or not image.is_valid():
        return {}
    history, _ = read_history(GimpHost(image, lambda *_: None, _tell))
    for one in reversed(history.entries):
        recipe = one.bundle.recipe
        if recipe.edit == entry.edit:
            model = EditModel.of(EDITS[entry.edit])
            return values_of(model, {**recipe.params, "seed": recipe.seed})
    return {}


def make_line(ring: Any = lambda: None) -> Line:
    """The line to the engine, which is started by what `pullbrush install gimp` wrote beside this folder."""
    app, _, version = program().partition(" ")

    def make() -> Client:
        return Client(app.lower(), app_version=version, plugin_version=VERSION, pid=os.getpid())

    return Line(make, (FOLDER.parent,), ring)


def _layers(
    entry: Entry, values: Mapping[str, Any], host: GimpHost, drawables: Sequence[Any]
) -> list[Any]:
    line, store = make_line(), Store(default_folder())
    host.drop_stale_previews()
    Gimp.progress_init(entry.label.rstrip("…"))
    line.start()
    try:
        worker = Worker(line, store, strings(), show_progress)
        worker.wait_for_engine()
        wish = _wish(entry, values, host, _chosen(host, drawables), line, store)
        keys, outcome = worker.carry_out(wish, host, host)
    finally:
        line.end()
        Gimp.progress_end()
    return [host.layer(keys[-1]), outcome.bundle.recipe.id]


def _wish(
    entry: Entry,
    values: Mapping[str, Any],
    host: GimpHost,
    layer: HostLayer,
    line: Line,
    store: Store,
) -> Wish:
    if entry.edit:
        model = line.engine.edits.get(entry.edit)
        if model is None:
            raise ParamError("edit", f"{entry.edit} is not known to this engine; update it")
        params = params_of(model, values, host.paths())
        under = picture_on(host, host, layer.key)[:-1]
        return Wish(kind=entry.edit, params=params, source=layer.key, under=under)
    settings = _settings(values.get("settings"))
    if entry.name == "pullbrush-repeat-last":
        return _from(_last(store), host, layer, line.engine.edits, settings, repeat=True)
    bundle = find(layer, in_file=recipes_beside(host.file()), store=store)
    if bundle is None:
        raise HostError(strings().text("note.no_recipe"))
    below = made_of(host, host, layer.key)
    source = _layer(host, below[-1]) if below else layer
    wish = _from(bundle, host, source, line.engine.edits, settings, repeat=False)
    return replace(wish, replaces=layer.key)


def _from(
    bundle: Bundle,
    host: GimpHost,
    layer: HostLayer,
    edits: Mapping[str, EditModel],
    settings: Mapping[str, object],
    *,
    repeat: bool,
) -> Wish:
    taken = again(bundle, edits, layer, host.extent_and_profile())
    mask = None if repeat and host.read_selection(None) is not None else taken.mask
    return Wish(
        kind=taken.kind,
        params={**taken.params, **settings},
        source=layer.key,
        under=picture_on(host, host, layer.key)[:-1],
        mask=mask,
        crop=None if repeat else taken.crop,
    )


def _last(store: Store) -> Bundle:
    """The recipe that was used last on this machine."""
    for recipe_id in store.ids():
        bundle = store.get(recipe_id)
        if bundle is not None:
            return bundle
    raise HostError("Nothing was done yet that could be repeated.")


def _settings(text: Any) -> dict[str, object]:
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ParamError("settings", 'must be JSON such as {"seed": 3}')
    return found


def _chosen(host: GimpHost, drawables: Sequence[Any]) -> HostLayer:
    """The layer the procedure was called for."""
    if len(drawables) > 1:
        raise HostError("Several layers are chosen. Choose the one layer to work on.")
    if not drawables or not isinstance(drawables[0], Gimp.Layer):
        return _layer(host, "")
    return _layer(host, str(drawables[0].get_tattoo()))


def _layer(host: GimpHost, key: str) -> HostLayer:
    (layer,) = [one for one in host.read_layers(None, [key]) if one is not None]
    return layer


def _diagnostics(image: Any, *, alone: bool) -> str:
    """All that helps to find a fault, without pictures, prompts or paths of the artist's."""
    line = make_line()
    line.start()
    try:
        Worker(line, None, strings(), show_progress).wait_for_engine()
    except SessionError:
        pass  # the state says it
    state, engine = line.state, line.engine
    lines = [
        f"Pullbrush {VERSION} in {program()}",
        f"Python {platform.python_version()}, {platform.platform()}",
        f"engine: {state.kind} {state.sentence}".rstrip(),
        f"models: {', '.join(sorted(engine.models)) or 'none'}",
    ]
    line.end()
    if image is not None and image.is_valid():
        extent = GimpHost(image, lambda *_: None, _tell).extent_and_profile()
        lines.append(f"document: {extent.width} × {extent.height}, {extent.profile}")
    text = "\n".join([*lines, *problems])
    if alone:
        Gimp.message(text)
    return text


def _tell(level: str, text: str) -> None:
    """Errors are told by the procedure's return value."""
    if level != "error":
        Gimp.message(text)
