# SPDX-License-Identifier: Apache-2.0
"""One document being edited: plan, read only what is needed, prepare, preview, run, apply, again.

Nothing here waits. A plug-in calls `tick` on a timer; scripts have `blocking.py`. What the artist wants is kept as
wishes, and every tick does the next thing that leads there: ask for a plan, read pixels for a few milliseconds,
submit a job. So a wish that changes on the way, an engine that goes and comes back, and a document that is closed
are all the same simple case: the next tick starts from how things are.

At most one edit runs; one more waits here, as a wish. Moving a handle meanwhile changes the running job. What is seen
is what is applied, once: nothing is computed again for it. `state_machine` says where it stands, `artifacts` is what it
has of the picture; a picture that is another now takes the preview down, and the artist says what is to become of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...edits import ParamError
from ...errors import ProtocolError
from ...events import Connected, Event, Reconnecting, Result
from ...messages import Error, JobFailed, JobPlanned, PreviewWish
from ...messages.jobs import Task
from ...sentences import say, told
from ...store import Store
from ..basis import Verdict
from ..engine import Engine
from ..film import Film
from ..host import Host, HostError, Pixels, Rect
from ..strings import Strings
from .artifacts import Artifacts
from .edit_request import EditRequest
from .layer_writer import Applying
from .outcome import Outcome, remarks
from .preview import complain, keep
from .progress import Progress, SessionError
from .session_jobs import Ending, Job
from .session_status import SessionStatus
from .state_machine import Stage, StateMachine
from .wishes import Wishes

TICK_S = 0.004
"""Longest time a tick reads pixels: the budget of a paint program's timer."""


