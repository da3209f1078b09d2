# SPDX-License-Identifier: Apache-2.0
"""One document being edited: plan, read only what is needed, prepare, preview, run, apply, again.

Nothing here waits. A plug-in calls `tick` on a timer; scripts have `script.py`. What the artist wants is kept as
wishes, and every tick does the next thing that leads there: ask for a plan, read pixels for a few milliseconds,
submit a job. So a wish that changes on the way, an engine that goes and comes back, and a document that is closed
are all the same simple case: the next tick starts from how things are.

At most one edit runs; one more waits here, as a wish. Moving a handle meanwhile changes the running job. What is seen
is what is applied, once: nothing is computed again for it. `session_ties` says what ties a result to its picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..edits import EditModel, ParamError
from ..errors import ProtocolError
from ..events import Connected, Event, Reconnecting, Result
from ..messages import Error, JobFailed, PreviewWish
from ..messages.jobs import Task
from ..sentences import say, told
from ..store import Store
from .applied import Applied
from .engine import Engine
from .film import Film, Films, returns_frames
from .following import Following
from .ground import Ground
from .host import Host, HostError, Pixels, Rect
from .jobs import Ending, Job, Jobs
from .outcome import Outcome, outcome_of, remarks
from .session_ties import SessionTies
from .showing import Showing, complain
from .strings import Strings
from .work import SessionError, can_be_live
from .writing import Writing

NOTHING: tuple[str, ...] = ()
TICK_S = 0.004
"""Longest time a tick reads pixels: the budget of a paint program's timer."""


