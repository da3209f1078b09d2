# SPDX-License-Identifier: Apache-2.0
"""The history's entry of a result that was applied."""

from __future__ import annotations

import time

from .history import Entry
from .outcome import Outcome
from .thumbnail import thumbnail


def entry_of(outcome: Outcome, made_ms: int | None = None) -> Entry:
    """Return it, with a small picture of the result's topmost layer."""
    top = outcome.layers[-1].pixels if outcome.layers else None
    return Entry(
        bundle=outcome.bundle,
        thumbnail=thumbnail(top) if top is not None else b"",
        made_ms=time.time_ns() // 1_000_000 if made_ms is None else made_ms,
    )
