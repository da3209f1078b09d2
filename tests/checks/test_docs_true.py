# SPDX-License-Identifier: Apache-2.0
"""README, docs and cards speak of what is there: links, anchors, files, options and versions."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import typer.main
from doc_blocks import ROOT, pages

from protocol.errors import CODES
from protocol.plugin.strings import own_texts
from protocol.sentences import sentences
from server.cli.app import app
from server.cli.sentences import OWN

PAGES = pages()
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.*?) *$", re.MULTILINE)
PATH = re.compile(r"`((?:protocol|server|plugin_krita|plugin_gimp|tests|docs|\.ci)/[\w./*-]*)`")
GENERATED = ("reference/",)
"""Pages that are made while the site is built."""
HISTORY = "CHANGELOG.md"
TO_WRITE = ("protocol/edits/brighten.py", "server/engine/edits/brighten.py")
"""The edit that CONTRIBUTING shows how to add."""
PRIVATE = re.compile(
    "|".join(
        (
            r"\bsittings?\b",
            r"\blent\b",
            r"\bno gpu was\b",
            r"\bgpu-hour\b",
            r"cap of the issue",
            r"\bthis issue\b",
            r"by the clock",
            r"busy machine",
            r"on their way",
        )
    ),
    re.IGNORECASE,
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as Markdown makes them."""
    return {slug(heading) for heading in HEADING.findall(page.read_text(encoding="utf-8"))}


def slug(heading: str) -> str:
    words = re.sub(r"[^\w\s-]", "", heading.lower()).strip()
    return re.sub(r"[\s]+", "-", words)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    broken: list[str] = []
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        place, _, anchor = link.partition("#")
        if (
            "://" in link
            or link.startswith("mailto:")
            or place.removeprefix("../").startswith(GENERATED)
        ):
            continue
        target = (page.parent / place).resolve() if place else page
        good = target.exists() and (
            not anchor or target.suffix != ".md" or anchor in anchors(target)
        )
        broken += [] if good else [link]
    assert broken == []


@pytest.mark.parametrize("page", [one for one in PAGES if name(one) != HISTORY], ids=name)
def test_files_that_are_named_are_there(page: Path) -> None:
    """A place in the tree that stands as code must exist; `*` stands for anything."""
    gone = [
        place
        for place in PATH.findall(page.read_text(encoding="utf-8"))
        if place not in TO_WRITE
        and not any(ROOT.glob(place.rstrip("/")))
        and not any(ROOT.glob(f"{place}.py"))
    ]
    assert gone == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_nothing_is_said_of_how_the_makers_worked(page: Path) -> None:
    """What a training costs is said in hours of a processor; whose machine it was helps nobody."""
    assert [found[0] for found in PRIVATE.finditer(page.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_pipes_in_code_have_no_backslash(page: Path) -> None:
    """Inside code a backslash is seen."""
    assert re.findall(r"`[^`\n]*\\\|[^`\n]*`", page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_a_table_says_is_said_is_said(page: Path) -> None:
    """In a table of what the program says, an entry that begins with a capital is the beginning of a sentence."""
    said = [
        *sentences()["en"].values(), *own_texts()["en"].values(), *CODES.values(), *OWN.values(),
    ]  # fmt: skip
    quoted: list[str] = []
    lines = page.read_text(encoding="utf-8").splitlines()
    for i, line in enumerate(lines):
        if re.match(r"\| (?:it|the docker|the panel) says \|", line):
            for row in lines[i + 2 :]:
                if not row.startswith("|"):
                    break
                quoted.append(row.split("|")[1].strip().split(" …")[0])
    unsaid = [
        one for one in quoted if one[:1].isupper() and not any(t.startswith(one) for t in said)
    ]
    assert unsaid == []


def test_options_that_are_named_are_known() -> None:
    """An option in a sentence about `pullbrush` is one of some command."""
    known = {flag for command in commands(typer.main.get_command(app)) for flag in flags(command)}
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES if name(page) != HISTORY)
    named = {
        option
        for line in re.findall(r"`(pullbrush [^`\n]*)`", text)
        for option in re.findall(r"(?<!\S)(--[a-z][a-z-]*)", line)
    }
    assert named - known == set()


def test_options_that_stand_alone_are_known() -> None:
    """`--mark-ai` in a sentence is an option of some command, script or training of ours."""
    known = {flag for command in commands(typer.main.get_command(app)) for flag in flags(command)}
    for file in (ROOT / "server").rglob("*.py"):
        known |= set(re.findall(r"\"(--[a-z][a-z-]*)\"", file.read_text(encoding="utf-8")))
    texts = (page.read_text(encoding="utf-8") for page in PAGES if name(page) != HISTORY)
    named = {option for text in texts for option in re.findall(r"`(--[a-z][a-z-]*)[^`\n]*`", text)}
    assert named - known == set()
    assert "--mark-ai" in named


def test_commands_that_are_named_are_known() -> None:
    """`pullbrush plan` in a sentence is a command."""
    root = typer.main.get_command(app)
    known = set(getattr(root, "commands", {}))
    texts = (page.read_text(encoding="utf-8") for page in PAGES if name(page) != HISTORY)
    named = {word for text in texts for word in re.findall(r"`pullbrush ([a-z][a-z-]*)", text)}
    assert named - known == set()
    assert len(named) > 5


def commands(group: object) -> list[object]:
    found: list[object] = [group]
    for one in getattr(group, "commands", {}).values():
        found += commands(one)
    return found


def flags(command: object) -> list[str]:
    parameters = getattr(command, "params", [])
    return ["--help", *(flag for one in parameters for flag in (*one.opts, *one.secondary_opts))]


def test_versions_agree() -> None:
    """Programs are named in the versions that were tried, and the same ones everywhere."""
    said = {program: set[str]() for program in ("Krita", "GIMP")}
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        tried = r"tested in (Krita|GIMP) (\d+\.\d+\.\d+(?: and \d+\.\d+\.\d+)*)"
        for program, versions in re.findall(tried, page.read_text(encoding="utf-8")):
            said[program].add(versions)
    assert all(len(found) == 1 for found in said.values()), said
    pinned = re.search(
        r"^torch==([\d.]+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert pinned is not None
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"torch==([\d.]+)", readme)) == {pinned[1]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    for page in (ROOT / "README.md", ROOT / "docs/start.md"):
        assert f"Python {oldest} or newer" in page.read_text(encoding="utf-8")
