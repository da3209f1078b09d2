# SPDX-License-Identifier: Apache-2.0
"""The effort chosen last is what the next document begins with, in the next session, too, and in every edit."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.connection import ScriptedConnection
from fakes.noted import NotedHost

from protocol.plugin.document.document_controller import DocumentController
from protocol.plugin.document.kept_values import FILE, KeptValues
from protocol.plugin.engine import Engine


def desk(folder: Path) -> DocumentController:
    """A document of a session of its own."""
    host = NotedHost.opened()
    made = DocumentController(
        host, Engine(ScriptedConnection()), notes=host, kept=KeptValues(folder)
    )
    made.choose_edit("drag")
    return made


def test_the_effort_outlives_the_session_and_holds_for_other_edits(tmp_path: Path) -> None:
    first = desk(tmp_path)
    usual = first.panel.value("preset")
    first.set("preset", "quick")
    first.set("prompt", "a red balloon")
    second = desk(tmp_path)
    assert usual != "quick"
    assert second.panel.value("preset") == "quick"
    assert second.panel.value("prompt") == ""  # belongs to its picture
    second.choose_edit("move")
    assert second.panel.value("preset") == "quick"


def test_what_is_not_possible_is_not_kept(tmp_path: Path) -> None:
    first = desk(tmp_path)
    first.set("preset", "quick")
    first.set("preset", "enormous")
    assert desk(tmp_path).panel.value("preset") == "quick"


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"preset": "enormous"}', '{"preset": 7}'])
def test_a_file_that_says_nothing_usable_costs_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert desk(tmp_path).panel.value("preset") == "balanced"


def test_where_nothing_can_be_written_the_edit_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    made = desk(tmp_path / "file")
    made.set("preset", "quick")
    assert made.panel.value("preset") == "quick"
