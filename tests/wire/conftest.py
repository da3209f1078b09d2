# SPDX-License-Identifier: Apache-2.0
"""Time for the many examples of a night."""

from __future__ import annotations

import pytest
from hypothesis import is_hypothesis_test, settings


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The usual limit is meant for one test, not for twenty thousand examples of it."""
    if settings().max_examples < 1000:
        return
    for item in items:
        if is_hypothesis_test(getattr(item, "obj", None)) or item.get_closest_marker("fuzz"):
            item.add_marker(pytest.mark.timeout(3600))
