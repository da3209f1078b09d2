# SPDX-License-Identifier: Apache-2.0
"""How an edit session stands: what can be read off it, without doing anything (see `session`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..edits import EditModel
from ..messages import JobPlanned
from ..messages.jobs import Task
from .applied import Applied
from .basis import Verdict
from .engine import Engine
from .film import Film, Films, returns_frames
from .following import Following, Question
from .ground import Ground
from .host import Host
from .jobs import Jobs
from .outcome import Outcome
from .showing import Showing
from .strings import Strings
from .work import Progress, Queued, SessionError, Stage
from .writing import Writing


class SessionState:
    """The state of one document's edit; `session.EditSession` changes it."""

    host: Host
    key: str | None
    engine: Engine
    outcome: Outcome | None
    failure: SessionError | None
    applied: list[Outcome]
    _strings: Strings
    _ground: Ground
    _writing: Writing
    _jobs: Jobs
    _showing: Showing
    _films: Films
    _model: EditModel | None
    _params: Mapping[str, Any]
    _source: str
    _wishes: set[Task]
    _apply: bool
    _closed: bool
    _latest: Applied
    _following: Following
    _repeating: Question | None

    @property
    def progress(self) -> Progress:
        """How far the running edit is."""
        return self._jobs.progress

    @property
    def newest(self) -> Applied:
        """The result that was added last, and whether it is still there."""
        return self._latest

    @property
    def stands_for(self) -> tuple[str, ...]:
        """Keys of the layers that are not seen with the preview, nor with the result that it is of."""
        return self._showing.hides

    @property
    def plan(self) -> JobPlanned | None:
        """What the engine said the edit will do."""
        return self._ground.plan

    @property
    def is_locating(self) -> bool:
        """Whether it is being found out where the picture lies: until then no coordinate can be trusted."""
        return self._following.is_locating

    @property
    def is_reading(self) -> bool:
        """Whether pixels are on their way in or out, so that the next tick should come soon."""
        found_out = self._following.is_on or self._repeating is not None
        return self._ground.is_reading or self._writing.is_on or found_out

    @property
    def stage(self) -> Stage:
        """Where the session stands, in one word."""
        if self._closed or self._model is None:
            return "closed" if self._closed else "empty"
        job = self._jobs.open.get("edit")
        if not self.engine.ready and (job or self._wishes):
            return "lost"
        if job is not None:
            return "stopping" if job.stopping else "running" if self.progress.phase else "waiting"
        if "edit" in self._wishes or (self._wishes and self.outcome is None):
            return "reading" if self._ground.is_reading else "planning"
        if self.failure is not None:
            return "failed"
        if self.outcome is not None:
            return self._stage_of(self.outcome)
        latest = self._latest
        there = latest.is_there and latest.is_current and self._is_wanted(latest.outcome)
        return "applied" if there else "ready"

    def _stage_of(self, outcome: Outcome) -> Stage:
        """How a result stands that is not in the document."""
        if not self._is_wanted(outcome):
            return "changed"
        if self.stale is not None:
            return "stale"
        return "taken_back" if outcome is self._latest.outcome else "done"

    def _is_wanted(self, outcome: Outcome | None) -> bool:
        """Whether a result is that of the edit as it is chosen now."""
        if outcome is None or self._model is None:
            return False
        if outcome.basis is not None and self._source not in ("", outcome.basis.keys[-1]):
            return False  # another layer's
        return (outcome.kind, outcome.params) == (self._model.kind, self._params)

    @property
    def stale(self) -> Verdict | None:
        """What became of the picture if a result, or what is computed, was made from another one; else None."""
        edit = self._jobs.open.get("edit")
        if self._is_wanted(self.outcome) or (edit is not None and edit.outdated):
            return self._following.stale
        return None

    @property
    def stale_sentence(self) -> str:
        """What became of the picture, in the artist's language, "" when it is still the same."""
        verdict = self._following.stale if self.stale is not None else None
        if verdict is None:
            return ""
        return self._strings.text(f"stale.{verdict.change}") + (
            f" {self._strings.said(verdict.words)}"
            if verdict.words and verdict.change == "converted"
            else ""
        )

    @property
    def can_apply_anyway(self) -> bool:
        """Whether a result can be added although its picture is another now."""
        stale = self.stale
        return (
            stale is not None
            and self.outcome is not None
            and stale.change in ("painted", "resized", "cut")
        )

    @property
    def will_apply(self) -> bool:
        """Whether what is on its way is added as soon as it is there."""
        return self._apply and ("edit" in self._wishes or "edit" in self._jobs.open)

    @property
    def sentence(self) -> str:
        """Where the session stands, in the artist's language."""
        if self.stage == "failed" and self.failure is not None:
            return self._strings.error(self.failure.code, self.failure.message)
        phase = self._strings.text(f"phase.{self.progress.phase}") if self.progress.phase else ""
        step, steps = self.progress.step, self.progress.steps
        whole = self.stage == "running" and steps < 2  # one of one tells nothing
        key = "stage.running_whole" if whole else f"stage.{self.stage}"
        return self._strings.text(key, phase=phase, step=step, steps=steps)

    @property
    def queue(self) -> tuple[Queued, ...]:
        """What is on its way to a result, in the order in which it is computed; previews are not listed."""
        rows: list[Queued] = []
        for task in ("edit", "prepare"):
            job = self._jobs.open.get(task)
            if job is not None and not (task == "prepare" and (rows or "edit" in self._wishes)):
                rows.append(
                    Queued(
                        id=job.id,
                        kind=job.kind,
                        task=task,
                        running=job.begun,
                        stopping=job.stopping,
                        ahead=0 if job.begun else job.position,
                    )
                )
        if "edit" in self._wishes and self._model is not None:
            rows.append(Queued(id=self._next_id, kind=self._model.kind, task="edit", is_next=True))
        return tuple(rows)

    @property
    def _next_id(self) -> str:
        return f"next-{self.key}"

    @property
    def open_jobs(self) -> int:
        """How many jobs the engine has for it."""
        return len(self._jobs.open)

    @property
    def running_jobs(self) -> int:
        """How many of them the engine works on."""
        return sum(job.begun for job in self._jobs.open.values())

    @property
    def roles(self) -> set[str]:
        """The pictures there are for an edit; see `PanelModel.grey`."""
        return {"source", "mask"} if self.host.read_selection(None) else {"source"}

    @property
    def frames(self) -> int:
        """How many frames there are to choose from, 0 for none."""
        model = self._model
        return self._films.count(model, self._params) if model is not None else 0

    @property
    def film(self) -> Film | None:
        """The film whose frames can be chosen, None for none."""
        return self._films.film if self.frames else None

    @property
    def shown_frame(self) -> int:
        """The frame that is seen while frames are being made, -1 when none are: a stop keeps this one."""
        job = self._jobs.open.get("edit")
        if job is None or job.stopping or not returns_frames(self._model):
            return -1
        return self._jobs.shown if self.progress.phase == "edit" else -1
