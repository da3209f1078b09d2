# SPDX-License-Identifier: Apache-2.0
"""What a running job takes over of newer edits, and what it says of that."""

from __future__ import annotations

from typing import Any, cast

from protocol.edits import Edit, Move
from server.engine.api import Step
from server.worker.mailbox import Mailbox
from server.worker.step_reporter import Reporter
from server.worker.task import Control, Task


class Sent:
    """A mailbox whose messages are looked at."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def tick(self) -> None: ...

    def send(self, header: dict[str, Any], _frames: object = ()) -> None:
        self.messages.append(header)


def told(step: Step) -> tuple[Edit | None, int]:
    """The newer edit that a step hands to the engine, and the revision that the client hears of."""
    sent = Sent()
    task = Task(id="t", kind="run", header={"rev": 0}, frames=(), control=Control())
    reporter = Reporter(cast(Mailbox, sent), task, lambda params: Move(**params))
    task.control.update(1, {"dx": 3.0})
    return reporter.on_step(step), sent.messages[-1]["rev"]


def test_a_change_is_handed_on_and_said_to_be() -> None:
    edit, rev = told(Step(phase="decode", step=0, steps=1, fraction=0.99))
    assert (edit, rev) == (Move(dx=3.0), 1)


def test_a_change_after_the_end_is_not_said_to_be_in_the_result() -> None:
    """The panel computes once more then; else the result's recipe would say what it was not made with."""
    assert told(Step(phase="decode", step=1, steps=1, fraction=1.0)) == (None, 0)
