# SPDX-License-Identifier: Apache-2.0
"""A result on its way into the document, in bites: is its picture still the same, what is to be added, then adding.

Nothing of it is in the document before its last bite, in which it is made sure that the layer still lies where it did.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Protocol

from ...sentences import told
from ..basis import Verdict, compare
from ..bites import go_on
from ..composing import composed
from ..geometry import Geometry, geometry_of
from ..host import Host, HostError, NewLayer, Preparing
from ..strings import Strings
from .artifacts import Artifacts
from .outcome import Outcome
from .picture_watch import Question
from .state_machine import StateMachine

APPLY_S = 0.004
"""Longest time that pressing Apply takes: the budget of a paint program's timer."""


class OutdatedError(Exception):
    """The picture is not the one any more that a result was made from."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.change)
        self.verdict = verdict


class LayerWriter:
    """At most one result. `keys` are those of the layers written last."""

    def __init__(self, host: Host, strings: Strings) -> None:
        self.keys: list[str] = []
        self._host, self._strings = host, strings
        self._outcome: Outcome | None = None
        self._layers: Sequence[NewLayer] = ()
        self._geometry: Geometry | None = None
        self._bites: Iterator[None] = iter(())
        self._anyway = self._adding = False

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
        text = self._strings.text("result.group", edit=self._label(outcome))
        return text if outcome.grouped else None

    def _label(self, outcome: Outcome) -> str:
        return self._strings.text(f"edit.{outcome.kind}", outcome.kind)


class Owner(Protocol):
    """Whose result it is: `edit_session.EditSession`."""

    def look(self) -> bool: ...
    def compute(self) -> None: ...
    def outdate(self, verdict: Verdict) -> None: ...
    def fail(self, code: str, message: str) -> None: ...
    def was_applied(self, outcome: Outcome) -> None: ...


class Applying:
    """Apply, from the press to the layer; where it stands is a region of the session's machine."""

    def __init__(
        self, host: Host, strings: Strings, machine: StateMachine, has: Artifacts, owner: Owner
    ) -> None:
        self._host, self._strings = host, strings
        self._machine, self._has, self._owner = machine, has, owner
        self._writer = LayerWriter(host, strings)
        self._question: Question | None = None

    def press(self) -> None:
        """Apply the result; what is not there yet is waited for, and computed first if need be."""
        has, machine = self._has, self._machine
        if machine.states.apply in ("writing", "comparing") or has.stale is not None:
            return
        if self._owner.look():
            machine.fire("await_place")
            return
        if machine.states.apply == "when_located":
            machine.fire("settle")
        newest, edit = has.newest.outcome, has.jobs.open.get("edit")
        if has.outcome is not None and has.is_wanted(has.outcome):
            self.write(has.outcome)
        elif edit is not None and not edit.stopping:
            machine.fire("await_result")
        elif newest and has.newest.is_current and newest.basis and has.is_wanted(newest):
            machine.fire("compare")
            self._question = compare(self._host, newest.basis)
            self._compare_on(APPLY_S)
        else:
            machine.fire("await_result")
            self._owner.compute()

    def write(self, outcome: Outcome, *, anyway: bool = False) -> None:
        """Put a result into the document, as far as there is time; `anyway`: whatever became of its picture."""
        if self._machine.states.apply != "writing":
            self.start(outcome, anyway=anyway)
            self._write_on(APPLY_S)

    def start(self, outcome: Outcome, *, anyway: bool = False) -> None:
        """Take a result on that `advance` puts into the document."""
        self._machine.fire("write")
        self._writer.begin(outcome, anyway=anyway)

    def advance(self, budget: float) -> None:
        """Go on with what is under way."""
        if self._machine.states.apply == "writing":
            self._write_on(budget)
        if self._machine.states.apply == "comparing":
            self._compare_on(budget)

    def give_up(self) -> None:
        """Nothing is to be applied any more; what is being written already goes on."""
        self._question = None
        if self._machine.states.apply != "writing":
            self._machine.fire("settle")

    def discard(self) -> None:
        """Not even what is being written."""
        self._question = None
        self._writer.forget()
        self._machine.fire("settle")

    def picture_moved(self) -> None:
        """What was put together belongs elsewhere now: it is put together anew."""
        if self._machine.states.apply == "writing":
            self._writer.forget()
            self._machine.fire("await_place")

    def picture_located(self) -> None:
        """It is known again where the picture lies."""
        if self._machine.states.apply == "when_located":
            self.press()

    def _compare_on(self, budget: float) -> None:
        """This result is in the document already: another one is made only if its picture is another."""
        try:
            verdict = go_on(self._question, budget) if self._question is not None else None
        except Exception:
            self.give_up()
            raise
        if verdict is None:
            return
        self._question = None
        if verdict.change == "same":
            self._machine.fire("settle")
            self._host.message("info", self._strings.text("note.already"))
        else:
            self._machine.fire("await_result")
            self._owner.compute()

    def _write_on(self, budget: float) -> None:
        try:
            outcome = self._writer.advance(budget)
        except OutdatedError as changed:
            self._machine.fire("settle")
            if self._owner.look():
                self._machine.fire("await_place")
            else:
                self._owner.outdate(changed.verdict)
            return
        except HostError as problem:
            self._machine.fire("settle")
            self._has.preview.hide()
            self._owner.fail("host", told(problem))
            return
        except Exception:  # a fault: the result is still there, and Apply can be pressed again
            self._machine.fire("settle")
            raise
        if outcome is not None:
            self._machine.fire("settle")
            self._has.is_in_document(outcome, self._writer.keys)
            self._owner.was_applied(outcome)
