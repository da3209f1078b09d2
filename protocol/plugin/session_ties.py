# SPDX-License-Identifier: Apache-2.0
"""What ties a session's result to the document: where its picture lies now, whether it is still that one, and Apply.

A picture that was only shifted is followed by all that was made from it. Where it is another picture now, the preview
comes down, and the artist says whether to compute again or to apply the result anyway.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..edits import EditModel
from ..messages.jobs import Task
from ..sentences import told
from ..store import Store
from .applied import Applied
from .basis import Basis, Verdict, compare
from .bites import go_on
from .film import returns_frames
from .following import Following, Question
from .geometry import Geometry
from .host import HostError, Rect
from .locating import Shift
from .moving import moved_params, moved_snapshot
from .outcome import Outcome, moved_outcome
from .session_state import SessionState
from .showing import Showing, keep
from .snapshot import Snapshot
from .writing import OutdatedError

TICK_S = 0.004
"""Longest time a tick reads pixels: the budget of a paint program's timer."""

HINTS = 8
"""So many of the latest shifts are tried in both directions: undo and redo shift a picture, too."""


class SessionTies(SessionState, ABC):
    """The part of `session.EditSession` that looks after its result."""

    moves: list[Shift]
    """How the picture was shifted since the session began; all that the session holds has followed."""
    _store: Store | None
    _showing: Showing
    _latest: Applied
    _following: Following
    _repeating: Question | None
    _prepared: object
    _apply: bool
    _older: tuple[Outcome | None, Verdict | None]
    """The result that is being computed again, and what became of its picture: back if nothing comes of it."""
    _apply_later: bool
    """Apply was pressed while nobody knew where the picture lies."""

    # ---- what the artist does

    def apply(self) -> None:
        """Add the result to the document as soon as it is there, computing it first if need be.

        The same result is not added twice, and none whose picture is another now (see `stale`, `apply_anyway`).
        """
        self._chosen()
        if self._writing.is_on or self._repeating is not None or self.stale is not None:
            return
        if self.look():
            self._apply_later = True
            return
        self._apply = True
        latest, edit = self._latest.outcome, self._jobs.open.get("edit")
        if self._is_wanted(self.outcome):
            self._write()
        elif edit is not None and not edit.stopping:
            return
        elif latest and self._latest.is_current and latest.basis and self._is_wanted(latest):
            self._repeating = compare(self.host, latest.basis)
            self._repeat(TICK_S)
        else:
            self.run()

    def apply_anyway(self) -> None:
        """Add a result although its picture is another now; where that cannot be done, nothing happens."""
        if self.can_apply_anyway and self.outcome is not None and not self._writing.is_on:
            self._writing.begin(self.outcome, anyway=True)
            self._write_on(TICK_S)

    def compute_again(self) -> None:
        """Compute from how the picture is now, whatever was computed from an older one."""
        edit = self._jobs.open.get("edit")
        if edit is not None and not edit.stopping:
            self._jobs.stop(edit)
        older = (self.outcome, self._following.stale)
        self.outcome = None
        self.run()
        self._older = older if older[0] is not None else self._older

    def _bring_back(self) -> None:
        """Nothing came of computing again: the older result is there as before."""
        if self.outcome is None and self._older[0] is not None:
            self.outcome, self._following.stale = self._older
        self._older = (None, None)

    def look(self) -> bool:
        """See what became of the picture and of the newest result; to be called a few times a second.

        Returns whether it is still being found out where the picture lies: until then nothing that comes from the
        document fits what the session holds.
        """
        if self._closed:
            return False
        if self._latest.look():
            latest = self._latest.outcome
            if self._latest.is_there:
                self.outcome = None if self.outcome is latest else self.outcome
            elif self.outcome is None and self._latest.is_current:
                self.outcome = latest
        basis = self._basis
        if basis is None:
            return False
        made = self._is_wanted(self.outcome) or "edit" in self._jobs.open
        compares = made or (self._showing.is_shown and not self._wishes and not self._jobs.open)
        busy = self._ground.is_reading or self._writing.is_on
        hints = [(s * dx, s * dy) for dx, dy in reversed(self.moves[-HINTS:]) for s in (-1, 1)]
        return self._following.look(basis, compares=compares and not busy, hints=hints)

    # ---- what became of the picture

    @property
    def _region(self) -> tuple[Rect, ...]:
        return self._ground.plan.region if self._ground.plan is not None else ()

    @property
    def _basis(self) -> Basis | None:
        """What is followed: the picture of what is computed, of the result, of what was read."""
        job = self._jobs.open.get("edit")
        if job is not None:
            return Basis.of(job.snapshot, job.region)
        if self.outcome is not None and self._is_wanted(self.outcome):
            return self.outcome.basis
        held = self._ground.held
        return Basis.of(held, self._region) if held is not None else None

    def _is_lost(self, budget: float) -> bool:
        """Go on finding out what became of the picture; returns whether nobody knows yet where it lies."""
        verdict = self._following.advance(budget)
        if verdict is not None:
            self._settle(verdict)
        return self._following.is_locating

    def _settle(self, verdict: Verdict) -> None:
        if verdict.change == "moved":
            assert verdict.geometry is not None
            self._move(verdict.dx, verdict.dy, verdict.geometry)
        elif verdict.change == "same":
            self._fresh_again()
        elif not self._is_wanted(self.outcome) and "edit" not in self._jobs.open:
            self._bend_anew()
        else:
            self._outdated(verdict)
        if self._apply_later and not self._following.is_locating:
            self._apply_later = False
            self.apply()

    def _bend_anew(self) -> None:
        """Nothing was computed from it yet: what is seen at once is made of how the picture is now."""
        self._ground.outdate()
        if self._showing.is_shown:
            self._showing.drop()
            if not returns_frames(self._model):
                self._wish("warp", stale=True)

    def _fresh_again(self) -> None:
        """What was done to the picture was undone."""
        if self._following.stale is None:
            return
        self._following.begin()
        for job in self._jobs.open.values():
            job.outdated = False
        if self._is_wanted(self.outcome):
            self._show_outcome()
        elif self.outcome is not self._latest.outcome:
            self._showing.show_again()

    def _is_back(self) -> bool:
        """Whether the parameters are again those of the result that waits, which is seen then."""
        if not self._is_wanted(self.outcome) or "edit" in self._jobs.open:
            return False
        self._show_outcome()
        return True

    def _show_outcome(self) -> None:
        """The result that waits is that of the parameters: it is what is seen, unless it was taken out by undo."""
        if self._following.stale is None and self.outcome is not self._latest.outcome:
            self._showing.show_result()

    def _outdated(self, verdict: Verdict) -> None:
        basis = self._basis
        if basis is not None:
            verdict = self._following.reason(verdict, basis)
        before, self._following.stale = self._following.stale, verdict
        self._apply = self._apply_later = False
        self._showing.cover()
        for job in self._jobs.open.values():
            job.outdated = True
        self._ground.outdate()
        if before is None or before.change != verdict.change:
            self.host.message("warning", self.stale_sentence)

    def _move(self, dx: int, dy: int, geometry: Geometry) -> None:
        """The picture was shifted: all that was made from it follows."""
        model, known = self._chosen(), dict[int, Snapshot]()
        if self._writing.is_on:
            self._writing.forget()
            self._apply_later = True

        def follow(snapshot: Snapshot) -> Snapshot:
            if id(snapshot) not in known:
                known[id(snapshot)] = moved_snapshot(snapshot, dx, dy, geometry)
            return known[id(snapshot)]

        self._params = model.plain(model.parse(moved_params(model, self._params, dx, dy)))
        prepared = self._prepared is self._ground.held
        self._ground.move(dx, dy, follow)
        self._prepared = self._ground.held if prepared else None
        self._jobs.move(dx, dy, self._ground.document, follow)
        self._films.move(model, dx, dy, self._params, follow)
        self._showing.move(dx, dy)
        latest, now = self._latest.outcome, self.outcome
        self.outcome = _moved(now, model, dx, dy, geometry)
        self._latest.outcome = (
            self.outcome if latest is now else _moved(latest, model, dx, dy, geometry)
        )
        self.moves.append((dx, dy))

    # ---- what the host gets

    def _repeat(self, budget: float) -> None:
        """Apply was pressed with this result in the document already: another one only if its picture is another."""
        if self._repeating is None:
            return
        verdict = go_on(self._repeating, budget)
        if verdict is None:
            return
        self._repeating = None
        if verdict.change == "same":
            self._apply = False
            self.host.message("info", self._strings.text("note.already"))
        else:
            self.run()

    def _write(self) -> None:
        if self.outcome is not None and not self._writing.is_on:
            self._apply = False
            self._writing.begin(self.outcome)
            self._write_on(TICK_S)

    def _write_on(self, budget: float) -> None:
        try:
            outcome = self._writing.advance(budget)
        except OutdatedError as changed:
            if self.look():
                self._apply_later = True
            else:
                self._outdated(changed.verdict)
            return
        except HostError as problem:
            self._showing.hide()
            self._fail("host", told(problem))
            return
        if outcome is not None:
            self._showing.hide()
            self.applied.append(outcome)
            self._latest.add(outcome, self._writing.keys)
            self._following.begin()
            self.outcome, self.failure = None, None
            keep(self._store, outcome, self.host, self._strings)

    # ---- what the rest of the session does

    @abstractmethod
    def run(self) -> None: ...

    @abstractmethod
    def _wish(self, task: Task, *, stale: bool = False) -> None: ...

    @abstractmethod
    def _chosen(self) -> EditModel: ...

    @abstractmethod
    def _fail(self, code: str, message: str) -> None: ...


def _moved(
    outcome: Outcome | None, model: EditModel, dx: int, dy: int, geometry: Geometry
) -> Outcome | None:
    if outcome is None or outcome.kind != model.kind:
        return outcome
    return moved_outcome(outcome, model, dx, dy, geometry)
