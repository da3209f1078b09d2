# SPDX-License-Identifier: Apache-2.0
"""A result on its way into the document, in bites: is its picture still the same, what is to be added, then adding.

Nothing of it is in the document before its last bite, in which it is made sure that the layer still lies where it did.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from .basis import Verdict, compare
from .composing import composed
from .geometry import Geometry, geometry_of
from .host import Host, NewLayer, Preparing
from .outcome import Outcome
from .strings import Strings


class OutdatedError(Exception):
    """The picture is not the one any more that a result was made from."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.change)
        self.verdict = verdict


class Writing:
    """At most one result. `keys` are those of the layers written last."""

    def __init__(self, host: Host, strings: Strings) -> None:
        self.keys: list[str] = []
        self._host, self._strings = host, strings
        self._outcome: Outcome | None = None
        self._layers: Sequence[NewLayer] = ()
        self._geometry: Geometry | None = None
        self._bites: Iterator[None] = iter(())
        self._anyway = self._adding = False

    @property
    def is_on(self) -> bool:
        """Whether a result is being written."""
        return self._outcome is not None

    def begin(self, outcome: Outcome, *, anyway: bool = False) -> None:
        """Take a result on; `anyway`: whatever became of its picture."""
        self._outcome, self._anyway = outcome, anyway
        self._bites = self._put_together(outcome)

    def forget(self) -> None:
        """Leave it: what was put together is thrown away."""
        self._outcome, self._bites, self._adding = None, iter(()), False

    def advance(self, budget: float) -> Outcome | None:
        """Go on for `budget` seconds; returns the result once it is in the document.

        It lies there in one undo step, several layers in a group. Raises HostError when the host refuses it, and
        OutdatedError when the picture is another now.
        """
        outcome, end = self._outcome, time.perf_counter() + budget
        if outcome is None or self._adding:
            return None
        try:
            for _ in self._bites:
                if time.perf_counter() >= end:
                    return None
            if self._geometry is not None and self._now(outcome) != self._geometry:
                raise OutdatedError(Verdict(change="painted"))
            self._adding = (
                True  # a program may let its timers go off meanwhile, and so come here again
            )
            text = self._strings.text("undo.result", edit=self._label(outcome))
            self.keys = self._host.write_layers(self._layers, self._group(outcome), text)
        except BaseException:
            self.forget()
            raise
        self.forget()
        return outcome

    def _put_together(self, outcome: Outcome) -> Iterator[None]:
        self._geometry = None
        if outcome.basis is not None and not self._anyway:
            verdict = yield from compare(self._host, outcome.basis)
            if verdict.change != "same":
                raise OutdatedError(verdict)
            self._geometry = verdict.geometry
        self._layers = yield from composed(self._host, outcome.layers, outcome.basis)
        if isinstance(self._host, Preparing):
            yield from self._host.prepare_layers(self._layers, self._group(outcome))

    def _now(self, outcome: Outcome) -> Geometry | None:
        return geometry_of(self._host, outcome.basis.keys[-1]) if outcome.basis else None

    def _group(self, outcome: Outcome) -> str | None:
        several = len(outcome.layers) > 1
        return self._strings.text("result.group", edit=self._label(outcome)) if several else None

    def _label(self, outcome: Outcome) -> str:
        return self._strings.text(f"edit.{outcome.kind}", outcome.kind)