class EditSession:
    """One document's edit; see the module."""

    def __init__(
        self,
        host: Host,
        engine: Engine,
        *,
        store: Store | None = None,
        strings: Strings | None = None,
        previews: PreviewWish | None = None,
        watch_s: float | None = None,
    ) -> None:
        self.host = host
        self.engine = engine
        self.key = host.document_key()
        self.applied: list[Outcome] = []
        self.warning = ""
        self._store = store
        self._strings = strings or Strings()
        self._machine = machine = StateMachine()
        wish, texts = previews or PreviewWish(), self._strings
        self.artifacts = has = Artifacts(host, engine, self, machine, texts, wish, watch_s)
        self._jobs, self._inputs = has.jobs, has.inputs
        self._applying = Applying(host, texts, machine, has, self)
        self._wishes = Wishes(machine, has)
        self.status = SessionStatus(self.key, engine, texts, machine, has, self._wishes)
        engine.join(self)
        if self.key is None:
            self._machine.fire("close")

    # ---- what the artist does

    def choose(
        self,
        kind: str,
        params: Mapping[str, object],
        *,
        source: str = "",
        under: tuple[str, ...] = (),
        mask: Pixels | None = None,
        crop: Rect | None = None,
        film: Film | None = None,
    ) -> None:
        """Take up an edit of the layer `source` ("" is the active one), seen on those `under` it, and prepare it.

        To edit a recipe again, give its mask, which stands for the selection until that changes, its crop, because
        the same pixels come only of the same crop, and its film, out of which frames are taken. Raises ParamError for
        an unknown edit or impossible parameters.
        """
        model = self.engine.edits.get(kind)
        if model is None:
            raise ParamError("edit", say("kind.newer", edit=f"edit.{kind}"))
        request = EditRequest.of(model, params, source, under)
        if self.stage == "closed":
            raise SessionError("closed", self.status.sentence)
        if not request.is_of_same_layer(self.artifacts.request):
            self.discard()
        self._machine.fire("choose")
        self.artifacts.request = request
        self._inputs.begin_with(mask, crop)
        self.artifacts.films.begin_with(film, crop)
        self._wish("prepare")

    def change(self, params: Mapping[str, object]) -> None:
        """Take over changed parameters: bend the preview at once, and steer the job that runs.

        Another frame of a film is shown at once. Raises ParamError for parameters that are not possible; all stays
        as it was.
        """
        before = self._chosen()
        request = before.with_params(params)
        if request.params != before.params:
            self.artifacts.request = request
            known = self.artifacts.frames > 0 and not self._machine.is_with_engine
            bends = request.model.preview == "warp" and not self.artifacts.show_again()
            self._wish("edit" if known else "warp" if bends else "prepare")

    def picture_changed(self) -> None:
        """The source or the selection is another now: the host found out."""
        self._inputs.begin_with(None)
        if self.artifacts.request is not None:
            self._wish("prepare", stale=True)

    def run(self, params: Mapping[str, object] | None = None) -> None:
        """Compute the edit from how the picture is now; while one runs, this one comes after it.

        `params` are those that are meant, where they wait for it to be known where the picture lies.
        """
        self.artifacts.note_computed(self._chosen().params if params is None else params)
        self._wish("edit", stale=True)

    def compute_again(self, params: Mapping[str, object] | None = None) -> None:
        """Compute as `run` does, whatever was computed from an older picture."""
        edit = self._jobs.open.get("edit")
        if edit is not None and not edit.stopping:
            self._jobs.stop(edit)
        self.artifacts.set_result_aside()
        self.run(params)

    def apply(self) -> None:
        """Add the result to the document as soon as it is there, computing it first if need be.

        The same result is not added twice, and none whose picture is another now (see `stale`, `apply_anyway`).
        """
        self._chosen()
        self._applying.press()

    def apply_anyway(self) -> None:
        """Add a result although its picture is another now; where that cannot be done, nothing happens."""
        if self.artifacts.can_apply_anyway and self.outcome is not None:
            self._applying.write(self.outcome, anyway=True)

    def cancel(self) -> None:
        """Stop what is being computed; asked again while it is stopping, it is stopped by force."""
        self._give_up()
        self._wishes.reads_ahead = False
        for job in self._jobs.open.values():
            self._jobs.stop(job)

    def cancel_job(self, job_id: str) -> bool:
        """Stop one of `queue`; what waits behind it goes on. Returns whether it is one of this session's."""
        job = next((job for job in self._jobs.open.values() if job.id == job_id), None)
        if job_id == self.status.next_id and self._machine.is_asked:
            self._machine.fire("withdraw")
        elif job is not None:
            self._jobs.stop(job)
        else:
            return False
        self._wishes.reads_ahead = False
        if self._machine.is_applying and not self._machine.is_asked:
            self._applying.give_up()
        return True

    def cancel_waiting(self) -> None:
        """Leave out all of `queue` that has not begun."""
        for one in self.status.queue:
            if not one.running:
                self.cancel_job(one.id)

    def discard(self) -> None:
        """Stop, and forget the result that was not applied."""
        self.cancel()
        self._applying.discard()
        self.artifacts.discard()
        self.artifacts.failure, self.warning = None, ""

    def close(self) -> None:
        """End the session; what was not applied is gone."""
        if self._machine.states.life != "closed":
            self.discard()
            self._machine.fire("close")
            self.engine.leave(self)
            self._inputs.retire()
            self._inputs.drop_unused(())

    # ---- the clockwork

    def tick(self, budget: float = TICK_S) -> None:
        """Do the next things that can be done at once; reading pixels stops after `budget` seconds."""
        if self.host.document_key() != self.key:
            self.close()
        if self._machine.states.life == "closed":
            return
        self.engine.pump()
        verdict = self.artifacts.watch.advance(budget)
        if verdict is not None:
            self._learn(verdict)
        if self.is_locating:
            return
        self._applying.advance(budget)
        complain(self._store, self.host, self._strings)
        try:
            if self._wishes.waits and self.engine.ready:
                self._wishes.advance(budget)
        except HostError as problem:
            self._refuse("host", told(problem))
        except ProtocolError as problem:
            self._refuse(problem.code, problem.message)
        self._inputs.drop_unused({b for j in self._jobs.open.values() for b in j.snapshot.blobs})

    def look(self) -> bool:
        """See what became of the picture and of the newest result; to be called a few times a second.

        Returns whether it is still being found out where the picture lies: until then nothing that comes from the
        document fits what the session holds.
        """
        if self._machine.states.life == "closed":
            return False
        quiet = not self._inputs.is_reading and self._machine.states.apply != "writing"
        return self.artifacts.look(waits=self._wishes.waits, quiet=quiet)

    def take(self, event: Event) -> None:
        """Receive what the engine says (see `engine.Listener`)."""
        if isinstance(event, (Connected, Reconnecting)):
            self._connection(event)
        elif self._inputs.answers(event):
            try:
                self._inputs.take(event)
            except ProtocolError as problem:
                self._refuse(problem.code, problem.message)
        else:
            ended = self._jobs.follow(event)
            self.warning = self._jobs.warning or self.warning
            if ended is not None:
                self._ended(*ended)

    # ---- within

    def compute(self) -> None:
        """Have the edit computed; unlike `run`, nobody asked for just that."""
        self._wish("edit", stale=True)

    def outdate(self, verdict: Verdict) -> None:
        """The picture is another now."""
        self._applying.give_up()
        if self.artifacts.outdate(verdict):
            self.host.message("warning", self.status.stale_sentence)

    def was_applied(self, outcome: Outcome) -> None:
        """A result is in the document."""
        self.artifacts.failure = None
        self.applied.append(outcome)
        keep(self._store, outcome, self.host, self._strings)

    def fail(self, code: str, message: str) -> None:
        """What was asked for cannot be done."""
        self._give_up()
        self.artifacts.failure = SessionError(code, message)
        self.host.message("error", self._strings.error(code, message))

    def _refuse(self, code: str, message: str) -> None:
        """What was wished for cannot be done: an error for an edit, a remark for what is done unasked."""
        if self._machine.is_asked or self._machine.is_applying:
            self.fail(code, message)
        else:
            self._wishes.clear()
            self.warning = self._strings.error(code, message)

    def _give_up(self) -> None:
        self._wishes.clear()
        self._applying.give_up()
        self._inputs.rest()
        self.artifacts.bring_back()

    def _chosen(self) -> EditRequest:
        request = self.artifacts.request
        if self._machine.states.life != "chosen" or request is None:
            raise SessionError(self._machine.states.life, self.status.sentence)
        return request

    def _wish(self, task: Task, *, stale: bool = False) -> None:
        self.artifacts.failure, self.warning = None, ""
        self.look()
        if task == "edit":
            self.artifacts.watch.begin()
        self._wishes.add(self._chosen(), task, stale=stale)

    def _learn(self, verdict: Verdict) -> None:
        """It was found out what became of the picture."""
        if verdict.change == "moved":
            assert verdict.geometry is not None
            self._applying.picture_moved()
            self.artifacts.move(verdict.dx, verdict.dy, verdict.geometry)
        elif verdict.change == "same":
            self.artifacts.renew()
        elif self.artifacts.has_made:
            self.outdate(verdict)
        else:  # what is seen at once is made of how the picture is now
            self._inputs.outdate()
            if self.artifacts.preview.is_shown:
                self.artifacts.preview.drop()
                if self._chosen().model.preview == "warp":
                    self._wish("warp", stale=True)
        if not self.is_locating:
            self._applying.picture_located()

    # ---- what the engine says

    def _connection(self, event: Connected | Reconnecting) -> None:
        gone = isinstance(event, Reconnecting)
        if isinstance(event, Connected) and event.restarted:
            self._jobs.begin_anew()
        was_gone = self._machine.states.link == "down"
        if (self._jobs.open or self._wishes.waits) and gone != was_gone:
            text = "note.engine_lost" if gone else "note.engine_back"
            self.host.message("warning" if gone else "info", self._strings.text(text))
        self._machine.fire("disconnect" if gone else "connect")

    def _ended(self, job: Job, event: Ending) -> None:
        if isinstance(event, Result) and not job.stopping:
            self._result(job, event)
        elif isinstance(event, (JobFailed, Error)) and job.task == "edit":
            self.fail(event.code, event.sentence)
        elif isinstance(event, (JobFailed, Error)) and job.task == "warp":
            self.warning = self._strings.error(event.code, event.sentence)

    def _result(self, job: Job, result: Result) -> None:
        if any(layer.image not in result.pictures for layer in result.done.layers):
            self.fail("internal", say("result.incomplete"))
            return
        self.artifacts.show_result_of(job, result)
        if job.task == "edit":
            self._done(job, result)
        elif job.task == "prepare":
            self.warning = " ".join(remarks(result.done.notes, self._strings))

    def _done(self, job: Job, result: Result) -> None:
        try:
            outcome = self.artifacts.keep_result(job, result)
        except ValueError:
            self.fail("internal", say("result.unusable"))
            return
        self.warning = " ".join((self.warning, *remarks(outcome.notes, self._strings))).strip()
        if not job.caught_up or job.request.params != self._chosen().params:
            self.compute()
        elif self._machine.is_applying:
            self._applying.write(outcome)

    # ---- how it stands

    @property
    def stage(self) -> Stage:
        """Where the session stands, in one word."""
        return self.status.stage

    @property
    def outcome(self) -> Outcome | None:
        """The newest result, while it is not in the document."""
        return self.artifacts.outcome

    @property
    def failure(self) -> SessionError | None:
        """What went wrong with the newest edit."""
        return self.artifacts.failure

    @property
    def progress(self) -> Progress:
        """How far the running edit is."""
        return self._jobs.progress

    @property
    def plan(self) -> JobPlanned | None:
        """What the engine said the edit will do."""
        return self._inputs.plan

    @property
    def is_locating(self) -> bool:
        """Whether it is being found out where the picture lies: until then no coordinate can be trusted."""
        return self.artifacts.watch.is_locating

    @property
    def stale(self) -> Verdict | None:
        """What became of the picture if a result, or what is computed, was made from another one; else None."""
        return self.artifacts.stale
