# SPDX-License-Identifier: Apache-2.0
"""Writes the reference pages from the code while the site is built, so they cannot be out of date."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).resolve().parent))

import pages_cli
import pages_edits
import pages_messages
import pages_sentences
import pages_session

PAGES = {
    "reference/edits.md": pages_edits.page,
    "reference/cli.md": pages_cli.page,
    "reference/messages.md": pages_messages.page,
    "reference/sentences.md": pages_sentences.page,
    "reference/session.md": pages_session.page,
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """mkdocs calls this after it has collected the pages on disk."""
    for place, write in PAGES.items():
        files.append(File.generated(config, place, content=write()))
    return files


def on_page_markdown(markdown: str, page: Page, files: Files, **_: object) -> str:
    """The list of decisions is made from the files that are there."""
    if page.file.src_uri != "adr/README.md":
        return markdown
    places = sorted(
        (f for f in files.documentation_pages() if f.src_uri.startswith("adr/0")),
        key=lambda f: f.src_uri,
    )
    titles = (f.content_string.splitlines()[0].lstrip("# ") for f in places)
    lines = (
        f"- [{title}]({f.src_uri.removeprefix('adr/')})"
        for title, f in zip(titles, places, strict=True)
    )
    return markdown + "\n" + "\n".join(lines) + "\n"
