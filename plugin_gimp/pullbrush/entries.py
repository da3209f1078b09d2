# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the menu and in GIMP's procedure browser: every edit, and a few commands around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .arguments import Argument, arguments_of, dashed
from .protocol.edits import EDITS, EditModel
from .protocol.plugin.strings import Strings

MENU = "<Image>/Filters/Pullbrush"
Needs = Literal["nothing", "image", "layer"]
Asked = Literal["artist", "artist_again", "script"]
"""Who runs a procedure: the artist by its entry, the artist by *Repeat Last* (Ctrl+F), or a script."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One procedure. `edit` is the kind of edit it does, "" for commands; `results` are the layers' keys it adds.

    `part` is the part of the menu it stands in; GIMP puts parts in the order of their names, which it does not show.
    """

    name: str
    label: str
    help: str
    needs: Needs
    edit: str = ""
    part: str = "2 edits"
    arguments: tuple[Argument, ...] = ()
    returns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a procedure ended: `results` in the entry's order, and `values` that GIMP keeps as the last ones."""

    status: Literal["success", "calling_error", "execution_error", "cancel"] = "success"
    message: str = ""
    results: tuple[Any, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict[str, object])


def entries(strings: Strings) -> dict[str, Entry]:
    """All procedures by name."""
    edits = [_edit(EditModel.of(edit), strings) for edit in EDITS.values()]
    return {entry.name: entry for entry in (*_commands(strings), *edits)}


def _edit(model: EditModel, strings: Strings) -> Entry:
    name, label = f"pullbrush-{dashed(model.kind)}", f"{strings.text(model.label, model.kind)}…"
    arguments = arguments_of(model, strings)
    return _on_layer(name, label, strings.help(model.label, model.help), arguments, edit=model.kind)


def _on_layer(
    name: str,
    label: str,
    told: str,
    arguments: tuple[Argument, ...],
    *,
    edit: str = "",
    part: str = "2 edits",
) -> Entry:
    """A procedure that makes a layer above the chosen one."""
    return Entry(
        name=name,
        label=label,
        help=told,
        needs="layer",
        edit=edit,
        part=part,
        arguments=arguments,
        returns=("layer", "recipe"),
    )


def _commands(strings: Strings) -> tuple[Entry, ...]:
    settings = Argument(
        name="settings",
        sort="text",
        label=strings.text("menu.settings"),
        help='Parameters to change, as JSON such as {"seed": 3, "strength": 1.5}.',
        default="",
    )
    text = strings.text
    return (
        Entry(
            name="pullbrush-panel",
            label=text("menu.panel"),
            help=text("menu.panel.help"),
            needs="nothing",
            part="1 panel",
        ),
        _on_layer(
            "pullbrush-edit-again",
            text("action.again") + "…",
            text("menu.again.help"),
            (settings,),
            part="3 results",
        ),
        _on_layer(
            "pullbrush-repeat-last",
            text("menu.repeat"),
            text("menu.repeat.help"),
            (settings,),
            part="3 results",
        ),
        Entry(
            name="pullbrush-diagnostics",
            label=text("menu.diagnostics"),
            help=text("menu.diagnostics.help"),
            needs="nothing",
            part="4 help",
            returns=("text",),
        ),
    )
