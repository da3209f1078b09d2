# SPDX-License-Identifier: Apache-2.0
"""The page of the command line: every command with its options, read from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main
from tables import cell, code, table

from server.cli.app import app
from server.cli.problem import EXIT_CODES

PROGRAMS = """## For programs

With `--json`, standard output holds one JSON object and nothing else: `"ok": true` with what was done, or `"ok": false`
with an `error` of `code` (dotted words that stay the same), `message` (a sentence) and `exit` (the number above). What
is said meanwhile goes to standard error; with `--progress json` it does so as one JSON object a line, whose `event` is
`plan`, `progress`, `note` or `say`; `fraction` runs from 0 to 1 over the whole edit.

`pullbrush --install-completion` teaches your shell the commands and their options."""


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
            tuple((str(number), meaning) for number, meaning in EXIT_CODES.items()),
        ),
        PROGRAMS,
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
            if command.epilog:
                yield "\n".join(("```console", *examples(command.epilog), "```"))
        if group_of_commands:
            yield from commands(command, f"{path} {name}")


def examples(epilog: str) -> Iterator[str]:
    """The commands of a help text's examples, as they are typed."""
    return (f"$ {line}" for line in epilog.split("\n\n") if not line.endswith(":"))


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
