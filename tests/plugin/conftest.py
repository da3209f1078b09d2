# SPDX-License-Identifier: Apache-2.0
"""The tests of the processes know how to start an engine; these tests use it too."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "front"))

from session_table import Table


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """A session with all that is around it."""
    return Table(tmp_path)
