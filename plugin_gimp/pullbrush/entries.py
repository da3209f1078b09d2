# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the menu and in GIMP's procedure browser: every edit, and a few commands around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .arguments import Argument, arguments_of, dashed
from .protocol.edits import EDITS, EditModel
from .protocol.plugin.strings import Strings

MENU = "<Image>/Filters/Pullbrush"
Needs = Literal["nothing", "image", "layer"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One procedure. `edit` is the kind of edit it does, "" for commands; `results` are the layers' keys it adds."""

    name: str
    label: str
    help: str
    needs: Needs
    edit: str = ""
    arguments: tuple[Argument, ...] = ()
    returns: tuple[str, ...] = ()


def entries(strings: Strings) -> dict[str, Entry]:
    """All procedures by name."""
    edits = [_edit(EditModel.of(edit), strings) for edit in EDITS.values()]
    return {entry.name: entry for entry in (*_commands(strings), *edits)}


def _edit(model: EditModel, strings: Strings) -> Entry:
    return Entry(
        name=f"pullbrush-{dashed(model.kind)}",
        label=f"{strings.text(model.label, model.kind)}…",
        help=strings.help(model.label, model.help),
        needs="layer",
        edit=model.kind,
        arguments=arguments_of(model, strings),
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
    return (
        Entry(
            name="pullbrush-panel",
            label=strings.text("menu.panel"),
            help=strings.text("menu.panel.help"),
            needs="nothing",
        ),
        Entry(
            name="pullbrush-edit-again",
            label=strings.text("action.again") + "…",
            help=strings.text("menu.again.help"),
            needs="layer",
            arguments=(settings,),
            returns=("layer", "recipe"),
        ),
        Entry(
            name="pullbrush-repeat-last",
            label=strings.text("menu.repeat"),
            help=strings.text("menu.repeat.help"),
            needs="layer",
            arguments=(settings,),
            returns=("layer", "recipe"),
        ),
        Entry(
            name="pullbrush-diagnostics",
            label=strings.text("menu.diagnostics"),
            help=strings.text("menu.diagnostics.help"),
            needs="nothing",
            returns=("text",),
        ),
    )
