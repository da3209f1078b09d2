# SPDX-License-Identifier: GPL-3.0-or-later
"""What the procedures do: an edit, the same edit again, the last one once more, the panel, diagnostics."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .arguments import params_of, values_of, with_layers
from .carrying_out import Wish, Worker
from .document import GimpHost
from .engine_link import make_line
from .entries import Asked, Entry
from .host import Image
from .language import strings
from .plugin import begin_progress, end_progress, message, program, show_progress
from .protocol.edits import EDITS, EditModel, ParamError
from .protocol.line import Line
from .protocol.plugin.binding import find
from .protocol.plugin.document.ora_export import recipes_beside
from .protocol.plugin.document.recipe_restore import Again, again
from .protocol.plugin.guard import problems
from .protocol.plugin.host import HostError, HostLayer, layers_of
from .protocol.plugin.lineage import made_of, picture_on
from .protocol.plugin.notes import read_history
from .protocol.plugin.session.progress import SessionError
from .protocol.recipe import Bundle, RecipeError
from .protocol.sentences import say, told
from .protocol.store import Store, default_folder
from .version import VERSION


class Failed(Exception):
    """It did not work; the message is for the artist."""


class Cancelled(Exception):
    """The artist stopped it."""


def run(
    entry: Entry,
    values: Mapping[str, Any],
    image: Image | None,
    keys: Sequence[str],
    *,
    asked: Asked,
) -> list[Any]:
    """Do what an entry says for the layers of these keys, and return its results.

    Raises ParamError, Failed or Cancelled. What an artist repeats and what lacks something opens the panel, which says
    what is lacking.
    """
    if entry.name == "pullbrush-diagnostics":
        return [_diagnostics(image, alone=asked != "script")]
    repeats = asked == "artist_again" and bool(entry.edit)
    if asked != "script" and not repeats and entry.name != "pullbrush-repeat-last":
        return _panel(entry, image)
    if entry.name == "pullbrush-panel":
        raise Failed(strings().said(say("script.no_screen")))
    try:
        return _without_panel(entry, values, image, keys)
    except (ParamError, Failed):
        if repeats:
            return _panel(entry, image)
        raise


def _panel(entry: Entry, image: Image | None) -> list[Any]:
    from .panel import run_panel  # the only place where windows are needed

    run_panel(image, entry.name, kind=entry.edit, again=entry.name == "pullbrush-edit-again")
    return [None, ""] if entry.returns else []


def _without_panel(
    entry: Entry, values: Mapping[str, Any], image: Image | None, keys: Sequence[str]
) -> list[Any]:
    if image is None:
        raise Failed(strings().said(say("image.none")))
    try:
        return _layers(entry, values, _host(image), keys)
    except SessionError as problem:
        if problem.code == "cancelled":
            raise Cancelled from None
        raise Failed(strings().error(problem.code, problem.message)) from None
    except (HostError, RecipeError) as problem:
        raise Failed(strings().said(told(problem))) from None


def last_values(entry: Entry, image: Image | None) -> dict[str, object]:
    """The values with which this edit was done last in this image, from the panel or by a procedure."""
    if not entry.edit or image is None or not image.is_open:
        return {}
    history, _ = read_history(_host(image))
    for one in reversed(history.entries):
        recipe = one.bundle.recipe
        if recipe.edit == entry.edit:
            model = EditModel.of(EDITS[entry.edit])
            return values_of(model, recipe.params_for(model))
    return {}


def _layers(
    entry: Entry, values: Mapping[str, Any], host: GimpHost, keys: Sequence[str]
) -> list[Any]:
    line, store = (
        make_line(),
        Store(default_folder()),
    )  # this program ends with the call: it may wait
    begin_progress(entry.label.rstrip("…"))
    line.start()
    try:
        worker = Worker(line, store, strings(), show_progress)
        worker.wait_for_engine()
        wish = _wish(entry, values, host, _chosen(host, keys), line, store)
        keys, outcome = worker.carry_out(wish, host, host)
    finally:
        line.end()
        end_progress()
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
            raise ParamError("edit", say("kind.newer", edit=f"edit.{entry.edit}"))
        params = params_of(model, values, host.paths(), host.called())
        under = picture_on(host, host, layer.key)[:-1]
        return Wish(taken=Again(kind=entry.edit, params=params), source=layer.key, under=under)
    settings = _settings(values.get("settings"))
    if entry.name == "pullbrush-repeat-last":
        return _from(_last(store), host, layer, line.engine.edits, settings, repeat=True)
    bundle = find(layer, in_file=recipes_beside(host.file()), store=store)
    if bundle is None:
        raise HostError(strings().text("note.no_recipe"))
    below = made_of(host, host, layer.key, bundle.recipe.source.layer)
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
    taken = again(bundle, edits, layer, host.extent_and_profile(), layers=host.layers())
    named = with_layers(edits[taken.kind], settings, host.called())
    taken = replace(taken, params={**taken.params, **named})
    if repeat:  # on what is there now, with what is selected now
        mask = None if host.read_selection(None) is not None else taken.mask
        taken = replace(taken, mask=mask, crop=None, film=None)
    under = picture_on(host, host, layer.key)[:-1]
    return Wish(taken=taken, source=layer.key, under=under)


def _last(store: Store) -> Bundle:
    """The recipe that was used last on this machine."""
    for recipe_id in store.ids():
        bundle = store.get(recipe_id)
        if bundle is not None:
            return bundle
    raise HostError(say("script.nothing"))


def _settings(text: Any) -> dict[str, object]:
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ParamError("settings", say("script.settings"))
    return found


def _chosen(host: GimpHost, keys: Sequence[str]) -> HostLayer:
    """The layer the procedure was called for."""
    if len(keys) > 1:
        raise HostError(say("layer.several"))
    return _layer(host, keys[0] if keys else "")


def _layer(host: GimpHost, key: str) -> HostLayer:
    (layer,) = layers_of(host, [key])
    return layer


def _diagnostics(image: Image | None, *, alone: bool) -> str:
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
    if image is not None and image.is_open:
        extent = _host(image).extent_and_profile()
        lines.append(f"document: {extent.width} × {extent.height}, {extent.profile}")
    text = "\n".join([*lines, *problems])
    if alone:
        message(text)
    return text


def _host(image: Image) -> GimpHost:
    return GimpHost(image, lambda *_: None, _tell)


def _tell(level: str, text: str) -> None:
    """Errors are told by the procedure's return value."""
    if level != "error":
        message(text)
