# SPDX-License-Identifier: Apache-2.0
"""The newest result that was put into the document, and whether it is still there, whatever was undone or redone."""

from __future__ import annotations

from collections.abc import Sequence

from ..host import Host, is_there
from .outcome import Outcome


class AppliedResult:
    """`outcome` is None before the first."""

    def __init__(self, host: Host) -> None:
        self.outcome: Outcome | None = None
        self.is_there = False
        self.is_current = False
        """Whether the artist has not begun anew since: only then it is told of, and put back when it was taken out."""
        self.keys: tuple[str, ...] = ()
        """Of its layers."""
        self._host = host

    def add(self, outcome: Outcome, keys: Sequence[str]) -> None:
        """A result is in the document now, as these layers."""
        self.outcome, self.keys, self.is_there = outcome, tuple(keys), True
        self.is_current = True

    def put_aside(self) -> None:
        """The artist begins anew."""
        self.is_current = False

    def forget(self) -> None:
        """Whatever becomes of it does not matter any more."""
        self.outcome, self.keys, self.is_there, self.is_current = None, (), False, False

    def look(self) -> bool:
        """See whether it is there; returns whether that is another answer than before."""
        if self.outcome is None or not self.keys:
            return False
        before, self.is_there = self.is_there, any(is_there(self._host, key) for key in self.keys)
        return before != self.is_there
