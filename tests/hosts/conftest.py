# SPDX-License-Identifier: Apache-2.0
"""What the tests in paint programs share: a virtual screen for each file."""

from __future__ import annotations

from collections.abc import Iterator

import krita_rig
import needs
import pytest


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    """A display with nobody else on it; the test fails where Krita cannot run."""
    needs.demand(needs.KRITA)
    with krita_rig.display() as one:
        yield one
