# SPDX-License-Identifier: Apache-2.0
"""What the engine noted of a result reaches the artist, in the artist's language."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from session_table import Table

from protocol.events import Result
from protocol.messages import Note
from protocol.plugin.session.edit_session import EditSession
from protocol.plugin.strings import Strings

UNKNOWN = Note(
    code="words.unknown",
    message="The model does not know “castle”: left out of “Words”.",
    detail={"words": "“castle”"},
)


def end_with(table: Table, *notes: Note) -> None:
    """End the running edit with these notes."""
    table.net.done(table.running())
    result = table.net.inbox.pop()
    assert isinstance(result, Result)
    table.net.inbox.append(replace(result, done=replace(result.done, notes=notes)))
    table.tick()


def test_a_note_is_a_remark_of_a_result_that_worked(tmp_path: Path) -> None:
    table = Table(tmp_path)
    end_with(table, UNKNOWN)
    assert table.session.stage == "done"
    assert table.session.warning == UNKNOWN.message
    assert table.session.outcome is not None
    assert table.session.outcome.notes == (UNKNOWN,)


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (UNKNOWN, "Das Modell kennt nicht: “castle”. In „Worte“ weggelassen."),
        (Note(code="new.kind", message="Something newer."), "Something newer."),
        (Note(code="words.cut", detail={"fallback": "x", "words": [1]}), "[1]"),
    ],
)
def test_a_note_is_translated_by_its_code(tmp_path: Path, note: Note, said: str) -> None:
    table = Table(tmp_path)
    german = EditSession(table.host, table.engine, store=table.store, strings=Strings("de"))
    table.session = german
    end_with(table, note)
    assert said in german.warning


def test_the_next_run_begins_without_the_remark(tmp_path: Path) -> None:
    table = Table(tmp_path)
    end_with(table, UNKNOWN)
    end_with(table)
    assert table.session.warning == ""
