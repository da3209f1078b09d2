# SPDX-License-Identifier: Apache-2.0
"""What the tests of the plug-ins' common part open; the tests of the processes know how to start an engine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "front"))

from fakes.around import Around
from session_table import Table

from protocol.plugin.session import picture_watch, state_machine

state_machine.strict = True


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """A session with all that is around it."""
    return Table(tmp_path)


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture is compared at every look, not once a second."""
    monkeypatch.setattr(picture_watch, "WATCH_S", 0.0)


@pytest.fixture
def around(tmp_path: Path, watchful: None) -> Around:
    """A desk that runs nothing by itself."""
    made = Around(tmp_path)
    made.desk.auto_run = False
    return made
