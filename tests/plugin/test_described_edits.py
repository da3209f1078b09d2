# SPDX-License-Identifier: Apache-2.0
"""Edits as later engines may have them: without a warp, without a picture, with several layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
from session_table import Table

from protocol.edits import SOURCE, EditModel, ImageRole, WordedEdit
from protocol.plugin.beside import beside
from protocol.plugin.snapshot import wants_of


@dataclass(frozen=True, kw_only=True)
class Rewrite(WordedEdit):
    """Says the picture in other words."""

    KIND: ClassVar[str] = "rewrite"
    HELP: ClassVar[str] = "Change the words."
    ROLES: ClassVar[tuple[ImageRole, ...]] = (SOURCE,)


@dataclass(frozen=True, kw_only=True)
class Refine(WordedEdit):
    """Begins with the picture, if there is one."""

    KIND: ClassVar[str] = "refine"
    HELP: ClassVar[str] = "Paint it out."
    ROLES: ClassVar[tuple[ImageRole, ...]] = (replace(SOURCE, required=False),)


@dataclass(frozen=True, kw_only=True)
class Generate(WordedEdit):
    """Works on no picture."""

    KIND: ClassVar[str] = "generate"
    HELP: ClassVar[str] = "Paint from nothing."


EDITS = {edit.KIND: EditModel.of(edit) for edit in (Rewrite, Refine, Generate)}


@pytest.fixture
def later(table: Table) -> Table:
    table.engine.edits = {**table.engine.edits, **EDITS}
    return table


def run(table: Table, kind: str) -> list[str]:
    """The names of the pictures that an edit is given."""
    table.session.choose(kind, {"prompt": "a lake"})
    table.session.run()
    table.tick()
    return [image.name for image in table.net.last("edit").images]


def test_an_edit_without_a_warp_never_asks_for_one(later: Table) -> None:
    later.session.choose("rewrite", {"prompt": "a lake"})
    later.tick()
    for words in ("a red lake", "a red sea"):
        later.session.change({"prompt": words})
        later.tick()
    assert "warp" not in later.net.tasks()
    assert later.session.warning == ""


def test_a_picture_that_is_optional_is_given_where_there_is_one(later: Table) -> None:
    assert run(later, "refine") == ["source"]


@pytest.mark.parametrize("kind", ["refine", "generate"])
def test_no_edit_fails_for_a_picture_it_does_not_need(later: Table, kind: str) -> None:
    sheets = later.host.state.sheets
    later.host.state = replace(
        later.host.state, sheets=tuple(replace(one, locked=True) for one in sheets)
    )
    assert run(later, kind) == []
    assert later.session.failure is None
    assert run(later, "generate") == []


def test_one_that_needs_it_says_so(later: Table) -> None:
    sheets = later.host.state.sheets
    later.host.state = replace(
        later.host.state, sheets=tuple(replace(one, locked=True) for one in sheets)
    )
    later.session.choose("rewrite", {"prompt": "a lake"})
    later.session.run()
    later.tick()
    assert later.session.failure is not None


def test_what_is_wanted_follows_the_roles() -> None:
    wants = {kind: wants_of(model, {}, "paper")[0] for kind, model in EDITS.items()}
    assert {kind: (one.required, one.sent) for kind, one in wants.items()} == {
        "rewrite": (True, True),
        "refine": (False, True),
        "generate": (False, False),
    }
    assert beside(EDITS["generate"], {}, (0, 0, 5, 5), []) == ""


def test_a_group_of_one_layer_is_a_group(table: Table) -> None:
    job = table.running()
    table.net.done(job, kind="group")
    table.session.apply()
    table.tick()
    (new,) = table.host.state.sheets[1:]
    assert new.group == "[Pullbrush] Drag"
