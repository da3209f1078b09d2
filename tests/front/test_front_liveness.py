# SPDX-License-Identifier: Apache-2.0
"""Who is taken for dead: a worker's signs of life, by a clock of the test's own."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import Any

import pytest

from server.front.config import Config
from server.front.restart_backoff import Backoff
from server.front.worker_process import WorkerProcess
from server.worker.liveness import signs

CONFIG = Config(watchdog_s=60, loading_s=120, cancel_grace_s=5)


class Worker:
    """A worker without a process: what it says when it is pinged every two seconds."""

    def __init__(self) -> None:
        backoff = Backoff(limit=5, first_s=0.2, stable_s=10)
        self.child = WorkerProcess(
            name="model-0", kind="model", engine="", config=CONFIG, backoff=backoff
        )
        self.now, self.ticked, self.cpu_ms, self.reads = 1000.0, 1000.0, 0, 0
        self.child.state, self.child.loading = "idle", False
        self.child.heard_at = self.child.tick_at = self.now
        self.child.begin("task", self.now)

    def step(self, after_s: float, phase: str = "edit") -> None:
        self.now += after_s
        self.ticked = self.now
        self.hear(t="step", phase=phase, step_ms=int(1000 * after_s))

    def hear(self, **header: Any) -> None:
        self.child.heard(header, self.now)

    def goes_on(
        self, seconds: float, *, cpu: float = 0.0, reads: int = 0, answers: bool = True
    ) -> str:
        """Time passes; returns why it has to die, if it has to."""
        until = self.now + seconds
        while self.now < until:
            self.now += 2.0
            self.cpu_ms += round(2000 * cpu)
            self.reads += reads
            if answers:
                age = int(1000 * (self.now - self.ticked))
                self.hear(t="pong", tick_age_ms=age, cpu_ms=self.cpu_ms, reads=self.reads)
            if why := self.child.must_die(self.now):
                return why
        return ""


@pytest.fixture
def worker() -> Worker:
    return Worker()


def test_one_that_computes_lives(worker: Worker) -> None:
    assert worker.goes_on(3600, cpu=0.9) == ""
    assert worker.goes_on(3600, cpu=0.05) == "", "on a busy machine, too"


def test_one_that_reads_a_model_from_a_slow_disk_lives(worker: Worker) -> None:
    worker.step(1, phase="load")
    assert worker.goes_on(3600, reads=1) == ""


def test_one_that_waits_for_ever_is_found(worker: Worker) -> None:
    assert "neither made a step nor computed for 62 s" in worker.goes_on(600, cpu=0.001)


def test_one_that_hangs_after_it_computed_is_found(worker: Worker) -> None:
    assert worker.goes_on(300, cpu=1.0) == ""
    began = worker.now
    assert worker.goes_on(600)
    assert worker.now - began < 70


def test_one_that_is_stopped_is_found(worker: Worker) -> None:
    began = worker.now
    assert worker.goes_on(600, answers=False)
    assert worker.now - began < 70


def test_an_idle_one_need_not_compute(worker: Worker) -> None:
    worker.hear(t="done", task="task")
    assert worker.goes_on(3600) == ""


def test_one_that_once_came_back_late_is_given_more_time(worker: Worker) -> None:
    """A device that computes without the processor's help: its steps are learned."""
    worker.goes_on(50)
    worker.step(0)
    began = worker.now
    assert worker.goes_on(600)
    assert 140 < worker.now - began < 160, "three times the longest step"


def cancelled(worker: Worker) -> float:
    """Seconds that a worker which computes but does not answer lives after a cancel."""
    began = worker.child.cancelled_at = worker.now
    assert "of a cancel" in worker.goes_on(600, cpu=1.0)
    return worker.now - began


def test_after_a_cancel_a_quick_one_has_five_seconds(worker: Worker) -> None:
    worker.step(0.1)
    assert 5 < cancelled(worker) <= 7


def test_after_a_cancel_a_slow_one_has_three_steps(worker: Worker) -> None:
    worker.step(20)
    worker.step(0.001)  # the check point right before the next evaluation
    assert 60 < cancelled(worker) <= 62


def test_a_step_of_the_last_task_counts_before_the_first_of_this_one(worker: Worker) -> None:
    worker.step(20)
    worker.hear(t="done", task="task")
    worker.child.begin("next", worker.now)
    assert 60 < cancelled(worker) <= 62


def test_computing_threads_are_told_from_waiting_ones() -> None:
    """In the process itself: the thread that asks does not count, one that computes does."""

    def asked(during: Any) -> int:
        before = signs()["cpu_ms"]
        during()
        return signs()["cpu_ms"] - before

    def crunch() -> None:
        until = time.thread_time() + 0.3
        while time.thread_time() < until:
            hashlib.pbkdf2_hmac("sha256", b"a", b"b", 20_000)

    def beside() -> None:
        thread = threading.Thread(target=crunch)
        thread.start()
        thread.join()

    assert asked(beside) >= 250
    assert asked(crunch) < 150
