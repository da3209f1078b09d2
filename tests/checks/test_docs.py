# SPDX-License-Identifier: Apache-2.0
"""The site builds with warnings as errors, and its reference says what the code says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from patience import PATIENCE_S

from protocol.edits import EDITS, EditModel
from protocol.errors import CODES
from protocol.messages import MESSAGES
from protocol.plugin.session.state_machine import TRANSITIONS
from protocol.sentences import sentences
from server.cli.problem import EXIT_CODES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def test_every_parameter_is_documented(site: Path) -> None:
    text = (site / "reference" / "edits" / "index.html").read_text(encoding="utf-8")
    for edit in EDITS.values():
        for name, field in EditModel.of(edit).fields.items():
            assert f"<code>{name}</code>" in text
            assert field.help.split(";")[0].split("'")[0] in text


def test_every_message_and_error_is_documented(site: Path) -> None:
    text = (site / "reference" / "messages" / "index.html").read_text(encoding="utf-8")
    for message in MESSAGES:
        assert f"<code>{message.TYPE}</code>" in text
    for code in CODES:
        assert f"<code>{code}</code>" in text


def test_the_states_of_a_session_are_drawn_as_its_table_says(site: Path) -> None:
    text = (site / "reference" / "session" / "index.html").read_text(encoding="utf-8")
    rows = set(re.findall(r"<tr>\s*" + 3 * r"<td><code>(\w+)</code></td>\s*" + "</tr>", text))
    pictures = re.findall(r"<svg[^>]*States of.*?</svg>", text, re.S)
    assert len(pictures) == len(TRANSITIONS)
    told: set[tuple[str, str, str]] = set()
    for picture, states in zip(pictures, TRANSITIONS.values(), strict=True):
        drawn = re.findall(r">(?:↻ )?([\w, ]+)</text>", picture)
        assert {word for word in drawn if word in states} == set(states)
        arrows = sum(len(words.split(", ")) for words in drawn if words not in states)
        assert arrows == sum(len(events) for events in states.values())
        told |= {(s, event, to) for s, events in states.items() for event, to in events.items()}
    assert rows == told


def test_every_command_is_documented(site: Path) -> None:
    text = (site / "reference" / "cli" / "index.html").read_text(encoding="utf-8")
    names = ("edit drag", "edit move", "redo", "demo", "models", "doctor", "serve")
    for name in (*names, "bench parity", "bench transport", "bench edits"):
        assert f"<code>pullbrush {name}</code>" in text


def test_every_decision_is_listed(site: Path) -> None:
    text = (site / "adr" / "index.html").read_text(encoding="utf-8")
    for path in sorted((ROOT / "docs" / "adr").glob("0*.md")):
        assert f"{path.stem}/" in text


def test_the_exit_codes_are_listed(site: Path) -> None:
    text = (site / "reference" / "cli" / "index.html").read_text(encoding="utf-8")
    for number, meaning in EXIT_CODES.items():
        assert f"<td>{number}</td>" in text
        assert " ".join(meaning.split()[:4]).rstrip(".") in text


def test_every_sentence_has_its_page(site: Path) -> None:
    text = (site / "reference" / "sentences" / "index.html").read_text(encoding="utf-8")
    for key in sentences()["en"]:
        assert f"<code>{key}</code>" in text


def test_no_backslash_is_seen_in_the_reference(site: Path) -> None:
    """A pipe inside code ends no cell, so nothing must be put before it."""
    for page in (site / "reference").rglob("index.html"):
        assert not re.findall(r"<code>[^<]*\\\|[^<]*</code>", page.read_text(encoding="utf-8")), (
            page
        )
