# SPDX-License-Identifier: Apache-2.0
"""Keeps an eye on the picture a result was made from, in bites: where it lies, and whether it is still the same.

Geometry is compared at every look. Pixels are compared every now and then, for a small part of the time, or, where the
host tells of changes, only after one.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import replace

from ..basis import Basis, Verdict, compare
from ..bites import go_on
from ..geometry import Geometry, geometry_of
from ..host import Host, HostError, revision_of
from ..locating import Shift, locate

WATCH_S = 1.0
REST = 20.0
"""Comparing takes at most one part in so many of the time."""

Question = Generator[None, None, Verdict]


class PictureWatch:
    """One session's. `watch_s` are seconds between two comparisons of pixels, None for the usual ones.

    `stale` is what became of the picture when that is not what a result was made from any more.
    """

    def __init__(self, host: Host, watch_s: float | None = None) -> None:
        self.stale: Verdict | None = None
        self._host, self._watch_s = host, WATCH_S if watch_s is None else watch_s
        self._key = ""
        self._known: Geometry | None = None
        self._seen: Geometry | None = None
        self._why: tuple[Geometry | None, Verdict] | None = None
        """The geometry of before, and what became of the picture when it got the one of now."""
        self._locating: Question | None = None
        self._comparing: Question | None = None
        self._compares_next = False
        self._spent, self._due = 0.0, 0.0
        self._revisions: tuple[object, object] = (None, None)

    @property
    def is_locating(self) -> bool:
        """Whether it is being found out where the picture lies: until then no coordinate can be trusted."""
        return self._locating is not None

    @property
    def is_on(self) -> bool:
        """Whether something is being found out, or is as soon as the document is looked at next."""
        asks = self._locating is not None or self._comparing is not None
        return asks or self._compares_next

    def begin(self) -> None:
        """What was found out about an older result does not matter any more."""
        self.stale = self._comparing = None
        self._compares_next = False
        self._due, self._revisions = 0.0, (None, None)

    def reason(self, verdict: Verdict, basis: Basis) -> Verdict:
        """What was said first of a picture whose geometry is another: pixels only tell that it is not the same."""
        if self._why is None or verdict.change not in ("painted", "cut"):
            return verdict
        before, first = self._why
        same = before == basis.geometry and first.geometry == verdict.geometry
        return first if same else verdict

    def look(self, basis: Basis, *, compares: bool, hints: Sequence[Shift] = ()) -> bool:
        """Compare the geometry, and begin to find out more where that is needed; returns whether it is being located.

        With `compares`, pixels are compared as well when it is time to.
        """
        self._compares_next = False
        if self._known is None or basis.keys[-1] != self._key:
            self._key, self._known, self._locating = basis.keys[-1], basis.geometry, None
            self._seen = self._known
        if self._locating is not None:
            return True
        if basis.geometry == self._seen:
            self._known = self._seen  # it was read again since
        try:
            now = geometry_of(self._host, self._key)
        except HostError:
            now = None
        if now != self._seen:
            self._comparing = None
            self._locating = locate(self._host, replace(basis, geometry=self._known), hints)
            return True
        if compares and now is not None and self._comparing is None and self._is_due():
            self._comparing, self._spent = compare(self._host, basis), 0.0
        return False

    def advance(self, budget: float) -> Verdict | None:
        """Go on for `budget` seconds; returns what was found out."""
        question = self._locating or self._comparing
        if question is None:
            return None
        began = time.perf_counter()
        verdict = go_on(question, budget)
        self._spent += time.perf_counter() - began
        if verdict is None:
            return None
        located, self._locating = self._locating is not None, None
        return self._located(verdict) if located else self._compared(verdict)

    def _located(self, verdict: Verdict) -> Verdict | None:
        self._seen = verdict.geometry
        if verdict.change in ("resized", "cut"):
            self._why = (self._known, verdict)
        if verdict.change in ("same", "moved"):
            self._known = verdict.geometry
            self._due, self._revisions = 0.0, (None, None)
            if verdict.change == "same" and self.stale is not None:
                # A few rows do not tell that all of it is as it was.
                self._compares_next = True
                return None
        return verdict

    def _compared(self, verdict: Verdict) -> Verdict | None:
        self._comparing = None
        rest = max(self._watch_s, REST * self._spent) if self._watch_s else 0.0
        self._due = time.monotonic() + rest
        self._revisions = (self._revisions[1], None)
        known = self.stale is not None and verdict.change in ("painted", "cut")
        return None if known else verdict  # why it is another one was said already

    def _is_due(self) -> bool:
        now = revision_of(self._host)
        if now is not None and now == self._revisions[0]:
            return False
        self._revisions = (self._revisions[0], now)
        return time.monotonic() >= self._due
