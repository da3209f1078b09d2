# SPDX-License-Identifier: Apache-2.0
"""The history's entry of a result that was applied."""

from __future__ import annotations

import time

from .history import Entry
from .session.outcome import Outcome
from .thumbnail import thumbnail


class Pictures:
    """The small picture of the newest result, made once: there is time for it before the artist applies."""

    def __init__(self) -> None:
        self._made: tuple[Outcome | None, bytes] = (None, b"")

    def of(self, outcome: Outcome) -> bytes:
        """Return the picture of a result's topmost layer as PNG, b"" when it has no layer."""
        if outcome is not self._made[0]:
            top = outcome.layers[-1].pixels if outcome.layers else None
            self._made = (outcome, thumbnail(top) if top is not None else b"")
        return self._made[1]


def entry_of(outcome: Outcome, picture: bytes | None = None) -> Entry:
    """Return the entry of a result with its small picture, which is made here unless it is given."""
    return Entry(
        bundle=outcome.bundle,
        thumbnail=Pictures().of(outcome) if picture is None else picture,
        made_ms=time.time_ns() // 1_000_000,
    )
