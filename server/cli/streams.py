# SPDX-License-Identifier: Apache-2.0
"""What is written to the terminal, whatever its encoding: nothing that is said may fail for want of a letter.

Windows' code pages and plain ASCII know no “…” or ✓: near ASCII stands for them, and `?` for the rest. Bytes of a
file's name that are no text are shown as `\\xe9`. Who reads may go away at any time: that ends the command quietly.
"""

from __future__ import annotations

import codecs
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, cast

from rich.console import Console as RichConsole

from protocol.places import as_text

NEAR = str.maketrans(
    {
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("‘’", "'"),
        **dict.fromkeys("–—‐─━", "-"),
        **dict.fromkeys("·•", "-"),
        **{"…": "...", "×": "x", "▸": ">", "→": "->", "↔": "<->", "≥": ">=", "≤": "<="},
        **{"✓": "+", "✗": "x", "²": "2", "│": "|", "┃": "|", "\u00a0": " "},
    }
)
HANDLER = "pullbrush"


def _near(error: UnicodeError) -> tuple[str, int]:
    """An error handler of codecs: what cannot be written, as what can."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    said = ""
    for letter in error.object[error.start : error.end]:
        near = letter.translate(NEAR)
        if "\udc80" <= letter <= "\udcff":
            said += as_text(letter)
        else:
            said += near if near.isascii() else "?"
    return said, error.end


def prepare() -> None:
    """Make standard output and errors accept every text; called once, first of all."""
    codecs.register_error(HANDLER, _near)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError, OSError):  # none at all, closed, not a file
            cast("TextIOWrapper", stream).reconfigure(errors=HANDLER)


def flush() -> None:
    """Write what still waits. Raises OSError where it cannot be written."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # pyright: ignore[reportUnnecessaryComparison] - pythonw has none
            stream.flush()


def give_up_output() -> None:
    """Send what still waits nowhere: the interpreter would complain of it at its end."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            try:
                stream.flush()
            except OSError:
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)
                stream.flush()


class Console(RichConsole):
    """A console that reports a reader who went away, as `print` does, instead of ending the program."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console(*, stderr: bool = False) -> Console:
    """What prints tables and sentences on standard output, or on standard error."""
    return Console(stderr=stderr, highlight=False)


def say(text: str) -> None:
    """A sentence on standard output, as it is: no markup, no folding."""
    print(text)


def print_json(node: Mapping[str, Any]) -> None:
    """One JSON object on standard output."""
    print(json.dumps(clean(node), indent=1))


def clean(node: Any) -> Any:
    """A node of JSON whose names are text: bytes that are none are shown as everywhere."""
    if isinstance(node, str | Path):
        return as_text(node)
    if isinstance(node, Mapping):
        entries = cast("Mapping[object, object]", node)
        return {str(key): clean(value) for key, value in entries.items()}
    if isinstance(node, list | tuple):
        return [clean(value) for value in cast("list[object]", node)]
    return node