class EditSession(SessionTies):
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
        self.outcome: Outcome | None = None
        self.failure: SessionError | None = None
        self.applied: list[Outcome] = []
        self.warning = ""
        self._store = store
        self._strings = strings or Strings()
        self._ground = Ground(host, engine, self, self._strings)
        self._showing = Showing(host)
        self._writing = Writing(host, self._strings)
        self._following, self._latest = Following(host, watch_s), Applied(host)
        self._repeating = None
        self.moves = []
        self._model: EditModel | None = None
        self._params: Mapping[str, Any] = {}
        self._source, self._under = "", NOTHING
        self._wishes: set[Task] = set()
        self._apply = self._apply_later = False
        self._older = (None, None)
        self._jobs = Jobs(engine, self, self._showing, previews or PreviewWish(), self._saw)
        self._films = Films(engine.connection)
        self._prepared: object = None
        self._bend_from = 0
        self._lost = False
        self._reads_ahead = True
        """Whether a picture may be read ahead of time: not after the artist stopped that, until the next deed."""
        self._closed = self.key is None
        engine.join(self)

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
        params = model.plain(model.parse(params))
        if (model, source, under) != (self._model, self._source, self._under):
            self.discard()
        self._model, self._params = model, params
        self._source, self._under = source, under
        self._ground.begin_with(mask, crop)
        self._films.begin_with(film, crop)
        self._wish("prepare")

    def change(self, params: Mapping[str, object]) -> None:
        """Take over changed parameters: bend the preview at once, and steer the job that runs.

        Another frame of a film is shown at once. Raises ParamError for parameters that are not possible; all stays
        as it was.
        """
        model = self._chosen()
        params = model.plain(model.parse(params))
        if params != self._params:
            self._params = params
            known = self.frames > 0 and "edit" not in self._jobs.open
            bends = model.preview == "warp" and not self._is_back()
            self._wish("edit" if known else "warp" if bends else "prepare")

    def picture_changed(self) -> None:
        """The source or the selection is another now: the host found out."""
        self._ground.begin_with(None)
        if self._model is not None:
            self._wish("prepare", stale=True)

    def run(self) -> None:
        """Compute the edit from how the picture is now; while one runs, this one comes after it."""
        self._chosen()
        self._wish("edit", stale=True)

    def cancel(self) -> None:
        """Stop what is being computed; asked again while it is stopping, it is stopped by force."""
        self._wishes.clear()
        self._reads_ahead = False
        self._apply = self._apply_later = False
        self._repeating = None
        self._ground.rest()
        for job in self._jobs.open.values():
            self._jobs.stop(job)
        self._bring_back()

    def cancel_job(self, job_id: str) -> bool:
        """Stop one of `queue`; what waits behind it goes on. Returns whether it is one of this session's."""
        if job_id == self._next_id and "edit" in self._wishes:
            self._wishes.discard("edit")
            self._reads_ahead = False
            self._apply = False
            return True
        job = next((job for job in self._jobs.open.values() if job.id == job_id), None)
        if job is None:
            return False
        self._jobs.stop(job)
        self._reads_ahead = False
        self._apply = self._apply and "edit" in self._wishes
        return True

    def cancel_waiting(self) -> None:
        """Leave out all of `queue` that has not begun."""
        for one in self.queue:
            if not one.running:
                self.cancel_job(one.id)

    def discard(self) -> None:
        """Stop, and forget the result that was not applied."""
        self.cancel()
        self._writing.forget()
        self._following.begin()
        self._films.begin_with(None)
        if self.outcome is not None and self.outcome is self._latest.outcome:
            self._latest.forget()
        self.outcome, self.failure, self.warning = None, None, ""
        self._older = (None, None)
        self._showing.hide()

    def close(self) -> None:
        """End the session; what was not applied is gone."""
        if not self._closed:
            self.discard()
            self._closed = True
            self.engine.leave(self)
            self._ground.retire()
            self._ground.drop_unused(())

    # ---- the clockwork

    def tick(self, budget: float = TICK_S) -> None:
        """Do the next things that can be done at once; reading pixels stops after `budget` seconds."""
        if not self._closed and self.host.document_key() != self.key:
            self.close()
        if self._closed:
            return
        self.engine.pump()
        if self._is_lost(budget):
            return
        self._write_on(budget)
        self._repeat(budget)
        complain(self._store, self.host, self._strings)
        try:
            if self._wishes and self.engine.ready and self._is_ready(budget):
                self._fulfil()
        except HostError as problem:
            self._refuse("host", told(problem))
        except ProtocolError as problem:
            self._refuse(problem.code, problem.message)
        self._ground.drop_unused({b for j in self._jobs.open.values() for b in j.snapshot.blobs})

    def take(self, event: Event) -> None:
        """Receive what the engine says (see `engine.Listener`)."""
        if isinstance(event, (Connected, Reconnecting)):
            restarted = isinstance(event, Connected) and event.restarted
            self._connection(gone=isinstance(event, Reconnecting), restarted=restarted)
        elif self._ground.answers(event):
            try:
                self._ground.take(event)
            except ProtocolError as problem:
                self._refuse(problem.code, problem.message)
        else:
            ended = self._jobs.follow(event)
            self.warning = self._jobs.warning or self.warning
            if ended is not None:
                self._ended(*ended)

    # ---- wishes

    def _chosen(self) -> EditModel:
        if self._closed or self._model is None:
            raise SessionError("closed" if self._closed else "empty", self.sentence)
        return self._model

    def _wish(self, task: Task, *, stale: bool = False) -> None:
        self.failure, self.warning = None, ""
        self.look()
        if task == "edit":
            self._following.begin()
        number = self._ground.want(
            self._chosen(), self._params, self._source, under=self._under, stale=stale
        )
        if task == "warp" and "warp" not in self._wishes:
            self._bend_from = number
        self._wishes.add(task)
        self._reads_ahead = True

    def _is_ready(self, budget: float) -> bool:
        return self._ground.advance(budget, hurry="warp" in self._wishes)

    def _fulfil(self) -> None:
        """The ground is there: do what is wished for, the edit first."""
        edit = self._jobs.open.get("edit")
        if edit is not None and edit.params != self._ground.params and not edit.stopping:
            self._steer(edit)
        if (
            "warp" in self._wishes
            and "warp" not in self._jobs.open
            and self._ground.planned >= self._bend_from
        ):
            self._bend_from = self._ground.planned + 1
            self._submit("warp")
        if not self._ground.is_current:
            return
        if self._bend_from > self._ground.planned:
            self._wishes.discard("warp")
        if "edit" in self._wishes and edit is None:
            self._wishes -= {"edit", "prepare"}
            self._submit("edit")
        if (
            "prepare" in self._wishes
            and "prepare" not in self._jobs.open
            and "edit" not in self._wishes
        ):
            self._wishes.remove("prepare")
            unread = self._prepared is not self._ground.held
            if edit is None and unread and self._reads_ahead:
                self._prepared = self._ground.held
                self._submit("prepare")

    def _steer(self, job: Job) -> None:
        """Change the running job if it can take the difference over; else have it make way for a new one."""
        params = self._ground.params
        here = job.snapshot is self._ground.held and job.moved == (0, 0)
        if here and can_be_live(self._chosen(), job.params, params):
            self._jobs.update(job, params)
            job.region = (*job.region, *self._region)
        else:
            self._jobs.stop(job)
            self._wishes.add("edit")

    def _submit(self, task: Task) -> None:
        held = self._ground.held
        assert held is not None
        if task == "edit":
            self._films.begin(self._chosen(), self._ground.params, held)
        self._jobs.submit(
            Job(
                task=task,
                kind=self._chosen().kind,
                params=self._ground.params,
                snapshot=held,
                document=self._ground.document,
                selection=self._ground.selection,
                more=self._films.input_for(task, self._chosen(), self._ground.params, held),
                region=self._region,
            )
        )

    # ---- what the engine says

    def _connection(self, *, gone: bool, restarted: bool) -> None:
        if restarted:
            self._jobs.begin_anew()
        if (self._jobs.open or self._wishes) and gone != self._lost:
            text = "note.engine_lost" if gone else "note.engine_back"
            self.host.message("warning" if gone else "info", self._strings.text(text))
        self._lost = gone

    def _saw(self, job: Job, step: int, pixels: Pixels, place: Rect) -> None:
        """A frame came by: keep a small picture of it."""
        if returns_frames(self._model):
            self._films.seen.saw(step, pixels, place, job.snapshot.pixels.get("source"))

    def _ended(self, job: Job, event: Ending) -> None:
        if isinstance(event, Result) and not job.stopping:
            self._result(job, event)
        elif isinstance(event, (JobFailed, Error)) and job.task == "edit":
            self._fail(event.code, event.sentence)
        elif isinstance(event, (JobFailed, Error)) and job.task == "warp":
            self.warning = self._strings.error(event.code, event.sentence)

    def _result(self, job: Job, result: Result) -> None:
        missing = [
            layer.image for layer in result.done.layers if layer.image not in result.pictures
        ]
        if missing:
            self._fail("internal", say("result.incomplete"))
            return
        late = job.task == "warp" and self._is_wanted(self.outcome)
        if result.done.layers and not job.outdated and not late:
            *_, last = result.done.layers
            top = result.pictures[last.image]
            self._showing.show(top.image, top.pixels, hides=job.hidden_by(last.placement))
        if job.task == "edit":
            self._showing.take_as_result()
            self._films.take(result, self._chosen(), job.params, job.snapshot)
            self._done(job, result)
        elif job.task == "prepare":
            self.warning = " ".join(remarks(result.done.notes, self._strings))

    def _done(self, job: Job, result: Result) -> None:
        try:
            self.outcome = outcome_of(
                result,
                model=self._chosen(),
                params=job.params,
                snapshot=job.snapshot,
                extent=self._ground.extent,
                region=job.region,
                film=self._films.film,
            )
        except ValueError:
            self._fail("internal", say("result.unusable"))
            return
        self._older = (None, None)
        if job.snapshot is self._ground.held:
            self._prepared = job.snapshot  # the edit read all of it
        if not job.outdated:
            self._following.begin()
        self.warning = " ".join((self.warning, *remarks(self.outcome.notes, self._strings))).strip()
        if not job.caught_up or job.params != self._params:
            self.run()
        elif self._apply:
            self._write()

    def _refuse(self, code: str, message: str) -> None:
        """What was wished for cannot be done: an error for an edit, a remark for what is done unasked."""
        if "edit" in self._wishes or self._apply:
            self._fail(code, message)
        else:
            self._wishes.clear()
            self.warning = self._strings.error(code, message)

    def _fail(self, code: str, message: str) -> None:
        self._wishes.clear()
        self._apply = self._apply_later = False
        self._repeating = None
        self._ground.rest()
        self._bring_back()
        self.failure = SessionError(code, message)
        self.host.message("error", self._strings.error(code, message))
