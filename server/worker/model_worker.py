# SPDX-License-Identifier: Apache-2.0
"""What a model worker does: prepare, run, load, unload; one at a time, stoppable before every evaluation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from protocol.edits import Edit, from_params
from server.engine.api import Cancelled, OnStep
from server.worker import image_codec, result_codec
from server.worker.engine_interface import ModelEngine
from server.worker.mailbox import Mailbox
from server.worker.starting import Foreseen, Starting
from server.worker.step_reporter import Reporter
from server.worker.task import Task

Foresee = Callable[[Task], Foreseen]
"""How long the start takes, and the job that waits for it."""


def nothing_foreseen(_task: Task) -> Foreseen:
    """For engines that nothing is known of."""
    return Foreseen()


class Model:
    """Handlers of one model worker. The engine is made when the first task needs it."""

    def __init__(
        self, make: Callable[[], ModelEngine], foresee: Foresee = nothing_foreseen
    ) -> None:
        self._make, self._foresee = make, foresee
        self._engine: ModelEngine | None = None
        self._starting: Starting | None = None

    def ready(self) -> dict[str, object]:
        return {}

    def handle(self, task: Task, mailbox: Mailbox) -> None:
        """Do one task and send what came of it. Raises whatever the engine raises."""
        reporter = Reporter(mailbox, task, lambda params: _edit(task, params))
        on_step = reporter.on_step
        try:
            engine, newer = self._loaded(task, on_step)
            if task.kind in ("run", "prepare"):
                self._edit(engine, task, mailbox, on_step, newer)
            else:
                self._manage(engine, task, mailbox, on_step)
        except Cancelled:
            mailbox.send({"t": "cancelled", "task": task.id, "at_step": reporter.at_step})

    def _loaded(self, task: Task, on_step: OnStep) -> tuple[ModelEngine, Edit | None]:
        """The engine, and the edit if it was changed while the engine started."""
        newer: Edit | None = None
        if self._engine is None:
            foreseen = self._foresee(task)
            newer = on_step(foreseen.step(0.0))
            self._starting = self._starting or Starting(self._make)
            for step in self._starting.steps(foreseen):
                if step is not None:
                    newer = on_step(step) or newer
                elif task.control.cancelled:
                    raise Cancelled
            starting, self._starting = self._starting, None
            self._engine = starting.engine()
            newer = on_step(foreseen.step(foreseen.start)) or newer
        return self._engine, newer

    def _edit(
        self,
        engine: ModelEngine,
        task: Task,
        mailbox: Mailbox,
        on_step: OnStep,
        newer: Edit | None,
    ) -> None:
        edit = newer or _edit(task, task.header["params"])
        sources = image_codec.read_all(task.header, task.frames)
        if task.kind == "prepare":
            result = engine.prepare(edit, sources, on_step)
        else:
            result = engine.run(edit, sources, on_step)
        header, frames = result_codec.pack(task, result)
        mailbox.send({**header, "facts": engine.facts()}, frames)

    def _manage(self, engine: ModelEngine, task: Task, mailbox: Mailbox, on_step: OnStep) -> None:
        if task.kind == "load":
            engine.load(task.header["model"], on_step)
        elif task.kind == "unload":
            engine.unload(task.header["model"])
        mailbox.send({"t": "done", "task": task.id, "facts": engine.facts()})


def _edit(task: Task, params: dict[str, Any]) -> Edit:
    return from_params(task.header["op"], params)
