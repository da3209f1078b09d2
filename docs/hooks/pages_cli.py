# SPDX-License-Identifier: Apache-2.0
"""The page of the command line: every command with its options, read from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main
from tables import cell, code, table

from server.cli.app import app


def page() -> str:
    """The whole page."""
    parts = [
        "# Command line",
        "This page is made from the commands themselves when the site is built.",
    ]
    root: Any = typer.main.get_command(app)
    parts += commands(root, "pullbrush")
    parts += [
        "## Exit codes",
        table(
            ("code", "meaning"),
            (
                ("0", "Done."),
                ("1", "The work was begun and failed; nothing half-finished was written."),
                ("2", "The input cannot be used; nothing was begun."),
                ("130", "Cancelled with Ctrl+C."),
            ),
        ),
    ]
    return "\n\n".join(parts) + "\n"


def commands(group: Any, path: str) -> Iterator[str]:
    """The commands of a group, groups inside it included."""
    for name, command in group.commands.items():
        group_of_commands = hasattr(command, "commands")
        if not group_of_commands or command.invoke_without_command:
            yield f"## `{path} {name}`"
            yield (command.help or "").strip()
            yield table(("option", "what"), (row(one) for one in command.params if shown(one)))
        if group_of_commands:
            yield from commands(command, f"{path} {name}")


def shown(parameter: Any) -> bool:
    """Internal options exist for measuring and are not part of the manual."""
    return not getattr(parameter, "hidden", False) and parameter.name != "help"


def row(parameter: Any) -> tuple[str, str]:
    """One option: how it is written, what it does."""
    flags = [flag for flag in parameter.opts if flag.startswith("-")]
    written = ", ".join(flags) or (parameter.metavar or parameter.name.upper())
    needed = " Needed." if parameter.required else ""
    metavar = f" {parameter.metavar}" if parameter.metavar and flags else ""
    return code(written + metavar), cell((getattr(parameter, "help", "") or "") + needed)
