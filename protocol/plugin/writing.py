# SPDX-License-Identifier: Apache-2.0
"""A result on its way into the document: put together in bites where the host offers that, then added at once."""

from __future__ import annotations

import time
from collections.abc import Iterator

from .host import Host, Preparing
from .outcome import Outcome
from .strings import Strings


class Writing:
    """At most one result; nothing of it is in the document before its last bite."""

    def __init__(self, host: Host, strings: Strings) -> None:
        self._host, self._strings = host, strings
        self._outcome: Outcome | None = None
        self._bites: Iterator[None] = iter(())
        self._adding = False

    @property
    def is_on(self) -> bool:
        """Whether a result is being written."""
        return self._outcome is not None

    def begin(self, outcome: Outcome) -> None:
        """Take a result on."""
        self._outcome = outcome
        self._bites = iter(())
        if isinstance(self._host, Preparing):
            self._bites = self._host.prepare_layers(outcome.layers, self._group(outcome))

    def forget(self) -> None:
        """Leave it: what was put together is thrown away."""
        self._outcome, self._bites, self._adding = None, iter(()), False

    def advance(self, budget: float) -> Outcome | None:
        """Go on for `budget` seconds; returns the result once it is in the document.

        It lies there in one undo step, several layers in a group. Raises HostError when the host refuses it.
        """
        outcome, end = self._outcome, time.perf_counter() + budget
        if outcome is None or self._adding:
            return None
        try:
            for _ in self._bites:
                if time.perf_counter() >= end:
                    return None
            self._adding = (
                True  # a program may let its timers go off meanwhile, and so come here again
            )
            text = self._strings.text("undo.result", edit=self._label(outcome))
            self._host.write_layers(outcome.layers, self._group(outcome), text)
        except BaseException:
            self.forget()
            raise
        self.forget()
        return outcome

    def _group(self, outcome: Outcome) -> str | None:
        several = len(outcome.layers) > 1
        return self._strings.text("result.group", edit=self._label(outcome)) if several else None

    def _label(self, outcome: Outcome) -> str:
        return self._strings.text(f"edit.{outcome.kind}", outcome.kind)
