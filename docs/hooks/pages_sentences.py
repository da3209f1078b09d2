# SPDX-License-Identifier: Apache-2.0
"""The page of sentences: all that an artist may read in a panel, a message or a terminal, to be read as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sentences import TEXTS, in_code, texts
from tables import cell, code, table

from protocol.edits import EDITS, EditModel
from protocol.errors import CODES
from server.cli.sentences import OWN

HEADS = {
    "protocol/sentences": (
        "What cannot be done, and notes",
        "Errors and notes by message id. In braces stand the values; `{field.dx}` is the label that the panel has, or "
        "the option of the command line.",
    ),
    "protocol/plugin/strings": ("Panels", "What the docker in Krita and the panel in GIMP say."),
    "protocol/edits/texts": (
        "Labels of edits",
        "The names of edits, parameters, choices and pictures.",
    ),
}


def page() -> str:
    """The whole page."""
    parts = [
        "# Sentences",
        "Every sentence an artist can see, in English. This page is made from the files of texts and from the code "
        "when the site is built; the texts of panels, errors and notes exist in English, German, Spanish, French, "
        "Japanese and Chinese.",
    ]
    for folder in TEXTS:
        parts += section(*HEADS[folder], texts(folder))
    parts += section("Error codes", "What is said when only the code is known.", CODES)
    parts += section("Help of edits", "The tooltip of each parameter.", helps())
    parts += section("On the command line instead", "Where a panel's words would not fit.", OWN)
    parts += list(written())
    return "\n\n".join(parts) + "\n"


def section(head: str, about: str, rows: Mapping[str, str]) -> Iterator[str]:
    """One table of texts by message id."""
    yield f"## {head}"
    yield about
    yield table(("id", "text"), ((code(key), cell(text)) for key, text in rows.items()))


def helps() -> dict[str, str]:
    """One sentence of help for each edit, parameter and picture."""
    found: dict[str, str] = {}
    for edit in EDITS.values():
        model = EditModel.of(edit)
        found[model.label] = model.help
        found |= {field.label: field.help for field in model.fields.values()}
        found |= {role.label: role.help for role in model.roles}
    return found


def written() -> Iterator[str]:
    """The sentences that stand in the code itself, file by file."""
    yield "## In the code"
    yield "Sentences of the command line, of files, and of a program's own menus."
    rows = dict.fromkeys((found.file, found.text) for found in in_code())
    yield table(("file", "text"), ((code(file), cell(text)) for file, text in rows))
