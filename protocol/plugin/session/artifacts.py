# SPDX-License-Identifier: Apache-2.0
"""All that one edit session has of its picture: what is asked for, what was read and computed, what is seen of it.

It is tied to the picture together: where that was only shifted all of it follows, and where it is another picture now
all of it is outdated, until that is undone.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...events import Result
from ...messages import PreviewWish
from ..basis import Basis, Verdict
from ..engine import Engine, Listener
from ..film import Films, returns_frames
from ..geometry import Geometry
from ..host import Host, Pixels, Rect
from ..locating import Shift
from ..moving import moved_snapshot
from ..snapshot import Snapshot
from ..strings import Strings
from .applied_result import AppliedResult
from .edit_inputs import EditInputs
from .edit_request import EditRequest
from .outcome import Outcome, moved_outcome, outcome_of
from .picture_watch import PictureWatch
from .preview import EditPreview
from .progress import SessionError
from .session_jobs import Job, SessionJobs
from .state_machine import ResultState, StateMachine

HINTS = 8
"""So many of the latest shifts are tried in both directions: undo and redo shift a picture, too."""


class Artifacts:
    """One session's; `machine` says whether the engine has an edit of it."""

    def __init__(
        self,
        host: Host,
        engine: Engine,
        listener: Listener,
        machine: StateMachine,
        strings: Strings,
        previews: PreviewWish,
        watch_s: float | None,
    ) -> None:
        self.request: EditRequest | None = None
        """What is chosen: it is submitted as soon as it is wished for."""
        self.computed: EditRequest | None = None
        """What the artist had computed last, None since that was discarded on the panel."""
        self.failure: SessionError | None = None
        self.outcome: Outcome | None = None
        """The newest result, while it is not in the document."""
        self.newest = AppliedResult(host)
        self.moves: list[Shift] = []
        self.inputs = EditInputs(host, engine, listener, strings)
        self.preview = EditPreview(host)
        self.films = Films(engine.connection)
        self.jobs = SessionJobs(engine, listener, machine, self.preview, previews, self._saw)
        self.watch = PictureWatch(host, watch_s)
        self.prepared: Snapshot | None = None
        """The pixels that the engine has prepared, or was asked to."""
        self._machine = machine
        self._older: tuple[Outcome | None, Verdict | None] = (None, None)
        """The result that is being computed again, and what became of its picture: back if nothing comes of it."""

    # ---- what there is

    @property
    def region(self) -> tuple[Rect, ...]:
        """What the edit may change, as far as that is known."""
        return self.inputs.plan.region if self.inputs.plan is not None else ()

    @property
    def basis(self) -> Basis | None:
        """What is followed: the picture of what is computed, of the result, of what was read."""
        job = self.jobs.open.get("edit")
        if job is not None:
            return Basis.of(job.snapshot, job.region)
        if self.outcome is not None and self.is_wanted(self.outcome):
            return self.outcome.basis
        held = self.inputs.held
        return Basis.of(held, self.region) if held is not None else None

    def is_wanted(self, outcome: Outcome | None) -> bool:
        """Whether a result is that of the edit as it is set."""
        request = self.request
        if outcome is None or request is None:
            return False
        if outcome.basis is not None and request.source not in ("", outcome.basis.keys[-1]):
            return False  # another layer's
        return (outcome.kind, outcome.params) == (request.kind, request.params)

    @property
    def has_made(self) -> bool:
        """Whether something was computed that is wanted, or is being computed."""
        return self.is_wanted(self.outcome) or self._machine.is_with_engine

    @property
    def stale(self) -> Verdict | None:
        """What became of the picture if a result, or what is computed, was made from another one; else None."""
        edit = self.jobs.open.get("edit")
        if self.is_wanted(self.outcome) or (edit is not None and edit.outdated):
            return self.watch.stale
        return None

    @property
    def can_apply_anyway(self) -> bool:
        """Whether a result can be added although its picture is another now."""
        stale = self.stale
        fits = stale is not None and stale.change in ("painted", "resized", "cut")
        return fits and self.outcome is not None

    @property
    def is_applied(self) -> bool:
        """Whether the result in the document is that of the edit as it is set."""
        newest = self.newest
        return newest.is_there and newest.is_current and self.is_wanted(newest.outcome)

    @property
    def result(self) -> ResultState:
        """How the newest result stands."""
        if self.failure is not None:
            return "failed"
        if self.outcome is None:
            return "applied" if self.is_applied else "none"
        if not self.is_wanted(self.outcome):
            return "changed"
        if self.stale is not None:
            return "stale"
        return "taken_back" if self.outcome is self.newest.outcome else "made"

    @property
    def frames(self) -> int:
        """How many frames there are to choose from, 0 for none."""
        request = self.request
        return self.films.count(request.model, request.params) if request is not None else 0

    # ---- results

    def note_computed(self, params: Mapping[str, object]) -> None:
        """The artist has the edit computed with these, now or once it is known where the picture lies."""
        if self.request is not None:
            self.computed = self.request.with_params(params)

    def keep_result(self, job: Job, result: Result) -> Outcome:
        """A result is there; raises ValueError when it does not fit what was asked."""
        self.preview.take_as_result()
        self.films.take(result, job.request.model, job.request.params, job.snapshot)
        self.outcome = outcome_of(
            result,
            model=job.request.model,
            params=job.request.params,
            snapshot=job.snapshot,
            extent=self.inputs.extent,
            region=job.region,
            film=self.films.film,
        )
        self._older = (None, None)
        if job.snapshot is self.inputs.held:
            self.prepared = job.snapshot  # the edit read all of it
        if not job.outdated:
            self.watch.begin()
        return self.outcome

    def show_result_of(self, job: Job, result: Result) -> None:
        """Show the last picture of a result where it is still of the picture, and nothing better is seen."""
        late = job.task == "warp" and self.is_wanted(self.outcome)
        if result.done.layers and not job.outdated and not late:
            *_, last = result.done.layers
            top = result.pictures[last.image]
            self.preview.show(top.image, top.pixels, hides=job.hidden_by(last.placement))

    def is_in_document(self, outcome: Outcome, keys: list[str]) -> None:
        """A result was added to the document, as these layers."""
        self.preview.hide()
        self.newest.add(outcome, keys)
        self.watch.begin()
        self.outcome = None

    def set_result_aside(self) -> None:
        """It is computed again; `bring_back` until there is another."""
        if self.outcome is not None:
            self._older = (self.outcome, self.watch.stale)
        self.outcome = None

    def bring_back(self) -> None:
        """Nothing came of computing again: the older result is there as before."""
        if self.outcome is None and self._older[0] is not None:
            self.outcome, self.watch.stale = self._older
        self._older = (None, None)

    def discard(self) -> None:
        """Forget the result that was not applied, and what is seen."""
        self.watch.begin()
        self.films.begin_with(None)
        if self.outcome is not None and self.outcome is self.newest.outcome:
            self.newest.forget()
        self.outcome, self._older = None, (None, None)
        self.preview.hide()

    def show_again(self) -> bool:
        """Show the result that waits if the parameters are those of it again; returns whether they are."""
        if not self.is_wanted(self.outcome) or self._machine.is_with_engine:
            return False
        self.show_outcome()
        return True

    def show_outcome(self) -> None:
        """The result that waits is that of the parameters: it is what is seen, unless it was taken out by undo."""
        if self.watch.stale is None and self.outcome is not self.newest.outcome:
            self.preview.show_result()

    # ---- what became of the picture

    def look(self, *, waits: bool, quiet: bool) -> bool:
        """See what became of the picture and of the newest result; see `edit_session.EditSession.look`.

        `waits`: something is wished for; `quiet`: nothing else reads pixels.
        """
        if self.newest.look():
            latest = self.newest.outcome
            if self.newest.is_there:
                self.outcome = None if self.outcome is latest else self.outcome
            elif self.outcome is None and self.newest.is_current:
                self.outcome = latest
        basis = self.basis
        if basis is None:
            return False
        seen = self.preview.is_shown and not waits and not self.jobs.open
        hints = [(s * dx, s * dy) for dx, dy in reversed(self.moves[-HINTS:]) for s in (-1, 1)]
        return self.watch.look(basis, compares=(self.has_made or seen) and quiet, hints=hints)

    def renew(self) -> None:
        """What was done to the picture was undone."""
        if self.watch.stale is None:
            return
        self.watch.begin()
        for job in self.jobs.open.values():
            job.outdated = False
        if self.is_wanted(self.outcome):
            self.show_outcome()
        elif self.outcome is not self.newest.outcome:
            self.preview.show_again()

    def outdate(self, verdict: Verdict) -> bool:
        """The picture is another now; returns whether that is news."""
        basis = self.basis
        if basis is not None:
            verdict = self.watch.reason(verdict, basis)
        before, self.watch.stale = self.watch.stale, verdict
        self.preview.cover()
        for job in self.jobs.open.values():
            job.outdated = True
        self.inputs.outdate()
        return before is None or before.change != verdict.change

    def move(self, dx: int, dy: int, geometry: Geometry) -> None:
        """The picture was shifted: all that was made from it follows."""
        request, known = self.request, dict[int, Snapshot]()
        assert request is not None

        def follow(snapshot: Snapshot) -> Snapshot:
            if id(snapshot) not in known:
                known[id(snapshot)] = moved_snapshot(snapshot, dx, dy, geometry)
            return known[id(snapshot)]

        self.request = request.moved(dx, dy)
        if self.computed is not None:
            self.computed = self.computed.moved(dx, dy)
        prepared = self.prepared is self.inputs.held
        self.inputs.move(dx, dy, follow)
        self.prepared = self.inputs.held if prepared else None
        self.jobs.move(dx, dy, self.inputs.document, follow)
        self.films.move(request.model, dx, dy, self.request.params, follow)
        self.preview.move(dx, dy)
        latest, now = self.newest.outcome, self.outcome
        self.outcome = _moved(now, request, dx, dy, geometry)
        self.newest.outcome = (
            self.outcome if latest is now else _moved(latest, request, dx, dy, geometry)
        )
        self.moves.append((dx, dy))

    def _saw(self, job: Job, step: int, pixels: Pixels, place: Rect) -> None:
        """A frame came by: keep a small picture of it."""
        if returns_frames(job.request.model):
            self.films.seen.saw(step, pixels, place, job.snapshot.pixels.get("source"))


def _moved(
    outcome: Outcome | None, request: EditRequest, dx: int, dy: int, geometry: Geometry
) -> Outcome | None:
    if outcome is None or outcome.kind != request.kind:
        return outcome
    return moved_outcome(outcome, request.model, dx, dy, geometry)
