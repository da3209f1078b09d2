# SPDX-License-Identifier: Apache-2.0
"""Markdown tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def cell(text: object) -> str:
    """A cell: one line, with the characters that would end it escaped, but for those inside of code."""
    parts = re.split(r"(`[^`]*`)", str(text).replace("\n", " "))
    return "".join(
        part if part.startswith("`") else part.replace("|", "\\|").replace("<", "&lt;")
        for part in parts
    )


def code(text: object) -> str:
    """The text as code; inside of it a pipe ends no cell, and a backslash would be seen."""
    return f"`{text}`" if str(text) else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are already escaped."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"
