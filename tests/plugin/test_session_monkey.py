# SPDX-License-Identifier: Apache-2.0
"""Any order of what an artist, an engine and a paint program may do leaves the session sound."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import pytest
from fakes.connection import Asked, ScriptedConnection
from fakes.host import open_host
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from protocol.images import Depth
from protocol.plugin.engine import Engine
from protocol.plugin.session.edit_session import EditSession
from protocol.plugin.session.progress import SessionError
from protocol.plugin.session.state_machine import BUSY

POINT = st.tuples(st.integers(2, 29), st.integers(2, 21))


def drag(end: tuple[int, int], seed: int = 0) -> dict[str, Any]:
    return {"drags": [[[4.0, 3.0], [float(end[0]), float(end[1])]]], "seed": seed}


class Monkey(RuleBasedStateMachine):
    """One document, one session, one engine that answers whenever it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.host = open_host(bite=3)
        self.net = ScriptedConnection()
        self.engine = Engine(self.net)
        self.session = EditSession(self.host, self.engine, watch_s=0.0)
        self.over: set[str] = set()
        self.chosen = False
        self.writes = 0

    def open_jobs(self, task: str | None = None) -> list[Asked]:
        return [
            job for job in self.net.jobs if job.id not in self.over and task in (None, job.task)
        ]

    def end(self, job: Asked) -> None:
        self.over.add(job.id)

    # ---- the artist

    @rule(end=POINT)
    def choose_drag(self, end: tuple[int, int]) -> None:
        self.session.choose("drag", drag(end))
        self.chosen = True

    @rule(dx=st.integers(1, 9))
    def choose_move(self, dx: int) -> None:
        self.session.choose("move", {"dx": dx})
        self.chosen = False  # `change` below is for drags

    @precondition(lambda self: self.chosen)
    @rule(end=POINT, seed=st.integers(0, 3))
    def change(self, end: tuple[int, int], seed: int) -> None:
        self.session.change(drag(end, seed))

    @rule(what=st.sampled_from(["run", "apply"]))
    def go(self, what: str) -> None:
        if self.session.stage == "empty":
            with pytest.raises(SessionError):
                getattr(self.session, what)()
        else:
            getattr(self.session, what)()

    @rule(what=st.sampled_from(["cancel", "discard", "picture_changed"]))
    def stop(self, what: str) -> None:
        getattr(self.session, what)()

    @rule(value=st.integers(0, 255))
    def paint(self, value: int) -> None:
        old = self.host.sheet("paper").pixels
        data = bytes([value]) * len(memoryview(old.data).cast("B"))
        if old.dtype == "f4":
            data = struct.pack("<f", value / 255) * (len(data) // 4)
        self.host.paint("paper", replace(old, data=data))

    @rule(
        rect=st.none()
        | st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 9), st.integers(1, 9))
    )
    def select(self, rect: tuple[int, int, int, int] | None) -> None:
        self.host.select(rect)

    @rule(full=st.booleans())
    def memory(self, full: bool) -> None:
        self.host.full = full

    @precondition(lambda self: self.host.past)
    @rule()
    def undo(self) -> None:
        self.host.undo()

    @precondition(lambda self: self.host.undone)
    @rule()
    def redo(self) -> None:
        self.host.redo()

    @rule(x=st.integers(-3, 3), y=st.integers(-3, 3), cut=st.booleans())
    def crop(self, x: int, y: int, cut: bool) -> None:
        self.host.crop((x, y, max(24, self.host.width - x), max(20, self.host.height - y)), cut=cut)

    @rule(dx=st.integers(-2, 2), dy=st.integers(-2, 2))
    def move(self, dx: int, dy: int) -> None:
        self.host.move("paper", dx, dy)

    @rule(dtype=st.sampled_from(["u1", "u2", "f4"]))
    def convert(self, dtype: Depth) -> None:
        self.host.convert(dtype)

    @rule(what=st.sampled_from(["look", "compute_again", "apply_anyway", "cancel_waiting"]))
    def after_a_change(self, what: str) -> None:
        if self.session.stage != "empty" or what in ("look", "cancel_waiting"):
            getattr(self.session, what)()

    # ---- time and the engine

    @rule(times=st.integers(1, 5))
    def tick(self, times: int) -> None:
        for _ in range(times):
            self.session.tick(budget=0.0)

    @precondition(lambda self: self.open_jobs())
    @rule(
        data=st.data(),
        how=st.sampled_from(
            ["done", "fail", "lost", "refuse", "cancelled", "progress", "preview", "rev"]
        ),
    )
    def engine_says(self, data: st.DataObject, how: str) -> None:
        job = data.draw(st.sampled_from(self.open_jobs()))
        if how in ("progress", "rev"):
            self.net.progress(job, 1, rev=len(job.updates) or None if how == "rev" else None)
        elif how == "preview":
            self.net.preview(job)
        else:
            accepted = any(getattr(event, "job", None) == job.id for event in self.net.inbox)
            if how == "refuse" and accepted:
                return
            says = {
                "done": lambda: self.net.done(job, layers=0 if job.task == "prepare" else 1),
                "fail": lambda: self.net.fail(job),
                "lost": lambda: self.net.fail(job, "worker.lost", "The computing process stopped."),
                "refuse": lambda: self.net.fail(job, "queue.full", "Too many edits are waiting."),
                "cancelled": lambda: self.net.cancelled(job),
            }
            says[how]()
            self.end(job)

    @rule(restarted=st.booleans())
    def connection(self, restarted: bool) -> None:
        if self.net.connected:
            self.net.go()
        else:
            self.net.come_back(restarted=restarted)

    @rule()
    def plans_come(self) -> None:
        self.net.inbox += self.net.waiting_plans
        self.net.waiting_plans.clear()
        self.net.answer_plans = not self.net.answer_plans

    # ---- what always holds

    @invariant()
    def one_job_of_each_task(self) -> None:
        for task in ("edit", "warp", "prepare"):
            assert len(self.open_jobs(task)) <= 1

    @invariant()
    def nothing_a_job_needs_is_dropped(self) -> None:
        for job in self.open_jobs():
            assert not {image.blob for image in job.images} & set(self.net.dropped)

    @invariant()
    def the_document_changes_by_whole_results_only(self) -> None:
        for sheet in self.host.state.sheets[1:]:
            assert sheet.recipe is not None

    @invariant()
    def there_is_always_a_sentence(self) -> None:
        assert self.session.status.sentence
        assert not self.session.status.sentence.startswith("stage.")

    def teardown(self) -> None:
        """Left alone with a well-behaved engine, it comes to rest, and an edit works."""
        self.net.answer_plans = True
        self.plans_come()
        self.net.answer_plans = True
        self.host.full = False
        if not self.net.connected:
            self.net.come_back()
        while self.host.past:
            self.host.undo()
        self.settle()
        assert self.session.stage not in BUSY
        assert not self.open_jobs()
        self.session.choose("drag", drag((9, 9), 77))
        self.session.apply()
        self.settle()
        assert self.session.stage == "applied"
        assert self.session.applied[-1].seed == 77
        assert not self.host.preview_is_shown
        self.session.close()
        assert {name for name in self.net.blobs if name not in self.net.dropped} == set()

    def settle(self) -> None:
        for _ in range(120):
            self.session.look()
            self.session.tick(budget=0.0)
            for job in self.open_jobs():
                self.net.progress(job, 4, rev=len(job.updates) or None)
                if job.cancels:
                    self.net.cancelled(job)
                else:
                    self.net.done(job, layers=0 if job.task == "prepare" else 1)
                self.end(job)


TestMonkey = Monkey.TestCase
TestMonkey.settings = settings(parent=settings.default, stateful_step_count=40)
