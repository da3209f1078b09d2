# SPDX-License-Identifier: Apache-2.0
"""How an edit session stands, for whoever shows it: read off its parts, without doing anything."""

from __future__ import annotations

from ..engine import Engine
from ..film import Film, returns_frames
from ..strings import Strings
from .artifacts import Artifacts
from .progress import Queued
from .state_machine import Facts, Stage, StateMachine, stage_of
from .wishes import Wishes


class SessionStatus:
    """One session's."""

    def __init__(
        self,
        key: str | None,
        engine: Engine,
        strings: Strings,
        machine: StateMachine,
        artifacts: Artifacts,
        wishes: Wishes,
    ) -> None:
        self._engine, self._strings = engine, strings
        self._machine, self._artifacts, self._wishes = machine, artifacts, wishes
        self._jobs = artifacts.jobs
        self.next_id = f"next-{key}"
        """The id in `queue` of an edit that is not with the engine yet."""

    @property
    def stage(self) -> Stage:
        """Where the session stands, in one word."""
        facts = Facts(
            ready=self._engine.ready,
            ahead=bool(self._wishes.ahead),
            reading=self._artifacts.inputs.is_reading,
            has_outcome=self._artifacts.outcome is not None,
            result=self._artifacts.result,
        )
        return stage_of(self._machine.states, facts)

    @property
    def sentence(self) -> str:
        """Where the session stands, in the artist's language."""
        stage, progress, failure = self.stage, self._jobs.progress, self._artifacts.failure
        if stage == "failed" and failure is not None:
            return self._strings.error(failure.code, failure.message)
        phase = self._strings.text(f"phase.{progress.phase}") if progress.phase else ""
        whole = stage == "running" and progress.steps < 2  # one of one tells nothing
        key = "stage.running_whole" if whole else f"stage.{stage}"
        return self._strings.text(key, phase=phase, step=progress.step, steps=progress.steps)

    @property
    def stale_sentence(self) -> str:
        """What became of the picture, in the artist's language, "" when it is still the same."""
        verdict = self._artifacts.stale
        if verdict is None:
            return ""
        text = self._strings.text(f"stale.{verdict.change}")
        says_why = verdict.change == "converted" and verdict.words
        return f"{text} {self._strings.said(verdict.words)}" if says_why else text

    @property
    def is_reading(self) -> bool:
        """Whether pixels are on their way in or out, so that the next tick should come soon."""
        applies = self._machine.states.apply in ("writing", "comparing")
        return self._artifacts.inputs.is_reading or self._artifacts.watch.is_on or applies

    @property
    def will_apply(self) -> bool:
        """Whether what is on its way is added as soon as it is there."""
        return self._machine.is_applying and self._machine.states.edit != "idle"

    @property
    def queue(self) -> tuple[Queued, ...]:
        """What is on its way to a result, in the order in which it is computed; previews are not listed."""
        request, following = self._artifacts.request, None
        if self._machine.is_asked and request is not None:
            following = Queued(id=self.next_id, kind=request.kind, task="edit", is_next=True)
        return self._jobs.queue(following)

    @property
    def open_jobs(self) -> int:
        """How many jobs the engine has for it."""
        return len(self._jobs.open)

    @property
    def running_jobs(self) -> int:
        """How many of them the engine works on."""
        return sum(job.begun for job in self._jobs.open.values())

    @property
    def film(self) -> Film | None:
        """The film whose frames can be chosen, None for none."""
        return self._artifacts.films.film if self._artifacts.frames else None

    @property
    def shown_frame(self) -> int:
        """The frame that is seen while frames are being made, -1 when none are: a stop keeps this one."""
        job = self._jobs.open.get("edit")
        if job is None or job.stopping or not returns_frames(job.request.model):
            return -1
        return self._jobs.shown if self._jobs.progress.phase == "edit" else -1
