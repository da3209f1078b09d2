# SPDX-License-Identifier: Apache-2.0
"""What is wished for of an edit and not yet with the engine, and how it gets there: plan, pixels, then a job.

The edit itself is a state of the session's machine; a bent preview and that the engine prepares are wished for unasked.
"""

from __future__ import annotations

from ...messages.jobs import Task
from .artifacts import Artifacts
from .edit_request import EditRequest
from .session_jobs import Job
from .state_machine import StateMachine


class Wishes:
    """One session's."""

    def __init__(self, machine: StateMachine, has: Artifacts) -> None:
        self.reads_ahead = True
        """Whether a picture may be read ahead of time: not after the artist stopped that, until the next deed."""
        self.ahead: set[Task] = set()
        """What is wished for unasked."""
        self._machine, self._has = machine, has
        self._jobs, self._inputs = has.jobs, has.inputs
        self._bend_from = 0

    @property
    def waits(self) -> bool:
        """Whether there are any."""
        return self._machine.is_asked or bool(self.ahead)

    def add(self, request: EditRequest, task: Task, *, stale: bool = False) -> None:
        """Wish for one more; `stale`: the picture may be another now."""
        number = self._inputs.want(request, stale=stale)
        if task == "edit":
            self._machine.fire("ask")
        elif task == "warp" and task not in self.ahead:
            self._bend_from = number
        if task != "edit":
            self.ahead.add(task)
        self.reads_ahead = True

    def clear(self) -> None:
        """Nothing is wished for any more."""
        self.ahead.clear()
        if self._machine.is_asked:
            self._machine.fire("withdraw")

    def advance(self, budget: float) -> None:
        """Do the next thing that can be done at once, the edit first; see `EditInputs.advance` for what it raises."""
        if not self._inputs.advance(budget, hurry="warp" in self.ahead):
            return
        edit, request = self._jobs.open.get("edit"), self._inputs.planned_for
        assert request is not None
        if edit is not None and edit.request.params != request.params and not edit.stopping:
            self._steer(edit, request)
        if self._is_free("warp") and self._inputs.planned >= self._bend_from:
            self._bend_from = self._inputs.planned + 1
            self._submit("warp", request)
        if not self._inputs.is_current:
            return
        if self._bend_from > self._inputs.planned:
            self.ahead.discard("warp")
        if self._machine.states.edit == "asked":
            self.ahead.discard("prepare")
            self._submit("edit", request)
        if self._is_free("prepare") and not self._machine.is_asked:
            self.ahead.remove("prepare")
            self._prepare(request, needed=edit is None)

    def _is_free(self, task: Task) -> bool:
        """Whether it is wished for, and the engine has no older one."""
        return task in self.ahead and task not in self._jobs.open

    def _prepare(self, request: EditRequest, *, needed: bool) -> None:
        unread = self._has.prepared is not self._inputs.held
        if needed and unread and self.reads_ahead:
            self._has.prepared = self._inputs.held
            self._submit("prepare", request)

    def _steer(self, job: Job, request: EditRequest) -> None:
        """Change the running job if it can take the difference over; else have it make way for a new one."""
        here = job.snapshot is self._inputs.held and job.moved == (0, 0)
        if here and job.request.can_become(request):
            self._jobs.update(job, request)
            job.region = (*job.region, *self._has.region)
        else:
            self._jobs.stop(job)
            self._machine.fire("ask")

    def _submit(self, task: Task, request: EditRequest) -> None:
        held, films = self._inputs.held, self._has.films
        assert held is not None
        if task == "edit":
            films.begin(request.model, request.params, held)
        self._jobs.submit(
            Job(
                task=task,
                request=request,
                snapshot=held,
                document=self._inputs.document,
                selection=self._inputs.selection,
                more=films.input_for(task, request.model, request.params, held),
                region=self._has.region,
            )
        )
